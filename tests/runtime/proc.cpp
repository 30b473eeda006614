// Goroutines on real threads: what Go's own tests of the scheduler ask (proc_test.go), in our
// words, with GOMAXPROCS 1, 2 and 4.
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "platform/thread.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::native::runtime {
namespace {

class Proc : public testing::TestWithParam<std::int32_t> {
 protected:
  options how() const { return {.procs = GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Procs, Proc, testing::Values(1, 2, 4));

TEST_P(Proc, EveryGoroutineRunsOnce) {
  constexpr int count = 2000;
  std::vector<std::atomic<int>> ran(count);
  run_main(how(), [&](runtime& rt) {
    group all(count);
    all.of(rt);
    for (int i = 0; i < count; i++) {
      go([&, i] {
        ran[static_cast<std::size_t>(i)]++;
        all.done();
      });
    }
    all.wait();
  });
  for (const auto& times : ran) EXPECT_EQ(times.load(), 1);
}

TEST_P(Proc, DeadGoroutinesAreUsedAgain) {
  std::size_t made = 0;
  run_main(how(), [&](runtime& rt) {
    for (int i = 0; i < 1000; i++) {
      group one(1);
      one.of(rt);
      go([&] { one.done(); });
      one.wait();
    }
    made = rt.allgs.size();
  });
  EXPECT_LT(made, 200u);
}

// What a goroutine gets to run is its own, whether it was copied into the goroutine or to the heap.
TEST_P(Proc, AGoroutineKeepsWhatItWasGiven) {
  run_main(how(), [&](runtime& rt) {
    constexpr int count = 300;
    std::atomic<std::int64_t> sum{0};
    group all(3 * count);
    all.of(rt);
    for (std::int64_t i = 0; i < count; i++) {
      go([&all, &sum, i] {  // small and simple
        sum += i;
        all.done();
      });
      const std::array<std::int64_t, 8> large{i, i, i, i, i, i, i, i};
      go([&all, &sum, large] {
        for (const std::int64_t x : large) sum += x;
        all.done();
      });
      go([&all, &sum, text = std::to_string(i)] {  // not simple
        sum += std::stoi(text);
        all.done();
      });
    }
    all.wait();
    EXPECT_EQ(sum.load(), 10 * count * (count - 1) / 2);
  });
}

// Alone it goes on at once, in a new time slice; not if there is another, wherever that waits.
TEST(Gosched, GivesWayToWhoeverIsThere) {
  run_main({.procs = 1, .sysmon = false}, [](runtime&) {
    const std::uint32_t before = getp()->schedtick.load(std::memory_order_relaxed);
    Gosched();
    EXPECT_EQ(getp()->schedtick.load(std::memory_order_relaxed), before + 1);
    int turns = 0;
    bool over = false;
    go([&] {
      while (!over) {
        turns++;
        Gosched();
      }
    });
    for (int i = 1; i <= 200; i++) {  // first from runnext, then from the global queue
      Gosched();
      EXPECT_EQ(turns, i);
    }
    over = true;
    Gosched();
  });
}

// A request to stop is heard by a goroutine that does nothing but yield, alone.
TEST(Gosched, HearsARequest) {
  run_main({.procs = 2}, [](runtime& rt) {
    std::atomic<bool> there{false}, over{false};
    group one(1);
    one.of(rt);
    go([&] {
      there = true;
      while (!over) Gosched();
      one.done();
    });
    while (!there) Gosched();
    for (int i = 0; i < 100; i++) {
      stopTheWorld("test");
      startTheWorld();
    }
    over = true;
    one.wait();
  });
}

// Yields make progress: each of two goroutines sees the other's turn.
void ping_pong(runtime& rt, int rounds) {
  std::atomic<int> turn{0};
  group both(2);
  both.of(rt);
  for (int me = 0; me < 2; me++) {
    go([&, me] {
      for (int i = 0; i < rounds; i++) {
        while (turn.load() != me) Gosched();
        turn.store(1 - me);
      }
      both.done();
    });
  }
  both.wait();
}

TEST_P(Proc, YieldsMakeProgress) {
  run_main(how(), [](runtime& rt) { ping_pong(rt, 1000); });
}

TEST_P(Proc, LockedYieldsMakeProgress) {
  run_main(how(), [](runtime& rt) {
    group both(2);
    both.of(rt);
    std::atomic<int> turn{0};
    for (int me = 0; me < 2; me++) {
      go([&, me] {
        LockOSThread();
        const m* mine = getm();
        for (int i = 0; i < 100; i++) {
          while (turn.load() != me) Gosched();
          EXPECT_EQ(getm(), mine);
          turn.store(1 - me);
        }
        UnlockOSThread();
        both.done();
      });
    }
    both.wait();
  });
}

// As many goroutines as Ps run at a time: they wait for each other without yielding.
TEST_P(Proc, GoroutinesRunInParallel) {
  const int procs = GetParam();
  run_main(how(), [&](runtime& rt) {
    for (int round = 0; round < 50; round++) {
      std::atomic<int> here{0};
      group all(procs);
      all.of(rt);
      for (int i = 0; i < procs; i++) {
        go([&] {
          here.fetch_add(1);
          while (here.load() < procs) platform::osyield();
          all.done();
        });
      }
      all.wait();
    }
  });
}

TEST_P(Proc, ALockedGoroutineThatBlocksLetsOthersRun) {
  run_main(how(), [&](runtime& rt) {
    semaphore turn(0, "turn");
    LockOSThread();
    for (int i = 0; i < 20; i++) {
      go([&] { semrelease(rt, turn); });
      semacquire(turn);
    }
    UnlockOSThread();
  });
}

// A goroutine that calls nothing but safepoint() is preempted by sysmon: else one P never gets
// back.
TEST_P(Proc, ALongGoroutineIsPreempted) {
  const int procs = GetParam();
  run_main(how(), [&](runtime& rt) {
    std::atomic<int> ready{0};
    std::atomic<bool> stop{false};
    group all(procs);
    all.of(rt);
    for (int i = 0; i < procs; i++) {
      go([&] {
        ready.fetch_add(1);
        while (!stop.load()) safepoint();
        all.done();
      });
    }
    while (ready.load() < procs) Gosched();
    stop.store(true);
    all.wait();
  });
}

TEST(Resetspinning, IsForWhoSpins) {
  EXPECT_DEATH(run_main({.procs = 1, .sysmon = false}, [](runtime&) { resetspinning(); }),
               "fatal error: resetspinning: not a spinning m");
}

// mcall is for goroutines: what it calls runs on g0 already.
TEST(Mcall, IsNotForG0) {
  const auto again = [](g*) -> g* {
    mcall([](g*) -> g* { return nullptr; });
    return nullptr;
  };
  EXPECT_DEATH(run_main({.procs = 1, .sysmon = false}, [&](runtime&) { mcall(again); }),
               "fatal error: runtime: mcall called on m->g0 stack");
}

// Two pairs of goroutines on one P, whatever there is beside; in each pair one readies the other.
// One pair has a hundred times as much to do in each turn, and yet both get on alike: a pair shares
// a time slice, since who is readied runs next, and the monitor preempts it at the end. Without the
// end the pair that comes first goes on for ever; without runnext each goroutine has one turn after
// the other, and the hogs get a hundred times as far.
TEST_P(Proc, HogsDoNotStarveAPingPong) {
  struct pair {
    explicit pair(int n) : each(n) {}
    const int each;  // work of one turn
    std::atomic<std::uint64_t> done{0};
    semaphore even{0, "even"}, odd{0, "odd"};
  };
  pair hogs(100'000), light(1'000);
  constexpr int most = 20;              // ten time slices each, or nearly
  constexpr std::uint64_t factor = 20;  // Go's: 2 at first, but machines are busy
  int alternations = 0;
  run_main(how(), [&](runtime& rt) {
    GOMAXPROCS(rt, 1);
    const pair* last = nullptr;
    bool stop = false;
    const std::int64_t end = platform::nanotime() + 60'000'000'000;
    group all(4);
    all.of(rt);
    for (pair* both : {&hogs, &light}) {
      for (int me = 0; me < 2; me++) {
        go([&, both, me] {
          semaphore& mine = me == 0 ? both->even : both->odd;
          semaphore& other = me == 0 ? both->odd : both->even;
          while (!stop) {
            semacquire(mine);
            // relaxed, both: who has the turn is alone
            for (int i = 0; i < both->each; i++) {
              both->done.store(both->done.load(std::memory_order_relaxed) + 1,
                               std::memory_order_relaxed);  // see above
            }
            if (last != both) alternations++;
            last = both;
            if (alternations >= most || platform::nanotime() > end) stop = true;
            semrelease(other);
          }
          semrelease(other);
          all.done();
        });
      }
      semrelease(both->even);
    }
    all.wait();
  });
  EXPECT_GE(alternations, most) << "of the pairs, in a minute";
  EXPECT_LE(hogs.done.load(), factor * light.done.load());
  EXPECT_LE(light.done.load(), factor * hogs.done.load());
}

TEST_P(Proc, TheWorldStopsUnderLoad) {
  run_main(how(), [&](runtime& rt) {
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> work{0};
    group all(4);
    all.of(rt);
    for (int i = 0; i < 4; i++) {
      go([&] {
        while (!stop.load()) {
          work.fetch_add(1);
          safepoint();
        }
        all.done();
      });
    }
    for (int i = 0; i < 8; i++) {
      stopTheWorld("test");
      const std::uint64_t before = work.load();
      for (int k = 0; k < 100; k++) platform::osyield();
      EXPECT_EQ(work.load(), before);
      startTheWorld();
      Gosched();
    }
    stop.store(true);
    all.wait();
  });
}

// A goroutine that is never the same one.
struct perpetuum_mobile {
  std::atomic<bool>& stop;
  group& all;
  void operator()() const {
    if (stop.load()) {
      all.done();
    } else {
      go(*this);
    }
  }
};

// A collector that stops the world, again and again, and one who sets GOMAXPROCS, beside goroutines
// that come and go. In Go's test the number stays 3, for which the world is not stopped; here it
// changes each time.
TEST_P(Proc, WhoStopsTheWorldAndWhoChangesGomaxprocsDoNotDeadlock) {
  constexpr int rounds = 1000;
  run_main(how(), [&](runtime& rt) {
    const std::int64_t end = platform::nanotime() + 1'000'000'000;
    const auto again = [end](int i) {
      return i < 20 || (i < rounds && platform::nanotime() < end);
    };
    const std::int32_t procs = GOMAXPROCS(rt, 3);
    std::atomic<bool> stop{false};
    std::atomic<bool> stopped{false};
    group both(2), mobile(1);
    both.of(rt);
    mobile.of(rt);
    go([&] {
      for (int i = 0; again(i); i++) {
        stopTheWorld("GC");
        stopped = true;
        stopped = false;
        startTheWorld();
      }
      both.done();
    });
    go([&] {
      for (int i = 0; again(i); i++) {
        const std::int32_t to = i % 2 == 0 ? procs : 3;
        GOMAXPROCS(rt, to);
        EXPECT_EQ(GOMAXPROCS(rt, 0), to);
        EXPECT_FALSE(stopped);
      }
      both.done();
    });
    go(perpetuum_mobile{stop, mobile});
    both.wait();
    stop = true;
    mobile.wait();
  });
}

TEST_P(Proc, GomaxprocsChangesUnderLoad) {
  run_main(how(), [&](runtime& rt) {
    std::atomic<bool> stop{false};
    group all(8);
    all.of(rt);
    for (int i = 0; i < 8; i++) {
      go([&] {
        while (!stop.load()) Gosched();
        all.done();
      });
    }
    for (const std::int32_t n : {1, 3, 2, 4, 1, 2, 4, 3}) {
      GOMAXPROCS(rt, n);
      EXPECT_EQ(GOMAXPROCS(rt, 0), n);
      for (int k = 0; k < 20; k++) Gosched();
    }
    stop.store(true);
    all.wait();
  });
}

TEST_P(Proc, GoroutinesAreCounted) {
  run_main(how(), [&](runtime& rt) {
    EXPECT_EQ(gcount(rt), 1);
    semaphore hold(0, "hold");
    group all(10);
    all.of(rt);
    for (int i = 0; i < 10; i++) {
      go([&] {
        semacquire(hold);
        all.done();
      });
    }
    EXPECT_EQ(gcount(rt), 11);
    for (int i = 0; i < 10; i++) semrelease(rt, hold);
    all.wait();
    // the last one may still be on its way to its end
    for (int i = 0; i < 10'000 && gcount(rt) > 1; i++) {
      Gosched();
      platform::usleep(100);
    }
    EXPECT_EQ(gcount(rt), 1);
  });
}

}  // namespace
}  // namespace tenterhook::native::runtime
