// What lfstack_test.go, parfor_test.go and proc_test.go's tests of the local queue ask, on
// goroutines: with GOMAXPROCS 1, 2 and 4.
#include <gtest/gtest.h>

#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "runtime/sync/parfor.hpp"
#include "tests/runtime/lfstack_stress.hpp"
#include "tests/runtime/local_queue.hpp"
#include "tests/runtime/running.hpp"

namespace tenterhook::native::runtime {
namespace {

class OnGoroutines : public testing::TestWithParam<std::int32_t> {
 protected:
  options how() const { return {.procs = GetParam()}; }
};

INSTANTIATE_TEST_SUITE_P(Procs, OnGoroutines, testing::Values(1, 2, 4));

// A P made for a test, as Go's tests make theirs: the scheduler knows nothing of it.
std::unique_ptr<p> new_p(runtime& rt) { return std::make_unique<p>(rt, 1000); }

TEST_P(OnGoroutines, ALocalQueueIsFirstInFirstOutAtEveryLength) {
  run_main(how(), [](runtime& rt) {
    const std::unique_ptr<p> mine = new_p(rt);
    expect_first_in_first_out(mine.get());
  });
}

TEST_P(OnGoroutines, AThiefTakesHalfOfALocalQueueOfEveryLength) {
  run_main(how(), [](runtime& rt) {
    const std::unique_ptr<p> owner = new_p(rt), thief = new_p(rt);
    expect_half_is_stolen(owner.get(), thief.get());
  });
}

// Four goroutines a P pop from either of two stacks and push onto either.
TEST_P(OnGoroutines, LfstackStress) {
  lfstack_stress stress(100);
  const int goroutines = 4 * GetParam();
  run_main(how(), [&](runtime& rt) {
    group all(goroutines);
    all.of(rt);
    for (int i = 0; i < goroutines; i++) {
      go([&, i] {
        std::minstd_rand random(static_cast<unsigned>(i + 1));
        for (int n = 0; n < 20'000; n++) stress.turn(random(), random(), safepoint);
        all.done();
      });
    }
    all.wait();
  });
  stress.expect_all();
}

// One worker, whatever Ps there are, does all of it, in order and before it returns.
TEST_P(OnGoroutines, ParallelForOfOneWorkerIsSerial) {
  run_main(how(), [](runtime&) {
    parfor* desc = parforalloc(1);
    for (const std::uint32_t n : {0u, 20u, 1003u}) {
      for (const bool waits : {false, true}) {
        std::vector<std::uint32_t> ran, due(n);
        std::iota(due.begin(), due.end(), 0u);
        parforsetup(desc, 1, n, &ran, waits, [](parfor* all, std::uint32_t i) {
          static_cast<std::vector<std::uint32_t>*>(all->ctx)->push_back(i);
        });
        parfordo(desc);
        EXPECT_EQ(ran, due);
      }
    }
    parforfree(desc);
  });
}

// A goroutine a P takes part, the main one among them.
TEST_P(OnGoroutines, ParallelForIsDoneByAll) {
  constexpr std::uint32_t n = 100'000;
  std::vector<std::uint64_t> data(n);
  for (std::uint32_t i = 0; i < n; i++) data[i] = i;
  const auto workers = static_cast<std::uint32_t>(GetParam());
  parfor* desc = parforalloc(workers);
  run_main(how(), [&](runtime& rt) {
    parforsetup(desc, workers, n, &data, false, [](parfor* all, std::uint32_t i) {
      std::uint64_t& mine = (*static_cast<std::vector<std::uint64_t>*>(all->ctx))[i];
      mine = mine * mine + 1;
    });
    group others(GetParam());
    others.of(rt);
    for (std::uint32_t k = 1; k < workers; k++) {
      go([&] {
        parfordo(desc);
        others.done();
      });
    }
    parfordo(desc);
    others.done();
    others.wait();
  });
  parforfree(desc);
  for (std::uint64_t i = 0; i < n; i++) ASSERT_EQ(data[i], i * i + 1);
}

}  // namespace
}  // namespace tenterhook::native::runtime
