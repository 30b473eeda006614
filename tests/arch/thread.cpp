#include "platform/thread.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>

#include <array>
#include <string>

#include "platform/check.hpp"
#include "platform/plain.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

TEST(Thread, StartAndJoinPublishPlainData) {
  struct shared {
    plain<int> in{0, "in"};
    plain<int> out{0, "out"};
  } s;
  s.in.set(20);
  const thread_handle t = start_thread(
      "doubler",
      [](void* argument) {
        auto& mine = *static_cast<shared*>(argument);
        mine.out.set(2 * mine.in.get());
      },
      &s);
  join_thread(t);
  EXPECT_EQ(s.out.get(), 40);
}

TEST(Thread, BearsItsNameCutToFifteenCharacters) {
  std::string name;
  join_thread(start_thread(
      "a thief and an owner",
      [](void* argument) {
        char text[16];
        pthread_getname_np(pthread_self(), text, sizeof text);
        *static_cast<std::string*>(argument) = text;
      },
      &name));
  EXPECT_EQ(name, "a thief and an ");
}

TEST(Thread, StartsThreadsItself) {
  int depth = 0;
  struct nest {
    static void run(void* argument) {
      auto& d = *static_cast<int*>(argument);
      if (++d < 5) join_thread(start_thread("nested", run, argument));
    }
  };
  join_thread(start_thread("outer", nest::run, &depth));
  EXPECT_EQ(depth, 5);
}

TEST(ThreadDeathTest, AJoinOfNothingIsABrokenPromise) {
  EXPECT_DEATH(join_thread({}), "promise broken: join_thread is given a started thread");
}

TEST(Clock, NeverGoesBackAndAdvances) {
  const std::int64_t start = nanotime();
  std::int64_t last = start;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t now = nanotime();
    ASSERT_GE(now, last);
    last = now;
  }
  while (nanotime() == start) procyield(1);
}

TEST(Clock, SleepsAtLeastAsLongAsAsked) {
  const std::int64_t start = nanotime();
  usleep(3000);
  EXPECT_GE(nanotime() - start, 3'000'000);
  for (const std::uint32_t few : {0u, 1u, 3u, 10u, 11u}) {
    const std::int64_t before = nanotime();
    usleep(few);
    EXPECT_GE(nanotime() - before, std::int64_t{few} * 1000);
  }
  procyield(0);
  procyield(100);
  osyield();
}

// 100,000 draws from n = 10: a result's count has mean 10,000 and deviation sqrt(9,000) < 95.
// Beyond 7 deviations, one run in 10^10 would fail for each result.
TEST(Fastrandn, IsInRangeAndUniform) {
  std::array<int, 10> seen{};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint32_t x = fastrandn(10);
    ASSERT_LT(x, 10u);
    ++seen[x];
  }
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 7 * 95);
}

TEST(Fastrandn, DrawsFromOneAndFromAll) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(fastrandn(1), 0u);
  std::uint32_t bits = 0;
  for (int i = 0; i < 1000; ++i) bits |= fastrandn(0xffffffffu);
  EXPECT_EQ(bits, 0xffffffffu);
}

// n = 3 * 2^30 makes the rejection loop run for a quarter of all draws; without it a third of the
// numbers would come up twice as often.
TEST(Fastrandn, RejectsTheDrawsThatWouldFavourSome) {
  constexpr std::uint32_t n = 3u << 30;
  int divisible = 0;
  constexpr int draws = 90'000;
  for (int i = 0; i < draws; ++i) divisible += fastrandn(n) % 3 == 0;
  // Mean 30,000, deviation sqrt(20,000) < 142. Biased it would be 45,000.
  EXPECT_NEAR(divisible, draws / 3, 7 * 142);
}

TEST(Fastrandn, TwoThreadsDrawDifferentNumbers) {
  using sequence = std::array<std::uint32_t, 8>;
  std::array<sequence, 2> drawn{};
  for (auto& s : drawn) {
    join_thread(start_thread(
        "drawer",
        [](void* argument) {
          for (auto& x : *static_cast<sequence*>(argument)) x = fastrandn(0xffffffffu);
        },
        &s));
  }
  EXPECT_NE(drawn[0], drawn[1]);
}

TEST(Ncpu, CountsTheProcessorsThatThisThreadMayUse) {
  EXPECT_GE(ncpu(), 1U);
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(ncpu(), static_cast<std::uint32_t>(CPU_COUNT(&before)));
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(ncpu(), 1U);
  sched_setaffinity(0, sizeof before, &before);
}

TEST(Quiesce, NobodyKnowsNatively) { EXPECT_FALSE(quiesce()); }

TEST(FastrandnDeathTest, HasNothingToDrawFromNone) {
  EXPECT_DEATH(fastrandn(0), "promise broken: fastrandn draws from at least one number");
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
