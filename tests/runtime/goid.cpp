#include "runtime/goid.hpp"

#include <algorithm>

#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int64_t batch = platform::config::goid_cache_batch;

TEST(Goid, StartsAtOneAndComesInBatchesOfAP) {
  runtime rt(2);
  EXPECT_EQ(newgoid(rt.allp[0]), 1);
  EXPECT_EQ(newgoid(rt.allp[1]), batch + 1);
  for (std::int64_t id = 2; id <= batch; id++) EXPECT_EQ(newgoid(rt.allp[0]), id);
  EXPECT_EQ(newgoid(rt.allp[0]), 2 * batch + 1);
  EXPECT_EQ(newgoid(rt.allp[1]), batch + 2);
}

TEST(Goid, IsUniqueAndAscendsOnEachPOnRealThreads) {
  constexpr int threads = 4;
  constexpr int each = 50'000;
  runtime rt(threads);
  std::vector<std::vector<std::int64_t>> ids(threads);
  on_threads(threads, [&](int i) {
    std::vector<std::int64_t>& mine = ids[static_cast<std::size_t>(i)];
    for (int n = 0; n < each; n++) mine.push_back(newgoid(rt.allp[static_cast<std::size_t>(i)]));
  });
  std::vector<std::int64_t> all;
  for (const auto& mine : ids) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
  EXPECT_EQ(all.front(), 1);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
