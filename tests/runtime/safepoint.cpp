// A function on every P, on real threads.
#include "runtime/safepoint.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "tests/runtime/running.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::native::runtime {
namespace {

// How often it ran for each P. No pointer reaches the function but its P.
std::array<std::atomic<int>, 4> visits;

void visit(p* pp) { visits[static_cast<std::size_t>(pp->id)]++; }

// REQUIRES: on a goroutine.
void visit_all(runtime& rt) {
  semacquire(rt.worldsema);
  forEachP(rt, visit);
  semrelease(rt, rt.worldsema);
}

class Safepoint : public testing::Test {
 protected:
  Safepoint() {
    for (std::atomic<int>& n : visits) n = 0;
  }
};

TEST_F(Safepoint, TheFunctionRunsOnceForEveryPWhereverItsMIs) {
  run_main({.procs = 4}, [](runtime& rt) {
    others_everywhere others(rt);
    for (int round = 1; round <= 10; round++) {
      visit_all(rt);
      for (const std::atomic<int>& n : visits) EXPECT_EQ(n, round);
    }
    others.end();
  });
}

TEST_F(Safepoint, TheFunctionRunsOnceForEveryPUnderLoad) {
  run_main({.procs = 4}, [](runtime& rt) {
    std::atomic<bool> over{false};
    group others(4);
    others.of(rt);
    for (int i = 0; i < 4; i++) {
      go([&, i] {
        while (!over) {
          if (i % 2 == 0) {
            entersyscall();
            exitsyscall();
          }
          Gosched();
        }
        others.done();
      });
    }
    for (int round = 1; round <= 200; round++) {
      visit_all(rt);
      for (const std::atomic<int>& n : visits) ASSERT_EQ(n, round);
      Gosched();
    }
    over = true;
    others.wait();
  });
}

TEST_F(Safepoint, WithoutMonitorTheFunctionRunsWhileAGoroutineStaysInASystemCall) {
  run_main({.procs = 2, .sysmon = false}, [](runtime& rt) {
    for (int round = 1; round <= 200; round++) {
      std::atomic<bool> go_on{false};
      group other(1);
      other.of(rt);
      go([&] {
        entersyscall();
        while (!go_on) platform::usleep(10);
        exitsyscall();
        other.done();
      });
      visit_all(rt);
      go_on = true;
      other.wait();
    }
  });
  for (std::size_t i = 0; i < 2; i++) EXPECT_EQ(visits[i], 200);
}

}  // namespace
}  // namespace tenterhook::native::runtime
