#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <set>
#include <string>

#include "platform/stack.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

// How many memory maps begin in [from, to).
std::size_t memory_maps(const void* from = nullptr, const void* to = nullptr) {
  std::ifstream maps("/proc/self/maps");
  std::size_t lines = 0;
  for (std::string line; std::getline(maps, line);) {
    const auto start = std::stoull(line, nullptr, 16);
    lines += start >= reinterpret_cast<std::uintptr_t>(from) &&
             (to == nullptr || start < reinterpret_cast<std::uintptr_t>(to));
  }
  return lines;
}

// The stacks of a pool, released when it ends.
struct taken {
  explicit taken(stack_pool& from) : pool(from) {}
  ~taken() {
    for (const stack& s : all) pool.release(s);
  }
  void take(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) all.push_back(pool.allocate());
  }
  stack_pool& pool;
  std::vector<stack> all;
};

// Both kinds of guard; the kernel may have only the second, and then they are the same test.
class StackPool : public testing::TestWithParam<bool> {
 protected:
  stack_pool pool{{.bytes = 16 << 10, .light_guards = GetParam()}};
};
using StackPoolDeathTest = StackPool;

TEST_P(StackPool, AllOfAStackCanBeWrittenAndNoTwoOverlap) {
  taken t(pool);
  t.take(200);
  EXPECT_EQ(pool.in_use(), 200u);
  std::set<std::byte*> lows;
  for (const stack& s : t.all) {
    EXPECT_TRUE(s.guarded);
    EXPECT_EQ(s.bytes % 4096, 0u);
    EXPECT_GE(s.bytes, std::size_t{16 << 10});
    std::memset(s.low, 0xaa, s.bytes);
    lows.insert(s.low);
  }
  EXPECT_EQ(lows.size(), 200u);
  std::byte* before = nullptr;
  for (std::byte* low : lows) {
    if (before != nullptr) {
      EXPECT_GE(low, before + t.all[0].bytes + 4096);
    }
    before = low;
  }
}

TEST_P(StackPool, AReleasedStackIsTheNextOne) {
  const stack s = pool.allocate();
  pool.release(s);
  EXPECT_EQ(pool.in_use(), 0u);
  const stack again = pool.allocate();
  EXPECT_EQ(again.low, s.low);
  pool.release(again);
}

TEST_P(StackPoolDeathTest, BelowTheStackLiesAGuardPage) {
  taken t(pool);
  t.take(70);  // of two slabs
  for (const std::size_t i : {0u, 1u, 63u, 64u, 69u}) {
    volatile std::byte* low = t.all[i].low;
    low[0] = std::byte{1};
    EXPECT_DEATH(low[-1] = std::byte{1}, "") << i;
    EXPECT_DEATH(low[-4096] = std::byte{1}, "") << i;
  }
}

[[gnu::noinline]] int sink(int depth) {
  volatile char frame[512];
  frame[0] = static_cast<char>(depth);
  return depth <= 0 ? 0 : sink(depth - 1) + frame[0];
}

TEST_P(StackPoolDeathTest, EndlessRecursionOnAStackDiesAtTheGuard) {
  context here;
  context there;
  there.make(pool.allocate(), [](void*) { sink(1 << 20); });
  EXPECT_DEATH(switch_to(here, there, nullptr), "");
}

INSTANTIATE_TEST_SUITE_P(Light, StackPool, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Mapped, StackPool, testing::Values(false));
INSTANTIATE_TEST_SUITE_P(Light, StackPoolDeathTest, testing::Values(true));
INSTANTIATE_TEST_SUITE_P(Mapped, StackPoolDeathTest, testing::Values(false));

// vm.max_map_count is 65,530: a guard and a stack a map each would end at 32,765 stacks.
TEST(StackPoolOfMany, HoldsAHundredThousandStacks) {
  if constexpr (sizeof(void*) == 4) GTEST_SKIP() << "the address space holds fewer";
  for (const bool light : {true, false}) {
    stack_pool pool({.bytes = 8 << 10, .light_guards = light});
    taken t(pool);
    t.take(100'000);
    for (const stack& s : t.all) s.low[s.bytes - 1] = std::byte{1};
    EXPECT_TRUE(t.all[0].guarded);
    EXPECT_LT(memory_maps(), 50'000u);
  }
}

TEST(StackPoolOfMany, SpendsNoMoreMapsOnGuardsThanItMay) {
  stack_pool pool({.bytes = 8 << 10, .guard_maps = 100, .light_guards = false});
  taken t(pool);
  t.take(640);  // ten slabs
  std::size_t guarded = 0;
  for (const stack& s : t.all) guarded += s.guarded;
  EXPECT_GE(guarded, 100u);
  EXPECT_LE(guarded, 110u) << "and one a slab";
  const long page = sysconf(_SC_PAGESIZE);
  std::size_t maps = 0;
  for (const stack& s : t.all) maps += memory_maps(s.low - page, s.low + s.bytes);
  EXPECT_GE(maps, 100u);
  EXPECT_LE(maps, 2 * 110u);
}

TEST(StackPoolDeathTest, AnOverflowOfAnUnguardedStackIsFoundAtItsRelease) {
  stack_pool pool({.bytes = 8 << 10, .guard_maps = 0, .light_guards = false});
  taken t(pool);
  t.take(2);
  stack& s = t.all[0].guarded ? t.all[1] : t.all[0];
  ASSERT_FALSE(s.guarded);
  std::memset(s.low, 0xaa, s.bytes);
  EXPECT_DEATH(
      {
        s.low[-1] = std::byte{0};
        pool.release(s);
      },
      "fatal error: stack overflow: found when the stack was released");
}

TEST(StackPoolOfMany, SaysHowManyThereWereWhenMemoryRunsOut) {
  stack_pool pool({.bytes = SIZE_MAX - (1 << 20)});
  try {
    pool.allocate();
    FAIL() << "all of the address space is more than there is";
  } catch (const out_of_stacks& e) {
    EXPECT_NE(std::string(e.what()).find("no memory for 1 more stacks of "), std::string::npos);
    EXPECT_NE(std::string(e.what()).find("beside 0 in use"), std::string::npos) << e.what();
  }
  EXPECT_EQ(pool.in_use(), 0u);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
