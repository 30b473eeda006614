#include "runtime/locked_thread.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "tests/runtime/look.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/m.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/note.hpp"

namespace tenterhook::native::runtime {
namespace {

class LockedThread : public testing::TestWithParam<std::int32_t> {
 protected:
  options how() const { return {.procs = GetParam()}; }
};
INSTANTIATE_TEST_SUITE_P(Procs, LockedThread, testing::Values(1, 2, 4));

TEST_P(LockedThread, AGoroutineStaysOnItsThreadAndNothingElseRunsThere) {
  std::atomic<int> moved{0};
  std::atomic<int> intruded{0};
  run_main(how(), [&](runtime& rt) {
    group all(2);
    all.of(rt);
    std::atomic<bool> over{false};
    std::atomic<std::thread::id> home{};
    go([&] {
      LockOSThread();
      const auto here = std::this_thread::get_id();
      home = here;
      for (int i = 0; i < 2000; i++) {
        Gosched();
        if (std::this_thread::get_id() != here) moved++;
      }
      home = std::thread::id();
      UnlockOSThread();
      over = true;
      all.done();
    });
    go([&] {
      while (!over) {
        if (home.load() == std::this_thread::get_id()) intruded++;
        Gosched();
      }
      all.done();
    });
    all.wait();
  });
  EXPECT_EQ(moved, 0);
  EXPECT_EQ(intruded, 0);
}

// With one P as well: the turn goes through the queue, not back to itself (R10).
TEST_P(LockedThread, YieldsMakeProgress) {
  std::atomic<int> turn{0};
  run_main(how(), [&](runtime& rt) {
    group both(2);
    both.of(rt);
    for (int me = 0; me < 2; me++) {
      go([&, me] {
        LockOSThread();
        for (int i = 0; i < 500; i++) {
          while (turn % 2 != me) Gosched();
          turn++;
        }
        both.done();
      });
    }
    both.wait();
  });
  EXPECT_EQ(turn, 1000);
}

// Go's "block locked": a locked goroutine that sleeps holds up nobody.
TEST_P(LockedThread, OneThatSleepsLeavesItsPToOthers) {
  int got = 0;
  run_main(how(), [&](runtime& rt) {
    semaphore full(0, "full");
    semaphore empty(0, "empty");
    go([&] {
      LockOSThread();
      for (int i = 0; i < 100; i++) {
        semacquire(full);
        got++;
        semrelease(rt, empty);
      }
    });
    for (int i = 0; i < 100; i++) {
      semrelease(rt, full);
      semacquire(empty);
    }
  });
  EXPECT_EQ(got, 100);
}

TEST_P(LockedThread, TheEndOfAGoroutineFreesItsThread) {
  run_main(how(), [&](runtime& rt) {
    for (int i = 0; i < 200; i++) {
      group one(1);
      one.of(rt);
      go([&] {
        LockOSThread();
        one.done();
      });
      one.wait();
    }
    EXPECT_LT(look(rt.sched.mcount), 50);
  });
}

TEST(LockedThread, TheUsersLockDoesNotNestAndTheRuntimesDoes) {
  run_main({.procs = 1}, [](runtime&) {
    EXPECT_FALSE(lockedOSThread());
    LockOSThread();
    LockOSThread();
    EXPECT_TRUE(lockedOSThread());
    UnlockOSThread();
    EXPECT_FALSE(lockedOSThread());
    UnlockOSThread();  // one too many does nothing

    lockOSThread();
    lockOSThread();
    LockOSThread();
    unlockOSThread();
    UnlockOSThread();
    EXPECT_TRUE(lockedOSThread());
    LockOSThread();
    unlockOSThread();
    EXPECT_TRUE(lockedOSThread());
    UnlockOSThread();
    EXPECT_FALSE(lockedOSThread());
  });
}

TEST(LockedThreadDeathTest, AnUnlockTooManyOfTheRuntimesIsFatal) {
  EXPECT_DEATH(run_main({.procs = 1}, [](runtime&) {
                 LockOSThread();
                 unlockOSThread();
               }),
               "runtime: internal error: misuse of lockOSThread/unlockOSThread");
}

TEST(LockedThreadDeathTest, AGoroutineMayNotEndWithTheRuntimesLock) {
  EXPECT_DEATH(run_main({.procs = 1},
                        [](runtime& rt) {
                          go([] { lockOSThread(); });
                          semaphore never(0, "never");
                          semacquire(never);
                          static_cast<void>(rt);
                        }),
               "invalid m->locked = 2\nfatal error: internal lockOSThread error");
}

// Of a bare runtime: nobody else wakes an M whose goroutine may not run.
TEST(LockedThreadDeathTest, AThreadIsWokenForItsGoroutineThatMayRun) {
  EXPECT_DEATH(
      {
        runtime rt(1);
        m* mp = allocm(rt, nullptr);
        allocm(rt, nullptr);  // it counts as one that runs: no deadlock
        setm(mp);
        g gp(7);
        put(gp.lockedm, mp);
        put(mp->lockedg, &gp);
        mp->nextp.set(rt.allp[0]);
        notewakeup(mp->park);
        stoplockedm();
      },
      "runtime:stoplockedm: g is not Grunnable or Gscanrunnable\n"
      "runtime: gp: goid=7, gp->atomicstatus=0\n"
      "runtime:  g: goid=0,  g->atomicstatus=0\n"
      "fatal error: stoplockedm: not runnable\n");
}

// Some of them asleep for good, some in between, when everything ends.
TEST_P(LockedThread, ARuntimeEndsWithLockedGoroutines) {
  for (int round = 0; round < 20; round++) {
    run_main(how(), [&](runtime&) {
      for (int i = 0; i < 4; i++) {
        go([i] {
          LockOSThread();
          if (i % 2 == 0) gopark(nullptr, nullptr, "for ever");
          for (;;) Gosched();
        });
      }
      for (int i = 0; i < round; i++) Gosched();
    });
  }
}

TEST_P(LockedThread, TheWorldStopsWithLockedGoroutines) {
  run_main(how(), [&](runtime& rt) {
    group both(2);
    both.of(rt);
    std::atomic<bool> over{false};
    for (int i = 0; i < 2; i++) {
      go([&] {
        LockOSThread();
        while (!over) Gosched();
        both.done();
      });
    }
    for (int i = 0; i < 50; i++) {
      stopTheWorld("test");
      startTheWorld();
      Gosched();
    }
    over = true;
    both.wait();
  });
}

}  // namespace
}  // namespace tenterhook::native::runtime
