#include "runtime/sync/lfstack.hpp"

#include "tests/runtime/goroutines.hpp"
#include "tests/runtime/lfstack_stress.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// The packings of all targets, whatever this one is, against the figures of lfstack_*.go.
static_assert(lfstack_32bit::count_bits == 32);
static_assert(lfstack_amd64::count_bits == 19);
static_assert(lfstack_power64_43::count_bits == 24);
static_assert(lfstack_power64::count_bits == 19);

static_assert(lfstack_32bit::pack(0x8765'4320, 0x1'0000'0005) == 0x8765'4320'0000'0005);
static_assert(lfstack_amd64::pack(0x7fff'ffff'fff8, 0x7'ffff) == 0x7fff'ffff'ffff'ffff);
static_assert(lfstack_amd64::pack(0x1238, 1) == 0x1238'0001);
static_assert(lfstack_power64_43::pack(0x7ff'ffff'fff8, 0xff'ffff) == 0xffff'ffff'ffff'ffff);
static_assert(lfstack_power64_43::pack(0x8, 1) == 0x100'0001);

template <class Packing>
class Packed : public testing::Test {};

using packings = testing::Types<lfstack_32bit, lfstack_amd64, lfstack_power64_43, lfstack_power64>;
TYPED_TEST_SUITE(Packed, packings);

TYPED_TEST(Packed, KeepsEveryAddressBitBesideEveryCount) {
  using packing = TypeParam;
  constexpr std::uint64_t all_ones = (std::uint64_t{1} << packing::count_bits) - 1;
  const unsigned top = packing::address_bits - 1;  // user addresses of amd64 stay below it
  for (unsigned bit = packing::align_bits; bit < top; bit++) {
    const std::uint64_t address = std::uint64_t{1} << bit;
    for (const std::uint64_t count : {std::uint64_t{0}, std::uint64_t{1}, all_ones}) {
      const std::uint64_t word = packing::pack(address, count);
      EXPECT_EQ(packing::address(word), address);
      EXPECT_EQ(packing::count(word), count);
    }
  }
}

TYPED_TEST(Packed, WrapsTheCountWithoutTouchingTheAddress) {
  using packing = TypeParam;
  constexpr std::uint64_t wrapped = std::uint64_t{1} << packing::count_bits;
  const std::uint64_t address = 0x7654'3210;
  EXPECT_EQ(packing::pack(address, wrapped + 3), packing::pack(address, 3));
  EXPECT_EQ(packing::pack(address, 5, 2), packing::pack(address, 1));  // two bits kept
  EXPECT_NE(packing::pack(address, 1, 2), packing::pack(address, 2, 2));
}

TEST(PackedAmd64, SignExtendsAddressesOfTheUpperHalf) {
  const std::uint64_t kernel = 0xffff'8000'0000'1238;
  EXPECT_EQ(lfstack_amd64::address(lfstack_amd64::pack(kernel, 77)), kernel);
}

TEST(PackedPower64, LosesAddressesBeyondItsBits) {
  const std::uint64_t high = std::uint64_t{1} << 43;
  EXPECT_NE(lfstack_power64_43::address(lfstack_power64_43::pack(high, 0)), high);
}

TEST(Lfstack, IsLastInFirstOut) {
  lfstack stack;
  lfnode nodes[3];
  EXPECT_EQ(lfstackpop(stack), nullptr);
  for (lfnode& node : nodes) lfstackpush(stack, &node);
  for (int i = 3; i-- > 0;) EXPECT_EQ(lfstackpop(stack), &nodes[i]);
  EXPECT_EQ(lfstackpop(stack), nullptr);
}

TEST(Lfstack, GivesEachPushOfANodeAnotherWord) {
  lfstack stack;
  lfnode node;
  lfword before{};
  for (int i = 0; i < 5; i++) {
    lfstackpush(stack, &node);
    const lfword word = stack.head.load(std::memory_order_relaxed);  // one thread
    EXPECT_TRUE(word != before);
    before = word;
    EXPECT_EQ(lfstackpop(stack), &node);
  }
}

TEST(Lfstack, ComesRoundToTheSameWordWhenAShortCountWraps) {
  lfstack stack("short", 1);
  lfnode node;
  lfword words[3];
  for (lfword& word : words) {
    lfstackpush(stack, &node);
    word = stack.head.load(std::memory_order_relaxed);  // one thread
    lfstackpop(stack);
  }
  EXPECT_TRUE(words[0] != words[1]);
  EXPECT_TRUE(words[0] == words[2]);
}

TEST(Lfstack, RefusesANodeThatItsPackingCannotHold) {
  if (sizeof(void*) == 4) GTEST_SKIP() << "every 32-bit address fits";
  lfstack stack;
  alignas(lfnode) static char raw[2 * sizeof(lfnode)];
  EXPECT_DEATH(
      {
        // Aligned to 4 only: the low bits would end up in the count.
        auto* crooked = reinterpret_cast<lfnode*>(raw + 4);
        lfstackpush(stack, crooked);
      },
      "lfstackpush: invalid packing|misaligned");
}

// Go's TestLFStackStress, on two stacks.
TEST(Lfstack, LosesNoNodeAndGivesNoneTwiceOnRealThreads) {
  lfstack_stress stress(64);
  on_threads(4, [&](int i) {
    for (int n = 0; n < 100'000; n++) {
      stress.turn(static_cast<std::size_t>(n + i), static_cast<std::size_t>(n / 3 + i), [] {});
    }
  });
  stress.expect_all();
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
