// Stopping the world on real threads.
#include "runtime/stop_world.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tests/runtime/running.hpp"
#include "runtime/g_status.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::native::runtime {
namespace {

std::uint32_t status(const runtime& rt, std::size_t i) {
  return rt.allp[i]->status.load(std::memory_order_relaxed);  // the world is stopped
}

TEST(StopWorld, EveryPIsStoppedWhereverItsMIs) {
  run_main({.procs = 4}, [](runtime& rt) {
    others_everywhere others(rt);
    stopTheWorld("test");
    for (std::size_t i = 0; i < 4; i++) EXPECT_EQ(status(rt, i), Pgcstop) << i;
    EXPECT_EQ(rt.sched.stopwait.load(std::memory_order_relaxed), 0);  // the world is stopped
    startTheWorld();
    others.end();
  });
}

class Stoppers : public testing::TestWithParam<std::int32_t> {};
INSTANTIATE_TEST_SUITE_P(Procs, Stoppers, testing::Values(1, 2, 4));

TEST_P(Stoppers, TakeTurns) {
  int stops = 0;  // guarded by the stopped world
  run_main({.procs = GetParam()}, [&](runtime& rt) {
    constexpr int goroutines = 4;
    constexpr int rounds = 250;
    group all(goroutines);
    all.of(rt);
    for (int i = 0; i < goroutines; i++) {
      go([&] {
        for (int k = 0; k < rounds; k++) {
          stopTheWorld("test");
          stops++;
          startTheWorld();
        }
        all.done();
      });
    }
    all.wait();
  });
  EXPECT_EQ(stops, 1000);
}

TEST(StopWorld, AGreedyStopperLetsTheOthersHaveTheirTurn) {
  run_main({.procs = 2}, [](runtime& rt) {
    std::atomic<bool> had_its_turn{false};
    group other(1);
    other.of(rt);
    go([&] {
      stopTheWorld("other");
      had_its_turn = true;
      startTheWorld();
      other.done();
    });
    while (!had_its_turn) {
      stopTheWorld("greedy");
      startTheWorld();
    }
    other.wait();
  });
}

TEST(StopWorld, KeepsTheStopperOnItsM) {
  run_main({.procs = 2}, [](runtime&) {
    stopTheWorld("test");
    const m* mine = getm();
    getg()->stackguard0.store(stackPreempt, std::memory_order_relaxed);  // its own
    safepoint();
    EXPECT_EQ(getm(), mine);
    EXPECT_EQ(readgstatus(getg()), Grunning);
    startTheWorld();
  });
}

std::int32_t nmidle(runtime& rt) {
  lock(rt.sched.lock);
  const std::int32_t n = rt.sched.nmidle.get();
  unlock(rt.sched.lock);
  return n;
}

// What the helpers of a collection see.
struct helped {
  std::mutex lock;
  std::set<const p*> ps;
  std::atomic<int> count{0};
};

void help(m& mp) {
  auto& all = *static_cast<helped*>(mp.rt.main_argument);
  {
    const std::lock_guard guard(all.lock);
    all.ps.insert(getp());
  }
  all.count++;
}

TEST(StopWorld, AsManyHelpersAsWereCountedHaveAPEach) {
  runtime rt(4);
  helped all;
  rt.main_argument = &all;
  rt.hook.gchelper = help;
  m* self = allocm(rt, nullptr);
  setm(self);
  lock(rt.sched.lock);
  procresize(rt, 4);
  unlock(rt.sched.lock);
  std::vector<m*> ms;
  for (int i = 0; i < 3; i++) ms.push_back(allocm(rt, nullptr));
  stopTheWorldWithSema(rt);
  std::vector<std::thread> threads;
  for (m* mp : ms) {
    threads.emplace_back([mp] {
      setm(mp);
      EXPECT_FALSE(stopm());
      setm(nullptr);
    });
  }
  const std::int32_t most = std::min<std::int32_t>(4, static_cast<std::int32_t>(platform::ncpu()));
  for (int round = 0; round < 100; round++) {
    while (gcprocs(rt) < most || nmidle(rt) < 3) std::this_thread::yield();
    EXPECT_EQ(needaddgcproc(rt), false);
    all.count = 0;
    all.ps = {getp()};
    helpgc(rt, most);
    while (all.count < most - 1) std::this_thread::yield();
    const std::lock_guard guard(all.lock);
    EXPECT_EQ(all.ps.size(), static_cast<std::size_t>(most));
  }
  while (nmidle(rt) < 3) std::this_thread::yield();
  rt.exiting.store(1, std::memory_order_relaxed);  // published by the lock
  lock(rt.sched.lock);
  while (m* mp = mget(rt)) notewakeup(mp->park);
  unlock(rt.sched.lock);
  for (std::thread& thread : threads) thread.join();
  setm(nullptr);
}

// Who starts the world makes a thread that could have helped, which sleeps until the next time.
TEST(StopWorld, AHelperThatWasMissingIsMade) {
  if (platform::ncpu() < 2) GTEST_SKIP() << "on one CPU nobody helps";
  options how{.procs = 2, .sysmon = false};
  how.hook.gchelper = [](m&) {};
  run_main(how, [](runtime& rt) {
    EXPECT_TRUE(needaddgcproc(rt));
    stopTheWorld("test");
    startTheWorld();
    EXPECT_EQ(mcount(rt), 3);  // the other P's as well
    while (nmidle(rt) < 2) std::this_thread::yield();
    EXPECT_FALSE(needaddgcproc(rt));
    stopTheWorld("test");
    startTheWorld();
    EXPECT_EQ(mcount(rt), 3);
  });
}

TEST(StopWorld, MoreHelpersThanSleepAreFatal) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        runtime rt(2);
        setm(allocm(rt, nullptr));
        lock(rt.sched.lock);
        procresize(rt, 2);
        unlock(rt.sched.lock);
        stopTheWorldWithSema(rt);
        helpgc(rt, 2);
      },
      "gcprocs inconsistency");
}

