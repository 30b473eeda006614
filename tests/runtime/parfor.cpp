#include "runtime/sync/parfor.hpp"

#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

struct counts {
  explicit counts(std::uint32_t n) : of(n) {}
  std::vector<std::atomic<int>> of;
  std::uint32_t slow = 0;  // iterations below it take their time
};

void count(parfor* desc, std::uint32_t i) {
  auto& c = *static_cast<counts*>(desc->ctx);
  if (i < c.slow) std::this_thread::yield();
  c.of.at(i)++;
}

void run(std::uint32_t nthr, std::uint32_t n, bool wait, std::uint32_t slow = 0) {
  parfor* desc = parforalloc(nthr + 1);
  for (int again = 0; again < 2; again++) {
    counts c(n);
    c.slow = slow;
    parforsetup(desc, nthr, n, &c, wait, count);
    on_threads(static_cast<int>(nthr), [&](int) {
      parfordo(desc);
      if (!wait) return;
      for (std::uint32_t i = 0; i < n; i++) EXPECT_EQ(c.of[i], 1) << "at the return, " << i;
    });
    for (std::uint32_t i = 0; i < n; i++) EXPECT_EQ(c.of[i], 1) << "iteration " << i;
    EXPECT_EQ(desc->done.load(std::memory_order_relaxed), nthr == 1 ? 0 : nthr);  // all joined
  }
  parforfree(desc);
}

TEST(ParallelFor, RunsEachIterationOnceAndEnds) {
  for (const std::uint32_t nthr : {1u, 2u, 3u, 7u}) {
    for (const std::uint32_t n : {0u, 1u, 2u, 7u, 100u, 1000u}) {
      run(nthr, n, true);
      run(nthr, n, false);
    }
  }
}

TEST(ParallelFor, StealsFromThreadsThatAreSlow) {
  for (int again = 0; again < 20; again++) run(4, 2000, true, 500);
}

// Who takes part late finds that its share has been stolen, but for the last iteration.
TEST(ParallelFor, LeavesAThreadThatNeverStartsOneIteration) {
  parfor* desc = parforalloc(2);
  counts c(100);
  parforsetup(desc, 2, 100, &c, false, count);
  parfordo(desc);
  int left = 0;
  for (std::uint32_t i = 0; i < 100; i++) left += c.of[i] == 0;
  EXPECT_EQ(left, 1);
  EXPECT_EQ(c.of[50], 0);
  EXPECT_EQ(desc->nstealcnt.load(std::memory_order_relaxed), 49u);  // one thread
  EXPECT_EQ(desc->nsteal.load(std::memory_order_relaxed), 5u);      // of 25, 13, 6, 3 and 2
  parfordo(desc);
  EXPECT_EQ(c.of[50], 1);
  parforfree(desc);
}

TEST(ParallelFor, KnowsInvalidArguments) {
  parfor* desc = parforalloc(2);
  EXPECT_DEATH(parforsetup(desc, 3, 1, nullptr, true, count), "parfor: invalid args");
  EXPECT_DEATH(parforsetup(desc, 0, 1, nullptr, true, count), "parfor: invalid args");
  EXPECT_DEATH(parforsetup(desc, 1, 1, nullptr, true, nullptr), "parfor: invalid args");
  EXPECT_DEATH(parforsetup(nullptr, 1, 1, nullptr, true, count), "parfor: invalid args");
  parforsetup(desc, 1, 0, nullptr, true, count);
  parfordo(desc);
  EXPECT_DEATH(parfordo(desc), "parfor: invalid tid");
  parforfree(desc);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
