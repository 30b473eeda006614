#include "runtime/m.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "runtime/deadlock.hpp"
#include "runtime/sync/note.hpp"
#include "tests/runtime/look.hpp"
#include "tests/runtime/running.hpp"

namespace tenterhook::native::runtime {
namespace {

// A goroutine in a system call, and another that needs an M for the time of that.
void two_threads() {
  note ran("ran");
  go([&] { notewakeup(ran); });
  entersyscallblock();
  notesleep(ran);
  exitsyscall();
}

std::int32_t listed(runtime& rt) {
  std::int32_t n = 0;
  for (const m* mp = look(rt.allm); mp != nullptr; mp = mp->alllink) n++;
  return n;
}

TEST(Ms, AreCountedAndListed) {
  run_main({.procs = 1, .sysmon = false}, [](runtime& rt) {
    EXPECT_EQ(mcount(rt), 1);
    EXPECT_EQ(listed(rt), 1);
    two_threads();
    EXPECT_EQ(mcount(rt), 2);
    EXPECT_EQ(listed(rt), 2);
  });
}

TEST(Ms, ThatSleepAreUsedAgain) {
  run_main({.procs = 1, .sysmon = false}, [](runtime& rt) {
    for (int i = 0; i < 200; i++) two_threads();
    EXPECT_LT(mcount(rt), 50);  // one that is about to sleep is not found
  });
}

TEST(Ms, AreNoMoreThanMayBe) {
  run_main({.procs = 1, .sysmon = false, .max_threads = 2}, [](runtime& rt) {
    two_threads();
    EXPECT_EQ(setMaxThreads(rt, 5), 2);
    EXPECT_EQ(setMaxThreads(rt, 2), 5);
  });
  EXPECT_DEATH(run_main({.procs = 1, .sysmon = false, .max_threads = 1},
                        [](runtime&) { two_threads(); }),
               "runtime: program exceeds 1-thread limit\nfatal error: thread exhaustion");
  EXPECT_DEATH(run_main({.procs = 1}, [](runtime& rt) { setMaxThreads(rt, 0); }),
               "runtime: program exceeds 0-thread limit\nfatal error: thread exhaustion");
}

// sched.lock is free then, so that a trace can be taken.
TEST(Ms, ThatAreTooManyMayBeLookedAt) {
  EXPECT_DEATH(
      {
        alarm(10);
        run_main({.procs = 1,
                  .max_threads = 1,
                  .hook = {.print =
                               [](const char* text) {
                                 std::fputs(text, stderr);
                                 if (text[0] != '\n') return;
                                 std::fputs(schedtrace(getrt(), false, 0).c_str(), stderr);
                                 std::fputs("looked\n", stderr);
                               }}},
                 [](runtime& rt) { setMaxThreads(rt, 0); });
      },
      "\nlooked\nfatal error: thread exhaustion");
}

}  // namespace
}  // namespace tenterhook::native::runtime
