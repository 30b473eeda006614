#include "runtime/deadlock.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "tests/runtime/running.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::native::runtime {
namespace {

void sleep_for_ever() { gopark(nullptr, nullptr, "for ever"); }

class DeadlockDeathTest : public testing::TestWithParam<std::tuple<std::int32_t, bool>> {
 protected:
  options how() const {
    return {.procs = std::get<0>(GetParam()), .sysmon = std::get<1>(GetParam())};
  }
};
INSTANTIATE_TEST_SUITE_P(ProcsAndMonitor, DeadlockDeathTest,
                         testing::Combine(testing::Values(1, 2, 4), testing::Bool()));

constexpr const char* asleep = "fatal error: all goroutines are asleep - deadlock!";

TEST_P(DeadlockDeathTest, AMainGoroutineAloneAndAsleep) {
  EXPECT_DEATH(run_main(how(), [](runtime&) { sleep_for_ever(); }), asleep);
}

TEST_P(DeadlockDeathTest, ManyAsleepAndSomeLocked) {
  EXPECT_DEATH(run_main(how(),
                        [](runtime&) {
                          for (int i = 0; i < 8; i++) {
                            go([i] {
                              if (i % 2 == 0) LockOSThread();
                              for (int k = 0; k < i; k++) Gosched();
                              sleep_for_ever();
                            });
                          }
                          LockOSThread();
                          sleep_for_ever();
                        }),
               asleep);
}

TEST_P(DeadlockDeathTest, AfterASystemCall) {
  EXPECT_DEATH(run_main(how(),
                        [](runtime&) {
                          go([] {
                            entersyscallblock();
                            std::this_thread::sleep_for(std::chrono::milliseconds(30));
                            exitsyscall();
                          });
                          sleep_for_ever();
                        }),
               asleep);
}

TEST_P(DeadlockDeathTest, NoGoroutineLeft) {
  EXPECT_DEATH(run_main(how(), [](runtime&) { goexit1(); }),
               "no goroutines .main called runtime.Goexit. - deadlock!");
}

TEST_P(DeadlockDeathTest, SaysWhoTheyAre) {
  EXPECT_DEATH(run_main(how(), [](runtime&) { sleep_for_ever(); }),
               "G1: status=4.for ever. m=-1 lockedm=-1");
}

// One that will run again is none: in a system call the others' sleep is not for ever.
TEST(Deadlock, IsNoneWhileASystemCallLasts) {
  for (const std::int32_t procs : {1, 2}) {
    int woken = 0;
    run_main({.procs = procs, .sysmon = false}, [&](runtime& rt) {
      semaphore done(0, "done");
      go([&] {
        entersyscallblock();
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        exitsyscall();
        semrelease(rt, done);
      });
      semacquire(done);
      woken++;
    });
    EXPECT_EQ(woken, 1);
  }
}

// The monitor is taken off the count of those that run, before anybody can find himself the last.
TEST(Deadlock, IsNoneAtTheStart) {
  for (int i = 0; i < 300; i++) run_main({.procs = 4, .sysmon = true}, [](runtime&) {});
}

TEST(Deadlock, TheDumpIsHeardByTheHook) {
  EXPECT_DEATH(run_main({.procs = 1,
                         .hook = {.print =
                                      [](const char* text) {
                                        std::fprintf(stderr, "heard: %s", text);
                                      }}},
                        [](runtime&) { sleep_for_ever(); }),
               "heard: fatal error: all goroutines are asleep");
}

TEST(Hex, IsWrittenAsGoDoes) {
  EXPECT_EQ(hex(0), "0x0");
  EXPECT_EQ(hex(Gscanwaiting), "0x1004");
  EXPECT_EQ(hex(0xfedc'ba98'7654'3210), "0xfedcba9876543210");
  EXPECT_EQ(hex(address(nullptr)), "0x0");
}

// What the others do while one dumps. Death tests: each has a process of its own.
std::atomic<int> turns{0};
std::atomic<bool> dumping{false};

// hook.print: the dump takes as long as it takes whoever runs to show it.
void slow_dump(const char* text) {
  std::fputs(text, stderr);
  if (std::string_view(text).find("SCHED ") == std::string_view::npos) return;
  dumping = true;
  const int before = turns;
  platform::usleep(50'000);
  // one more, by a thread that was not scheduled until now
  std::fprintf(stderr, "and %s\n", turns - before <= 1 ? "all stand still" : "somebody runs");
}

TEST(Throw, NobodyRunsWhileOneDumps) {
  EXPECT_DEATH(run_main({.procs = 2, .sysmon = false, .hook = {.print = slow_dump}},
                        [](runtime& rt) {
                          go([] {
                            for (;; safepoint()) turns++;
                          });
                          while (turns == 0) platform::usleep(100);
                          throw_(rt, "test");
                        }),
               "fatal error: test\n\nSCHED (.|\n)*all stand still");
}

TEST(Throw, TracesTheSchedulerBeforeItStops) {
  EXPECT_DEATH(run_main({.procs = 2, .debug = {.scheddetail = 1}, .sysmon = false},
                        [](runtime& rt) { throw_(rt, "test"); }),
               "test\nSCHED .* gcwaiting=0 (.|\n)*\nSCHED .* gcwaiting=1 ");
}

TEST(Throw, AnotherOneSaysWhyAndWaitsForTheDump) {
  EXPECT_DEATH(run_main({.procs = 2,
                         .sysmon = false,
                         .hook = {.print =
                                      [](const char* text) {
                                        std::fputs(text, stderr);
                                        if (std::string_view(text)[0] != '\n') return;
                                        dumping = true;
                                        platform::usleep(1'200'000);
                                        std::fputs("dumped\n", stderr);
                                      }}},
                        [](runtime& rt) {
                          go([&] {
                            turns = 1;
                            while (!dumping) platform::usleep(100);
                            throw_(rt, "the second");
                          });
                          while (turns == 0) platform::usleep(100);
                          throw_(rt, "the first");
                        }),
               "error: the first\n\nSCHED (.|\n)*error: the second\ndumped\nfatal error: the ");
}

// The process ends when the main goroutine has returned, but not in the middle of a dump.
TEST(Throw, TheMainGoroutineWaitsForTheDump) {
  EXPECT_EXIT(
      {
        runtime rt(1);
        start(
            rt, {.procs = 2, .sysmon = false, .hook = {.print = slow_dump}},
            [](void*) {
              go([] { throw_(getrt(), "test"); });
              while (!dumping) platform::usleep(100);
            },
            nullptr);
        wait(rt);
        std::_Exit(0);
      },
      testing::KilledBySignal(SIGABRT), "all stand still");
}

TEST(Schedtrace, IsInGosLineFormat) {
  runtime rt(2);
  EXPECT_EQ(schedtrace(rt, false, 5'000'000),
            "SCHED 0ms: gomaxprocs=2 idleprocs=0 threads=0 spinningthreads=0 idlethreads=0 "
            "runqueue=0 [0 0]\n");
  rt.runtimeInitTime = 1'000'000;
  EXPECT_EQ(schedtrace(rt, true, 1'009'000'000),
            "SCHED 1008ms: gomaxprocs=2 idleprocs=0 threads=0 spinningthreads=0 idlethreads=0 "
            "runqueue=0 gcwaiting=0 nmidlelocked=0 stopwait=0 sysmonwait=0\n"
            "  P0: status=3 schedtick=0 syscalltick=0 m=-1 runqsize=0 gfreecnt=0\n"
            "  P1: status=3 schedtick=0 syscalltick=0 m=-1 runqsize=0 gfreecnt=0\n");
}

TEST(Schedtrace, SaysWhoRunsWhat) {
  std::string trace;
  run_main({.procs = 1, .sysmon = false}, [&](runtime& rt) {
    LockOSThread();
    go([] {});
    trace = schedtrace(rt, true, rt.runtimeInitTime);
  });
  EXPECT_NE(trace.find("SCHED 0ms: gomaxprocs=1 idleprocs=0 threads=1 "), trace.npos) << trace;
  EXPECT_NE(trace.find("\n  P0: status=1 schedtick=0 syscalltick=0 m=0 "), trace.npos) << trace;
  EXPECT_NE(trace.find("\n  M0: p=0 curg=1 mallocing=0 throwing=0 preemptoff= locks=0 dying=0 "
                       "helpgc=0 spinning=false blocked=false lockedg=1\n"),
            trace.npos)
      << trace;
  EXPECT_NE(trace.find("\n  G1: status=2() m=0 lockedm=0\n"), trace.npos) << trace;
  EXPECT_NE(trace.find("\n  G2: status=1() m=-1 lockedm=-1\n"), trace.npos) << trace;
}

TEST(Schedtrace, MayBeTakenAtAnyTime) {
  run_main({.procs = 2}, [&](runtime& rt) {
    group all(4);
    all.of(rt);
    std::atomic<bool> over{false};
    for (int i = 0; i < 4; i++) {
      go([&] {
        while (!over) {
          go([] {});
          Gosched();
        }
        all.done();
      });
    }
    for (int i = 0; i < 200; i++) {
      EXPECT_FALSE(schedtrace(rt, i % 2 == 0, rt.runtimeInitTime).empty());
      Gosched();
    }
    over = true;
    all.wait();
  });
}

TEST(Parsedebugvars, ReadsTheSchedulersSettings) {
  debug_vars got;
  EXPECT_EQ(parsedebugvars("", got), "");
  EXPECT_EQ(got.schedtrace, 0);
  EXPECT_EQ(parsedebugvars("schedtrace=1000,scheddetail=1", got), "");
  EXPECT_EQ(got.schedtrace, 1000);
  EXPECT_EQ(got.scheddetail, 1);
  EXPECT_EQ(parsedebugvars("schedtrace=1,schedtrace=2", got), "");
  EXPECT_EQ(got.schedtrace, 2);
  EXPECT_EQ(got.scheddetail, 1);
}

TEST(Parsedebugvars, SaysWhatIsWrongInASentence) {
  debug_vars got;
  got.schedtrace = 7;
  EXPECT_EQ(parsedebugvars("scheddetail=1,schedtrace", got),
            "GODEBUG: \"schedtrace\" is not of the form name=number");
  EXPECT_EQ(parsedebugvars("schedtrce=1", got),
            "GODEBUG: \"schedtrce=1\": there is no such setting; there are schedtrace and "
            "scheddetail");
  for (const char* wrong : {"schedtrace=", "schedtrace=x", "schedtrace=1x", "schedtrace=-1",
                            "schedtrace=99999999999"}) {
    EXPECT_EQ(parsedebugvars(wrong, got),
              std::string("GODEBUG: \"") + wrong +
                  "\": the value must be a whole number from 0 to 2147483647");
  }
  EXPECT_EQ(got.schedtrace, 7);
  EXPECT_EQ(got.scheddetail, 0);
}

}  // namespace
}  // namespace tenterhook::native::runtime
