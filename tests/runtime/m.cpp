#include "runtime/m.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>

#include "runtime/deadlock.hpp"
#include "runtime/p.hpp"
#include "runtime/stubs.hpp"
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

// M0 of a bare runtime, as which the calling thread acts from here on.
m* acting(runtime& rt) {
  m* mp = allocm(rt, nullptr);
  setm(mp);
  return mp;
}

TEST(MsDeathTest, AnMAcquiresAnIdleP) {
  EXPECT_DEATH(
      {
        runtime rt(1);
        acting(rt);
        acquirep(rt.allp[0]);
      },
      "acquirep: p->m=0\\(0\\) p->status=3\nfatal error: acquirep: invalid p state\n");
}

TEST(MsDeathTest, AnMAcquiresNobodysP) {
  EXPECT_DEATH(
      {
        runtime rt(1);
        acting(rt);
        put(rt.allp[0]->m, allocm(rt, nullptr));
        put(rt.allp[0]->status, Pidle);
        acquirep(rt.allp[0]);
      },
      "acquirep: p->m=[1-9][0-9]*\\(1\\) p->status=0\n"
      "fatal error: acquirep: invalid p state\n");
}

TEST(MsDeathTest, AnMReleasesThePThatItRunsWith) {
  EXPECT_DEATH(
      {
        runtime rt(1);
        put(acting(rt)->p, rt.allp[0]);
        releasep();
      },
      "releasep: m=0x[0-9a-f]+ m->p=0x[0-9a-f]+ p->m=0 p->status=3\n"
      "fatal error: releasep: invalid p state\n");
  EXPECT_DEATH(
      {
        runtime rt(1);
        acting(rt);
        put(rt.allp[0]->status, Pidle);
        acquirep(rt.allp[0]);
        put(rt.allp[0]->status, Psyscall);
        releasep();
      },
      "releasep: m=0x[0-9a-f]+ m->p=0x[0-9a-f]+ p->m=[1-9][0-9]* p->status=2\n"
      "fatal error: releasep: invalid p state\n");
}

}  // namespace
}  // namespace tenterhook::native::runtime
