#include "runtime/runq.hpp"

#include "runtime/globrunq.hpp"
#include "tests/runtime/goroutines.hpp"
#include "tests/runtime/local_queue.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::size_t size = platform::config::runq_size;

class LocalQueue : public testing::TestWithParam<queue_case> {
 protected:
  runtime rt{2, GetParam().form, GetParam().start};
  p* pp = rt.allp[0];
  std::uint32_t length() {
    return pp->runqtail.load(std::memory_order_relaxed) -  // one thread
           pp->runqhead.load(std::memory_order_relaxed);   // one thread
  }
};

INSTANTIATE_TEST_SUITE_P(FormsAndStarts, LocalQueue, testing::ValuesIn(queue_cases));

TEST_P(LocalQueue, IsFirstInFirstOutAtEveryLength) { expect_first_in_first_out(pp); }

TEST_P(LocalQueue, CarriesOnAcrossTheWrapOfItsIndices) {
  goroutines all(size);
  for (int round = 0; round < 10; round++) {
    for (std::size_t j = 0; j < size; j++) runqput(pp, all[j], false);
    EXPECT_EQ(length(), size);
    for (std::size_t j = 0; j < size; j++) ASSERT_EQ(runqget(pp).gp, all[j]);
  }
  EXPECT_TRUE(runqempty(pp));
}

TEST_P(LocalQueue, SendsHalfAndTheNewcomerToTheGlobalQueueWhenFull) {
  goroutines all(size + 1);
  for (std::size_t j = 0; j < size; j++) runqput(pp, all[j], false);
  EXPECT_EQ(rt.sched.runqsize.load(std::memory_order_relaxed), 0);  // one thread
  runqput(pp, all[size], false);
  EXPECT_EQ(length(), size / 2);
  EXPECT_EQ(rt.sched.runqsize.load(std::memory_order_relaxed),  // one thread
            static_cast<std::int32_t>(size / 2 + 1));

  // Globally: the older half in order, then the newcomer.
  lock(rt.sched.lock);
  for (std::size_t j = 0; j < size / 2; j++) EXPECT_EQ(globrunqget(rt, pp, 1), all[j]);
  EXPECT_EQ(globrunqget(rt, pp, 1), all[size]);
  EXPECT_EQ(globrunqget(rt, pp, 1), nullptr);
  unlock(rt.sched.lock);
  for (std::size_t j = size / 2; j < size; j++) EXPECT_EQ(runqget(pp).gp, all[j]);
  EXPECT_EQ(runqget(pp).gp, nullptr);
}

TEST_P(LocalQueue, OverflowsNotWhenAThiefWasFaster) {
  goroutines all(size + 1);
  for (std::size_t j = 0; j < size; j++) runqput(pp, all[j], false);
  const std::uint32_t h = pp->runqhead.load(std::memory_order_relaxed);  // one thread
  const std::uint32_t t = pp->runqtail.load(std::memory_order_relaxed);  // one thread
  ASSERT_EQ(runqget(pp).gp, all[0]);  // as a thief would, between our look and our CAS
  EXPECT_FALSE(runqputslow(pp, all[size], h, t));
  EXPECT_EQ(length(), size - 1);
  EXPECT_EQ(rt.sched.runqsize.load(std::memory_order_relaxed), 0);  // one thread
}

TEST_P(LocalQueue, OverflowIsForFullQueuesOnly) {
  goroutines all(1);
  const std::uint32_t h = GetParam().start;
  EXPECT_DEATH(runqputslow(pp, all[0], h, h + size - 2), "runqputslow: queue is not full");
}

TEST(RunNext, RunsNextInTheSameTimeSliceAndIsKickedToTheTail) {
  runtime rt(1);
  p* pp = rt.allp[0];
  goroutines all(4);
  runqput(pp, all[0], false);
  runqput(pp, all[1], true);
  EXPECT_FALSE(runqempty(pp));
  runqput(pp, all[2], true);  // kicks 1 out
  runqput(pp, all[3], false);
  const runqget_result first = runqget(pp);
  EXPECT_EQ(first.gp, all[2]);
  EXPECT_TRUE(first.inheritTime);
  for (const std::size_t i : {0, 1, 3}) {
    const runqget_result got = runqget(pp);
    EXPECT_EQ(got.gp, all[i]);
    EXPECT_FALSE(got.inheritTime);
  }
}

TEST(RunNext, ComesLastAndInheritsNothingWhenTheTimeSliceIsOver) {
  runtime rt(1);
  p* pp = rt.allp[0];
  goroutines all(3);
  for (const std::size_t i : {0, 1}) runqput(pp, all[i], false);
  runqput(pp, all[2], true);
  for (const std::size_t i : {0, 1, 2}) {
    const runqget_result got = runqget(pp, true);
    EXPECT_EQ(got.gp, all[i]);
    EXPECT_FALSE(got.inheritTime);
  }
  EXPECT_EQ(runqget(pp, true).gp, nullptr);
}

TEST(RunNext, IsJustThePlaceAtTheTailIn2014) {
  runtime rt(1, runq_form::go14);
  p* pp = rt.allp[0];
  goroutines all(3);
  for (std::size_t i = 0; i < 3; i++) runqput(pp, all[i], true);
  EXPECT_EQ(pp->runnext.load(std::memory_order_relaxed), nullptr);  // one thread
  for (std::size_t i = 0; i < 3; i++) {
    const runqget_result got = runqget(pp);
    EXPECT_EQ(got.gp, all[i]);
    EXPECT_FALSE(got.inheritTime);
  }
}

TEST(RunqEmpty, LooksAtTheRingAndAtRunnext) {
  runtime rt(1);
  p* pp = rt.allp[0];
  goroutines all(2);
  EXPECT_TRUE(runqempty(pp));
  runqput(pp, all[0], true);
  EXPECT_FALSE(runqempty(pp));
  runqput(pp, all[1], true);
  EXPECT_EQ(runqget(pp).gp, all[1]);
  EXPECT_FALSE(runqempty(pp));  // the kicked one is in the ring
  EXPECT_EQ(runqget(pp).gp, all[0]);
  EXPECT_TRUE(runqempty(pp));
}

// L01: the kicked goroutine is moved behind the observer's back, the kicking one taken before its
// eyes. One of the two is in the queue at every instant.
TEST(RunqEmpty, IsNeverTrueOfAQueueThatNeverIs) {
  runtime rt(2);
  p* pp = rt.allp[0];
  goroutines all(2);
  runqput(pp, all[0], true);
  std::atomic<bool> over{false};
  int empty = 0;
  on_threads(2, [&](int i) {
    if (i == 1) {
      while (!over) empty += runqempty(pp) ? 1 : 0;
      return;
    }
    g* spare = all[1];
    for (int n = 0; n < 300'000; n++) {
      runqput(pp, spare, true);                     // the other is kicked into the ring
      EXPECT_EQ(runqget(pp).gp, spare);             // runnext is empty, the ring is not
      runqput(pp, spare, true);                     // both are there
      g* other = runqsteal(rt.allp[1], pp, false);  // the ring is empty, runnext is not
      EXPECT_NE(other, spare);
      spare = other;
    }
    over = true;
  });
  EXPECT_EQ(empty, 0);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
