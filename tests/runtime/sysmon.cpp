#include "runtime/sysmon.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "platform/thread.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::native::runtime {
namespace {

constexpr std::int64_t ms = 1'000'000;

// A P with an M that runs a goroutine, and an M that pretends to spin, so that a P without work
// goes to the idle list.
struct bare {
  bare() {
    rt.sched.nmspinning.store(1, std::memory_order_relaxed);
    rt.sched.mcount.store(3, std::memory_order_relaxed);  // somebody runs
    pp().schedtick.store(1, std::memory_order_relaxed);
    busy.curg.store(&gp, std::memory_order_relaxed);
    rt.allp[0]->m.store(&busy, std::memory_order_relaxed);
    set(Prunning);
    rt.allp[1]->status.store(Pgcstop, std::memory_order_relaxed);
    setm(&monitor);
  }
  ~bare() { setm(nullptr); }
  p& pp() { return *rt.allp[0]; }
  void set(std::uint32_t status) { pp().status.store(status, std::memory_order_relaxed); }
  std::uint32_t status() { return pp().status.load(std::memory_order_relaxed); }
  bool asked() { return gp.stackguard0.load(std::memory_order_relaxed) == stackPreempt; }

  runtime rt{2};
  g gp{1};
  m busy{rt, 0};
  m monitor{rt, 1};
};

TEST(Retake, AsksAGoroutineThatRunsLongToGiveWay) {
  bare b;
  EXPECT_EQ(retake(b.rt, 1 * ms), 0u);
  EXPECT_EQ(retake(b.rt, 10 * ms), 0u);
  EXPECT_FALSE(b.asked());  // the slice was first seen 9 ms ago
  b.pp().schedtick.store(7, std::memory_order_relaxed);
  EXPECT_EQ(retake(b.rt, 19 * ms), 0u);
  EXPECT_FALSE(b.asked());  // another slice
  EXPECT_EQ(retake(b.rt, 29 * ms), 0u);
  EXPECT_TRUE(b.asked());
  EXPECT_EQ(b.status(), Prunning);
}

TEST(Retake, LeavesAPInASystemCallWhileItIsOfNoUse) {
  bare b;
  b.set(Psyscall);
  b.pp().syscalltick.store(1, std::memory_order_relaxed);
  EXPECT_EQ(retake(b.rt, 1 * ms), 0u);
  EXPECT_EQ(retake(b.rt, 2 * ms), 0u);
  EXPECT_EQ(retake(b.rt, 10 * ms), 0u);
  EXPECT_EQ(b.status(), Psyscall);
  EXPECT_EQ(retake(b.rt, 11 * ms), 1u);  // or the monitor could never sleep
  EXPECT_EQ(b.status(), Pidle);
  EXPECT_EQ(b.rt.sched.pidle.load(std::memory_order_relaxed), &b.pp());
  EXPECT_EQ(b.pp().syscalltick.load(std::memory_order_relaxed), 2u);
  EXPECT_EQ(b.rt.sched.nmidlelocked.get(), 0);
  EXPECT_EQ(retake(b.rt, 30 * ms), 0u);
}

TEST(Retake, TakesNoPFromACallThatItSeesForTheFirstTime) {
  bare b;
  b.set(Psyscall);
  b.rt.sched.nmspinning.store(0, std::memory_order_relaxed);  // nobody could help
  for (std::uint32_t call = 1; call < 20; call++) {
    b.pp().syscalltick.store(call, std::memory_order_relaxed);
    b.pp().schedtick.store(call, std::memory_order_relaxed);
    EXPECT_EQ(retake(b.rt, call * 9 * ms), 0u);
  }
  EXPECT_EQ(b.status(), Psyscall);
}

// L10: each look sees another call, but the time slice is the same.
TEST(Retake, TakesThePFromAGoroutineThatMakesShortCallsForLong) {
  bare b;
  g waits(2);
  runqput(&b.pp(), &waits, false);
  b.set(Psyscall);
  m idle(b.rt, 2);
  b.rt.sched.midle.set(&idle);
  b.rt.sched.nmidle.set(1);
  std::uint32_t taken = 0;
  std::int64_t now = 0;
  for (std::uint32_t call = 1; call < 20 && taken == 0; call++) {
    b.pp().syscalltick.store(call, std::memory_order_relaxed);
    now += ms;
    taken = retake(b.rt, now);
  }
  EXPECT_EQ(taken, 1u);
  EXPECT_EQ(now, 11 * ms);
  EXPECT_EQ(idle.nextp.get(), &b.pp());  // and whoever waits there runs
}

TEST(Sysmon, GivesThePOfALongSystemCallToOthers) {
  run_main({.procs = 1}, [](runtime&) {
    note ran;
    go([&] { notewakeup(ran); });
    entersyscall();
    notesleep(ran);  // only the monitor can help
    exitsyscall();
  });
}

TEST(Sysmon, MakesAGoroutineThatRunsLongGiveWay) {
  run_main({.procs = 1}, [](runtime&) {
    std::atomic<bool> ran{false};
    go([&] { ran = true; });
    while (!ran) safepoint();
  });
}

TEST(Sysmon, LetsOthersRunBetweenShortSystemCalls) {
  run_main({.procs = 1}, [](runtime&) {
    std::atomic<bool> ran{false};
    go([&] { ran = true; });
    while (!ran) {
      entersyscall();
      platform::usleep(50);
      exitsyscall();
    }
  });
}

TEST(Sysmon, SleepsWhenAllIsIdleAndIsWokenByASystemCall) {
  run_main({.procs = 1}, [](runtime& rt) {
    entersyscallblock();
    while (rt.sched.sysmonwait.load(std::memory_order_seq_cst) == 0) platform::usleep(100);
    exitsyscall();
    EXPECT_EQ(rt.sched.sysmonwait.load(std::memory_order_seq_cst), 0u);
    std::atomic<bool> ran{false};
    go([&] { ran = true; });
    while (!ran) safepoint();  // it watches again
  });
}

// The network: one goroutine, parked until the fake says that its input is ready.
std::atomic<g*> ready_input{nullptr};
std::atomic<int> polls{0};

g* fake_netpoll(runtime& rt, bool block) {
  if (block) {  // nothing comes while somebody waits here
    while (rt.exiting.load(std::memory_order_relaxed) == 0) platform::usleep(100);
    return nullptr;
  }
  polls++;
  g* gp = ready_input.exchange(nullptr);
  if (gp != nullptr) gp->schedlink.set(nullptr);
  return gp;
}

TEST(Sysmon, PollsTheNetworkWhenNobodyDoes) {
  polls = 0;
  options how{.procs = 1};
  how.hook.netpoll = fake_netpoll;
  run_main(how, [](runtime&) {
    std::atomic<bool> ran{false};
    go([&] {
      gopark(
          [](g* gp, void*) {
            ready_input = gp;
            return true;
          },
          nullptr, "IO wait");
      ran = true;
    });
    while (!ran) safepoint();
  });
  EXPECT_GT(polls, 0);
}

std::atomic<int> collections{0};
std::atomic<int> scavenged{0};
std::string printed;
std::atomic<int> lines{0};

// Starts rt, set up already, with that main, and ends it.
void run_on(runtime& rt, const options& how, void (*main)(void*)) {
  start(rt, how, main, &rt);
  wait(rt);
  stop(rt);
}

TEST(Sysmon, ForcesACollectionWhenThereWasNoneForLong) {
  collections = 0;
  runtime rt(1);
  rt.forcegc.period = 5 * ms;
  options how{.procs = 1, .forcegc = true};
  how.hook.force_gc = [](runtime& of) {
    collections++;
    of.forcegc.last_gc.store(static_cast<std::uint64_t>(platform::nanotime()),
                             std::memory_order_relaxed);
  };
  run_on(rt, how, [](void* argument) {
    auto& of = *static_cast<runtime*>(argument);
    of.forcegc.last_gc.store(1, std::memory_order_relaxed);
    while (collections < 3) safepoint();
  });
  EXPECT_GE(collections, 3);
}

TEST(Sysmon, ForcesNoneBeforeTheFirst) {
  collections = 0;
  runtime rt(1);
  rt.forcegc.period = 1 * ms;
  options how{.procs = 1, .forcegc = true};
  how.hook.force_gc = [](runtime&) { collections++; };
  run_on(rt, how, [](void*) {
    for (int i = 0; i < 20; i++) {
      platform::usleep(1000);
      safepoint();
    }
  });
  EXPECT_EQ(collections, 0);
}

TEST(Sysmon, GivesMemoryBackOnceInAWhile) {
  scavenged = 0;
  bare b;
  b.rt.hook.scavenge = [](runtime&, std::int32_t k, std::int64_t, std::int64_t limit) {
    EXPECT_EQ(k, scavenged++);
    EXPECT_EQ(limit, 300'000 * ms);
  };
  sysmon_state s;
  s.lastscavenge = platform::nanotime() - 150'001 * ms;
  EXPECT_TRUE(sysmon_round(b.rt, s));
  EXPECT_TRUE(sysmon_round(b.rt, s));
  EXPECT_EQ(scavenged, 1);
  EXPECT_EQ(s.nscavenge, 1);
}

TEST(Sysmon, SleepsLongerWhenThereIsNothingToDo) {
  bare b;
  sysmon_state s;
  s.lastscavenge = platform::nanotime();
  for (int i = 0; i < 51; i++) EXPECT_TRUE(sysmon_round(b.rt, s));
  EXPECT_EQ(s.delay, 20u);
  EXPECT_TRUE(sysmon_round(b.rt, s));
  EXPECT_EQ(s.delay, 40u);
  for (int i = 0; i < 12; i++) EXPECT_TRUE(sysmon_round(b.rt, s));
  EXPECT_EQ(s.delay, 10'000u);
}

TEST(Sysmon, TracesTheSchedulerEverySoOften) {
  lines = 0;
  printed.clear();
  runtime rt(1);
  options how{.procs = 1, .debug = {.schedtrace = 5}};
  how.hook.print = [](const char* text) {
    printed = text;
    lines++;
  };
  run_on(rt, how, [](void*) {
    while (lines < 2) safepoint();
  });
  EXPECT_EQ(printed.rfind("SCHED ", 0), 0u) << printed;
  EXPECT_NE(printed.find("gomaxprocs=1"), std::string::npos) << printed;
}

TEST(Sysmon, EndsWithTheRuntimeWhetherItSleepsOrNot) {
  for (int i = 0; i < 20; i++) {
    run_main({.procs = 2}, [i](runtime& rt) {
      if (i % 2 == 0) return;
      entersyscallblock();
      while (rt.sched.sysmonwait.load(std::memory_order_seq_cst) == 0) platform::usleep(100);
      exitsyscall();
    });
  }
}

}  // namespace
}  // namespace tenterhook::native::runtime