TEST(StopWorld, WhoHoldsLocksMayNot) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(run_main({.procs = 1}, [](runtime&) {
                 acquirem();
                 stopTheWorld("test");
               }),
               "stopTheWorld: holding locks");
}

TEST(StopWorld, GomaxprocsSaysWhatItWas) {
  run_main({.procs = 2}, [](runtime& rt) {
    EXPECT_EQ(GOMAXPROCS(rt, 0), 2);
    EXPECT_EQ(GOMAXPROCS(rt, 3), 2);
    EXPECT_EQ(GOMAXPROCS(rt, 3), 3);
    EXPECT_EQ(GOMAXPROCS(rt, 1), 3);
    EXPECT_EQ(GOMAXPROCS(rt, platform::config::max_gomaxprocs + 1), 1);
    EXPECT_EQ(GOMAXPROCS(rt, -1), platform::config::max_gomaxprocs);
  });
}

TEST(StopWorld, TwoChangesOfGomaxprocsComeOneAfterTheOther) {
  for (int round = 0; round < 50; round++) {
    std::int32_t was[2] = {};
    run_main({.procs = 2}, [&](runtime& rt) {
      group both(2);
      both.of(rt);
      for (std::int32_t i = 0; i < 2; i++) {
        go([&, i] {
          was[i] = GOMAXPROCS(rt, 3 + i);
          both.done();
        });
      }
      both.wait();
    });
    EXPECT_TRUE((was[0] == 2 && was[1] == 3) || (was[1] == 2 && was[0] == 4))
        << was[0] << " " << was[1];
  }
}

TEST(StopWorld, AFreezeStopsThoseThatRun) {
  run_main({.procs = 2}, [](runtime& rt) {
    std::atomic<std::uint64_t> count{0};
    go([&] {
      for (;;) {
        count++;
        safepoint();
      }
    });
    while (count == 0) platform::usleep(100);
    freezetheworld(rt);
    const std::uint64_t frozen = count;
    platform::usleep(20'000);
    EXPECT_EQ(count, frozen);
  });
}

}  // namespace
}  // namespace tenterhook::native::runtime
