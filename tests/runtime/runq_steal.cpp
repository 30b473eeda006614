#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"
#include "tests/runtime/goroutines.hpp"
#include "tests/runtime/local_queue.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::size_t size = platform::config::runq_size;

class Steal : public testing::TestWithParam<queue_case> {
 protected:
  runtime rt{3, GetParam().form, GetParam().start};
  p* owner = rt.allp[0];
  p* thief = rt.allp[1];
};

INSTANTIATE_TEST_SUITE_P(FormsAndStarts, Steal, testing::ValuesIn(queue_cases));

TEST_P(Steal, TakesHalfOfAQueueOfEveryLength) { expect_half_is_stolen(owner, thief); }

TEST_P(Steal, TakesTheOlderHalfAndReturnsItsYoungest) {
  goroutines all(6);
  for (std::size_t j = 0; j < 6; j++) runqput(owner, all[j], false);
  EXPECT_EQ(runqsteal(thief, owner, true), all[2]);
  EXPECT_EQ(runqget(thief).gp, all[0]);
  EXPECT_EQ(runqget(thief).gp, all[1]);
  EXPECT_EQ(runqget(thief).gp, nullptr);
  for (std::size_t j = 3; j < 6; j++) EXPECT_EQ(runqget(owner).gp, all[j]);
}

TEST(StealRunNext, TakesRunnextOnlyWhenAskedAndNothingElseIsThere) {
  runtime rt(2);
  goroutines all(2);
  runqput(rt.allp[0], all[0], true);
  runqput(rt.allp[0], all[1], true);
  EXPECT_EQ(runqsteal(rt.allp[1], rt.allp[0], true), all[0]);
  EXPECT_EQ(runqsteal(rt.allp[1], rt.allp[0], false), nullptr);
  EXPECT_EQ(runqsteal(rt.allp[1], rt.allp[0], true), all[1]);
  EXPECT_EQ(runqget(rt.allp[0]).gp, nullptr);
  EXPECT_TRUE(runqempty(rt.allp[1]));
}

TEST_P(Steal, IsRefusedWhenTheThiefHasNoRoom) {
  goroutines all(2 * size);
  for (std::size_t j = 0; j < size; j++) {
    runqput(owner, all[j], false);
    runqput(thief, all[size + j], false);
  }
  EXPECT_DEATH(runqsteal(thief, owner, false), "runqsteal: runq overflow");
}

// An owner, and two thieves that steal from it and from each other, run as a scheduler would; the
// owner overflows into the global queue now and then.
TEST_P(Steal, LosesNoGoroutineAndRunsNoneTwiceOnRealThreads) {
  constexpr std::size_t count = 60'000;
  goroutines all(count);
  std::atomic<bool> over{false};
  on_threads(3, [&](int i) {
    p* mine = rt.allp[static_cast<std::size_t>(i)];
    const auto drain = [&] {
      while (all.take(runqget(mine).gp)) {
      }
    };
    if (i == 0) {
      for (std::size_t j = 0; j < count; j++) {
        all[j]->goid.set(static_cast<std::int64_t>(j));  // contents, which the put publishes
        runqput(mine, all[j], j % 3 == 0);
        if (j % 5 == 0) all.take(runqget(mine).gp);
      }
      drain();
      over = true;
      return;
    }
    while (!over) {
      drain();
      for (p* from : rt.allp) {
        if (from != mine) all.take(runqsteal(mine, from, i == 1));
        drain();
      }
    }
  });
  // What a thief left in a queue of another that had gone, and the global queue.
  for (p* pp : rt.allp) {
    while (all.take(runqget(pp).gp)) {
    }
  }
  lock(rt.sched.lock);
  while (all.take(globrunqget(rt, owner, 1))) {
  }
  unlock(rt.sched.lock);
  all.expect_each_taken_once();
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
