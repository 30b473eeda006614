#include "platform/futex.hpp"

#include <gtest/gtest.h>

#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

constexpr auto seq_cst = std::memory_order_seq_cst;
constexpr std::int64_t millisecond = 1'000'000;

TEST(Futex, AWaitForAValueThatIsNotThereReturnsAtOnce) {
  atomic<std::uint32_t> word(1, "word");
  EXPECT_EQ(futex_wait(word, 0, -1), futex_result::again);
  EXPECT_EQ(futex_wait(word, 0, 0), futex_result::again);
}

TEST(Futex, ATimedWaitEndsAndNotBeforeItsTime) {
  atomic<std::uint32_t> word(0, "word");
  const std::int64_t start = nanotime();
  futex_result result{};
  do {
    result = futex_wait(word, 0, 20 * millisecond);
  } while (result == futex_result::woken || result == futex_result::interrupted);
  EXPECT_EQ(result, futex_result::timed_out);
  EXPECT_GE(nanotime() - start, 20 * millisecond);
}

TEST(Futex, AWaitOfNoTimeTimesOut) {
  atomic<std::uint32_t> word(0, "word");
  EXPECT_EQ(futex_wait(word, 0, 0), futex_result::timed_out);
}

TEST(Futex, AWakeWithNobodyThereWakesNobody) {
  atomic<std::uint32_t> word(0, "word");
  EXPECT_EQ(futex_wake(word, 1), 0u);
  EXPECT_EQ(futex_wake(word, 0xffffffffu), 0u);
}

struct waiters {
  atomic<std::uint32_t> word{0, "word"};
  atomic<std::uint32_t> returned{0, "returned"};

  static void run(void* argument) {
    auto& w = *static_cast<waiters*>(argument);
    while (w.word.load(seq_cst) == 0) futex_wait(w.word, 0, -1);
    w.returned.fetch_add(1, seq_cst);
  }
};

TEST(Futex, AChangeFollowedByAWakeOfAllReachesEveryWaiter) {
  for (int round = 0; round < 100; ++round) {
    waiters w;
    thread_handle threads[4];
    for (auto& t : threads) t = start_thread("waiter", waiters::run, &w);
    if (round % 2 == 0) usleep(200);  // else: before they sleep
    w.word.store(1, seq_cst);
    EXPECT_LE(futex_wake(w.word, 0xffffffffu), 4u);
    for (const auto& t : threads) join_thread(t);
    ASSERT_EQ(w.returned.load(seq_cst), 4u);
  }
}

TEST(Futex, AWakeOfNoneOrOneWakesNoMore) {
  waiters w;
  thread_handle threads[3];
  for (auto& t : threads) t = start_thread("waiter", waiters::run, &w);
  std::uint32_t woken = 0;
  EXPECT_EQ(futex_wake(w.word, 0), 0u);
  // The word is unchanged, so a woken waiter sleeps again: three wakes of one each find a sleeper
  // in the end, and none reports two.
  while (woken < 3) {
    const std::uint32_t n = futex_wake(w.word, 1);
    ASSERT_LE(n, 1u);
    woken += n;
    osyield();
  }
  EXPECT_EQ(w.returned.load(seq_cst), 0u);
  w.word.store(1, seq_cst);
  futex_wake(w.word, 3);
  for (const auto& t : threads) join_thread(t);
}

// Ping-pong: a lost wake-up hangs, and the test's time limit reports it.
TEST(Futex, TwoThreadsHandTheWordToAndFro) {
  struct table {
    atomic<std::uint32_t> turn{0, "turn"};
    static void play(table& t, std::uint32_t me) {
      for (int i = 0; i < 5000; ++i) {
        while (t.turn.load(seq_cst) != me) futex_wait(t.turn, 1 - me, -1);
        t.turn.store(1 - me, seq_cst);
        futex_wake(t.turn, 1);
      }
    }
  } t;
  const thread_handle other = start_thread(
      "pong", [](void* argument) { table::play(*static_cast<table*>(argument), 1); }, &t);
  table::play(t, 0);
  join_thread(other);
  EXPECT_EQ(t.turn.load(seq_cst), 0u);
}

// Go's own start-up check of timediv, and the overflow that it exists for.
TEST(Futex, ATimeoutTooLongFor32BitSecondsIsCutNotWrapped) {
  const auto go = detail::split<std::int32_t>(12345 * 1'000'000'000LL + 54321);
  EXPECT_EQ(go.seconds, 12345);
  EXPECT_EQ(go.nanoseconds, 54321);
  const auto last = detail::split<std::int32_t>(0x7fffffffLL * 1'000'000'000 + 999'999'999);
  EXPECT_EQ(last.seconds, 0x7fffffff);
  EXPECT_EQ(last.nanoseconds, 999'999'999);
  const auto cut = detail::split<std::int32_t>(0x80000000LL * 1'000'000'000 + 1);
  EXPECT_EQ(cut.seconds, 0x7fffffff);
  EXPECT_EQ(cut.nanoseconds, 0);
  const auto longest = detail::split<std::int64_t>(INT64_MAX);
  EXPECT_EQ(longest.seconds, 9'223'372'036);
  EXPECT_EQ(longest.nanoseconds, 854'775'807);
}

TEST(Futex, TheLongestTimeoutSleeps) {
  waiters w;
  const thread_handle sleeper = start_thread(
      "sleeper",
      [](void* argument) {
        auto& s = *static_cast<waiters*>(argument);
        EXPECT_NE(futex_wait(s.word, 0, INT64_MAX), futex_result::timed_out);
        s.returned.store(1, seq_cst);
      },
      &w);
  usleep(20'000);
  w.word.store(1, seq_cst);
  while (w.returned.load(seq_cst) == 0) futex_wake(w.word, 1);
  join_thread(sleeper);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
