#include "runtime/extram.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "tests/runtime/look.hpp"
#include "tests/runtime/running.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::native::runtime {
namespace {

class Extram : public testing::TestWithParam<std::int32_t> {
 protected:
  options how() const { return {.procs = GetParam(), .extra_m = true}; }
};
INSTANTIATE_TEST_SUITE_P(Procs, Extram, testing::Values(1, 2, 4));

// What a callback needs, and what becomes of it.
struct errand {
  runtime* rt = nullptr;
  std::atomic<int> run{0};
  group* all = nullptr;
};

TEST_P(Extram, ForeignThreadsRunGoroutinesCode) {
  constexpr int threads = 4;
  constexpr int calls = 200;
  std::vector<std::thread> foreign;
  std::atomic<int> answered{0};
  errand mine;
  run_main(how(), [&](runtime& rt) {
    group all(threads * calls);
    all.of(rt);
    mine.rt = &rt;
    mine.all = &all;
    for (int i = 0; i < threads; i++) {
      foreign.emplace_back([&] {
        for (int k = 0; k < calls; k++) {
          EXPECT_EQ(getm(), nullptr);
          const bool done = callback(
              *mine.rt,
              [](void* argument) {
                auto* self = static_cast<errand*>(argument);
                self->run++;
                EXPECT_NE(getp(), nullptr);
                Gosched();
                self->all->done();
              },
              &mine);
          if (done) answered++;
        }
      });
    }
    all.wait();
  });
  for (std::thread& t : foreign) t.join();
  EXPECT_EQ(mine.run, threads * calls);
  EXPECT_GE(answered, threads * (calls - 1));  // the last of each may see the runtime end
}

// There is one more than are in use.
TEST_P(Extram, TheListGrowsAsItIsNeeded) {
  constexpr int threads = 3;
  run_main(how(), [&](runtime& rt) {
    semaphore inside(0, "inside");
    semaphore leave(0, "leave");
    struct both {
      runtime& rt;
      semaphore& inside;
      semaphore& leave;
    } mine{rt, inside, leave};
    std::vector<std::thread> foreign;
    for (int i = 0; i < threads; i++) {
      foreign.emplace_back([&] {
        EXPECT_TRUE(callback(
            rt,
            [](void* argument) {
              auto* self = static_cast<both*>(argument);
              semrelease(self->rt, self->inside);
              semacquire(self->leave);
            },
            &mine));
      });
    }
    for (int i = 0; i < threads; i++) semacquire(inside);
    int extra = 0;
    for (m* mp = look(rt.allm); mp != nullptr; mp = mp->alllink) extra += mp->extra ? 1 : 0;
    EXPECT_EQ(extra, threads + 1);
    EXPECT_EQ(gcount(rt), 1 + threads);  // those that are not in use are nobody's goroutines
    for (int i = 0; i < threads; i++) semrelease(rt, leave);
    entersyscallblock();  // they need a P
    for (std::thread& t : foreign) t.join();
    exitsyscall();
    EXPECT_EQ(gcount(rt), 1);
  });
}

TEST_P(Extram, ACallbackThatSleepsReturnsWhenTheRuntimeEnds) {
  std::thread foreign;
  bool done = true;
  errand mine;
  run_main(how(), [&](runtime& rt) {
    group one(1);
    one.of(rt);
    mine.all = &one;
    foreign = std::thread([&] {
      done = callback(
          rt,
          [](void* argument) {
            static_cast<errand*>(argument)->all->done();
            gopark(nullptr, nullptr, "for ever");
          },
          &mine);
    });
    one.wait();
  });
  foreign.join();
  EXPECT_FALSE(done);
}

TEST_P(Extram, CallbacksAreStoppedWithTheWorld) {
  std::atomic<bool> over{false};
  std::atomic<int> intruded{0};
  std::atomic<bool> stopped{false};
  struct all_of {
    std::atomic<bool>& stopped;
    std::atomic<int>& intruded;
  } mine{stopped, intruded};
  run_main(how(), [&](runtime& rt) {
    std::thread foreign([&] {
      while (!over) {
        callback(
            rt,
            [](void* argument) {
              auto* self = static_cast<all_of*>(argument);
              if (self->stopped) self->intruded++;
            },
            &mine);
      }
    });
    for (int i = 0; i < 100; i++) {
      stopTheWorld("test");
      stopped = true;
      std::this_thread::yield();
      stopped = false;
      startTheWorld();
      for (int k = 0; k < 10; k++) Gosched();
    }
    over = true;
    entersyscallblock();  // it may need a P once more
    foreign.join();
    exitsyscall();
  });
  EXPECT_EQ(intruded, 0);
}

TEST(ExtramDeathTest, ACallbackWithoutAnExtraMIsTooEarly) {
  EXPECT_DEATH(
      {
        alarm(10);
        run_main({.procs = 1}, [](runtime& rt) {
          std::thread foreign([&] { callback(rt, [](void*) {}, nullptr); });
          foreign.join();
        });
      },
      "fatal error: cgo callback before cgo call\n\nSCHED ");
}

TEST(Pin, KeepsAGoroutineOnItsP) {
  run_main({.procs = 2}, [](runtime& rt) {
    group other(1);
    other.of(rt);
    std::atomic<bool> over{false};
    go([&] {
      while (!over) Gosched();
      other.done();
    });
    for (int i = 0; i < 1000; i++) {
      const std::int32_t pinned = procPin();
      EXPECT_EQ(procPin(), pinned);
      procUnpin();
      put(getg()->preempt, 1u);
      put(getg()->stackguard0, stackPreempt);
      safepoint();  // refuses
      EXPECT_EQ(getp()->id, pinned);
      EXPECT_EQ(look(getg()->stackguard0), 0u);
      procUnpin();
      EXPECT_EQ(look(getg()->stackguard0), stackPreempt);  // asked again
      safepoint();
    }
    over = true;
    other.wait();
  });
}

}  // namespace
}  // namespace tenterhook::native::runtime
