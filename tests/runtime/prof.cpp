#include "runtime/prof.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "tests/runtime/look.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/extram.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::native::runtime {
namespace {

std::atomic<int> added{0};
void add(runtime&) { added++; }

// What the hook was told last, by which M does not matter: there is one.
std::atomic<std::int32_t> told{-1};
options with_ticks() {
  return {.procs = 1, .sysmon = false, .hook = {.resetcpuprofiler = [](m&, std::int32_t hz) {
            told = hz;
          }}};
}

TEST(Prof, TicksCountWhileItIsOn) {
  added = 0;
  run_main(with_ticks(), [](runtime& rt) {
    sigprof(rt, add);
    EXPECT_EQ(added, 0);
    setcpuprofilerate_m(rt, 100);
    EXPECT_EQ(told, 100);
    EXPECT_EQ(look(getm()->profilehz), 100);
    EXPECT_EQ(look(getm()->locks), 0);
    sigprof(rt, add);
    EXPECT_EQ(added, 1);
    setcpuprofilerate_m(rt, -5);
    EXPECT_EQ(told, 0);
    sigprof(rt, add);
    EXPECT_EQ(added, 1);
    EXPECT_EQ(look(rt.prof.lock), 0u);
  });
}

TEST(Prof, OtherMsFollowWithTheirNextGoroutine) {
  run_main({.procs = 2}, [](runtime& rt) {
    setcpuprofilerate_m(rt, 100);
    group all(100);
    all.of(rt);
    std::atomic<int> off{0};
    for (int i = 0; i < 100; i++) {
      go([&] {
        if (look(getm()->profilehz) != 100) off++;
        all.done();
      });
    }
    all.wait();
    EXPECT_EQ(off, 0);
    setcpuprofilerate_m(rt, 0);
  });
}

TEST(Prof, AForkIsNotProfiled) {
  run_main(with_ticks(), [](runtime& rt) {
    setcpuprofilerate_m(rt, 100);
    beforefork();
    EXPECT_EQ(told, 0);
    EXPECT_EQ(look(getm()->locks), 1);
    afterfork();
    EXPECT_EQ(told, 100);
    EXPECT_EQ(look(getm()->locks), 0);
    setcpuprofilerate_m(rt, 0);
    told = -1;
    beforefork();
    afterfork();
    EXPECT_EQ(told, -1);
  });
}

// Ticks and changes of the rate at the same time: each tick that counts is whole.
TEST(Prof, TheLockIsOneForAll) {
  runtime rt(1);
  static std::atomic<int> inside{0};
  static std::atomic<int> together{0};
  put(rt.prof.hz, 100);
  std::thread threads[3];
  for (std::thread& t : threads) {
    t = std::thread([&rt] {
      for (int i = 0; i < 2000; i++) {
        sigprof(rt, [](runtime&) {
          if (inside.fetch_add(1) != 0) together++;
          inside--;
        });
      }
    });
  }
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(together, 0);
}

}  // namespace
}  // namespace tenterhook::native::runtime
