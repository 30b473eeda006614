#include "runtime/syscall.hpp"

#include <gtest/gtest.h>

#include "platform/thread.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/park.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/note.hpp"

namespace tenterhook::native::runtime {
namespace {

options procs(std::int32_t n, bool sysmon = false) { return {.procs = n, .sysmon = sysmon}; }

std::uint32_t status_of(const p* pp) { return pp->status.load(std::memory_order_seq_cst); }

TEST(Syscall, AShortOneKeepsItsP) {
  run_main(procs(1), [](runtime& rt) {
    p* pp = getp();
    const std::uint32_t tick = pp->syscalltick.load(std::memory_order_relaxed);
    entersyscall();
    EXPECT_EQ(getp(), nullptr);
    EXPECT_EQ(getm()->oldp, pp);
    EXPECT_EQ(status_of(pp), Psyscall);
    EXPECT_EQ(pp->m.load(std::memory_order_relaxed), nullptr);
    EXPECT_EQ(getg()->atomicstatus.load(std::memory_order_relaxed), Gsyscall);
    exitsyscall();
    EXPECT_EQ(getp(), pp);
    EXPECT_EQ(getm()->oldp, nullptr);
    EXPECT_EQ(status_of(pp), Prunning);
    EXPECT_EQ(pp->m.load(std::memory_order_relaxed), getm());
    EXPECT_EQ(getg()->atomicstatus.load(std::memory_order_relaxed), Grunning);
    EXPECT_EQ(pp->syscalltick.load(std::memory_order_relaxed), tick + 1);
    EXPECT_EQ(getm()->locks.load(std::memory_order_relaxed), 0);
    EXPECT_EQ(rt.sched.npidle.load(std::memory_order_relaxed), 0u);
  });
}

// No monitor: only a P that is given away at once lets the other goroutine run.
TEST(Syscall, ABlockingOneGivesItsPAway) {
  run_main(procs(1), [](runtime&) {
    note ran;
    go([&] { notewakeup(ran); });
    entersyscallblock();
    notesleep(ran);
    exitsyscall();
    EXPECT_EQ(getg()->atomicstatus.load(std::memory_order_relaxed), Grunning);
  });
}

TEST(Syscall, TakesAnIdlePIfItsOwnIsGone) {
  run_main(procs(2), [](runtime& rt) {
    p* pp = getp();
    entersyscall();
    std::uint32_t was = Psyscall;
    ASSERT_TRUE(pp->status.compare_exchange(was, Pgcstop, std::memory_order_seq_cst,
                                            std::memory_order_seq_cst));  // somebody takes it
    exitsyscall();
    EXPECT_NE(getp(), pp);
    EXPECT_NE(getp(), nullptr);
    pp->status.store(Pidle, std::memory_order_seq_cst);  // give it back
    EXPECT_EQ(rt.sched.npidle.load(std::memory_order_relaxed), 0u);
  });
}

// The only P is another goroutine's, until that one yields.
TEST(Syscall, WaitsForAPIfThereIsNone) {
  run_main(procs(1), [](runtime& rt) {
    note entered;
    std::atomic<bool> back{false};
    group one(1);
    one.of(rt);
    go([&] {
      entersyscallblock();
      notesleep(entered);
      exitsyscall();
      back = true;
      one.done();
    });
    Gosched();
    notewakeup(entered);
    platform::usleep(2000);
    EXPECT_FALSE(back);  // we have the P
    one.wait();
    EXPECT_TRUE(back);
  });
}

TEST(Syscall, ALockedGoroutineComesBackOnItsThread) {
  for (const std::int32_t n : {1, 2, 4}) {
    run_main(procs(n, true), [](runtime& rt) {
      constexpr int goroutines = 4;
      group all(goroutines);
      all.of(rt);
      for (int i = 0; i < goroutines; i++) {
        go([&] {
          LockOSThread();
          m* mine = getm();
          for (int k = 0; k < 50; k++) {
            k % 2 == 0 ? entersyscallblock() : entersyscall();
            platform::usleep(10);
            exitsyscall();
            EXPECT_EQ(getm(), mine);
            Gosched();
            EXPECT_EQ(getm(), mine);
          }
          UnlockOSThread();
          all.done();
        });
      }
      all.wait();
    });
  }
}

TEST(Syscall, DoesNotDelayWhoStopsTheWorldAndReturnsWhenItRuns) {
  run_main(procs(2), [](runtime& rt) {
    note inside;
    note on;
    std::atomic<bool> back{false};
    group one(1);
    one.of(rt);
    go([&] {
      entersyscall();
      notewakeup(inside);
      notesleep(on);
      exitsyscall();
      back = true;
      one.done();
    });
    entersyscallblock();  // there may be no second M yet
    notesleep(inside);
    exitsyscall();
    stopTheWorld("test");
    notewakeup(on);
    platform::usleep(2000);
    EXPECT_FALSE(back);
    startTheWorld();
    one.wait();
    EXPECT_TRUE(back);
  });
}

TEST(Syscall, GoesNoFurtherWhenTheProcessCrashes) {
  runtime rt(2);
  m mp(rt, 0);
  setm(&mp);
  mp.oldp = rt.allp[0];
  rt.allp[0]->status.store(Psyscall, std::memory_order_seq_cst);
  rt.sched.stopwait.store(freezeStopWait, std::memory_order_seq_cst);
  EXPECT_FALSE(exitsyscallfast());
  EXPECT_EQ(mp.oldp, nullptr);
  EXPECT_EQ(mp.p.load(std::memory_order_relaxed), nullptr);
  EXPECT_EQ(status_of(rt.allp[0]), Psyscall);
  setm(nullptr);
}

TEST(Syscall, ManyOfThemWithSysmonAndStops) {
  for (const std::int32_t n : {1, 2, 4}) {
    run_main(procs(n, true), [](runtime& rt) {
      constexpr int goroutines = 8;
      constexpr int calls = 300;
      std::atomic<int> done{0};
      group all(goroutines + 1);
      all.of(rt);
      for (int i = 0; i < goroutines; i++) {
        go([&, i] {
          for (int k = 0; k < calls; k++) {
            (i + k) % 5 == 0 ? entersyscallblock() : entersyscall();
            if (k % 64 == i) platform::usleep(200);
            exitsyscall();
            EXPECT_NE(getp(), nullptr);
            done++;
          }
          all.done();
        });
      }
      go([&] {
        for (int k = 0; k < 20; k++) {
          stopTheWorld("test");
          startTheWorld();
          Gosched();
        }
        all.done();
      });
      all.wait();
      EXPECT_EQ(done, goroutines * calls);
    });
  }
}

}  // namespace
}  // namespace tenterhook::native::runtime
