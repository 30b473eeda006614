#include "runtime/gfree.hpp"

#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int32_t high = platform::config::gfree_high;
constexpr std::int32_t low = platform::config::gfree_low;

std::int32_t shared(runtime& rt) {
  return rt.sched.ngfree.load(std::memory_order_relaxed);  // one thread
}

TEST(FreeGoroutines, AreReusedLastFirst) {
  runtime rt(1);
  goroutines all(3);
  EXPECT_EQ(gfget(rt.allp[0]), nullptr);
  for (std::size_t i = 0; i < 3; i++) gfput(rt.allp[0], all[i]);
  for (std::size_t i = 3; i-- > 0;) EXPECT_EQ(gfget(rt.allp[0]), all[i]);
  EXPECT_EQ(gfget(rt.allp[0]), nullptr);
}

TEST(FreeGoroutines, MoveBetweenPsInBatches) {
  runtime rt(2);
  goroutines all(static_cast<std::size_t>(high));
  for (std::int32_t i = 0; i < high - 1; i++) gfput(rt.allp[0], all[static_cast<std::size_t>(i)]);
  EXPECT_EQ(rt.allp[0]->gfreecnt.load(std::memory_order_relaxed), high - 1);
  EXPECT_EQ(shared(rt), 0);
  gfput(rt.allp[0], all[static_cast<std::size_t>(high - 1)]);
  EXPECT_EQ(rt.allp[0]->gfreecnt.load(std::memory_order_relaxed), low - 1);
  EXPECT_EQ(shared(rt), high - low + 1);

  EXPECT_TRUE(all.take(gfget(rt.allp[1])));
  EXPECT_EQ(rt.allp[1]->gfreecnt.load(std::memory_order_relaxed), low - 1);
  EXPECT_EQ(shared(rt), high - 2 * low + 1);
  for (p* pp : rt.allp) {
    while (all.take(gfget(pp))) {
    }
  }
  EXPECT_EQ(shared(rt), 0);
  all.expect_each_taken_once();
}

TEST(FreeGoroutines, AreAllGivenUpByAPurge) {
  runtime rt(2);
  goroutines all(5);
  for (std::size_t i = 0; i < 5; i++) gfput(rt.allp[0], all[i]);
  gfpurge(rt.allp[0]);
  EXPECT_EQ(rt.allp[0]->gfreecnt.load(std::memory_order_relaxed), 0);
  EXPECT_EQ(rt.allp[0]->gfree.get(), nullptr);
  EXPECT_EQ(shared(rt), 5);
  while (all.take(gfget(rt.allp[1]))) {
  }
  all.expect_each_taken_once();
  gfpurge(rt.allp[0]);  // of nothing
}

TEST(FreeGoroutines, AreNeitherLostNorGivenTwiceOnRealThreads) {
  constexpr std::size_t each = 1000;
  constexpr int threads = 3;
  runtime rt(threads);
  goroutines all(threads * each);
  on_threads(threads, [&](int i) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    std::vector<g*> held;
    const std::size_t first = static_cast<std::size_t>(i) * each;
    for (std::size_t j = first; j < first + each; j++) held.push_back(all[j]);
    for (std::size_t round = 0; round < 200; round++) {
      const std::size_t keep = (round * 37) % each;
      while (held.size() > keep) {
        gfput(pp, held.back());
        held.pop_back();
      }
      for (g* gp; held.size() < each && (gp = gfget(pp)) != nullptr;) held.push_back(gp);
    }
    for (g* gp : held) gfput(pp, gp);
    gfpurge(pp);
  });
  EXPECT_EQ(shared(rt), static_cast<std::int32_t>(threads * each));
  while (all.take(gfget(rt.allp[0]))) {
  }
  all.expect_each_taken_once();
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
