#include "platform/atomic.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <thread>

#include "platform/ghost.hpp"
#include "platform/plain.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto seq_cst = std::memory_order_seq_cst;

TEST(Atomic, LoadsWhatWasStoredAndExchangesForWhatWasThere) {
  atomic<std::uint64_t> cell(7, "cell");
  EXPECT_EQ(cell.load(seq_cst), 7u);
  cell.store(8, seq_cst);
  EXPECT_EQ(cell.exchange(9, seq_cst), 8u);
  EXPECT_EQ(cell.load(seq_cst), 9u);
}

TEST(Atomic, AFailedCompareExchangeReportsTheValueAndStoresNothing) {
  atomic<std::int32_t> cell(1, "cell", 3);
  std::int32_t expected = 2;
  EXPECT_FALSE(cell.compare_exchange(expected, 5, seq_cst, relaxed));
  EXPECT_EQ(expected, 1);
  EXPECT_EQ(cell.load(seq_cst), 1);
  EXPECT_TRUE(cell.compare_exchange(expected, 5, seq_cst, relaxed));
  EXPECT_EQ(cell.load(seq_cst), 5);
  expected = 5;
  while (!cell.compare_exchange_weak(expected, 6, seq_cst, relaxed)) EXPECT_EQ(expected, 5);
  EXPECT_EQ(cell.load(seq_cst), 6);
}

TEST(Atomic, HoldsPointersEnumsAndBooleans) {
  enum class state : std::uint8_t { idle, running };
  int target = 0;
  atomic<int*> pointer(nullptr, "pointer");
  pointer.store(&target, seq_cst);
  EXPECT_EQ(pointer.exchange(nullptr, seq_cst), &target);
  atomic<state> status(state::idle, "status");
  state expected = state::idle;
  EXPECT_TRUE(status.compare_exchange(expected, state::running, seq_cst, relaxed));
  atomic<bool> flag(false, "flag");
  EXPECT_FALSE(flag.exchange(true, seq_cst));
  EXPECT_TRUE(flag.load(seq_cst));
}

TEST(Atomic, CountsAndMasksReturningTheValueBeforeAndWrapping) {
  atomic<std::uint32_t> cell(0xffffffffu, "cell");
  EXPECT_EQ(cell.fetch_add(2, seq_cst), 0xffffffffu);
  EXPECT_EQ(cell.fetch_or(0x10, seq_cst), 1u);
  EXPECT_EQ(cell.fetch_and(0x10, seq_cst), 0x11u);
  EXPECT_EQ(cell.load(seq_cst), 0x10u);
}

// The lane is the byte's place in memory, so the same test holds on either byte order.
TEST(Atomic, AByteLaneIsTheByteOfTheWordAtThatOffset) {
  for (unsigned lane = 0; lane < 4; ++lane) {
    atomic<std::uint32_t> word(0, "word");
    word.or8(lane, 0x80, seq_cst);
    word.or8(lane, 0x01, seq_cst);
    std::array<unsigned char, 4> bytes{};
    const std::uint32_t value = word.load(seq_cst);
    std::memcpy(bytes.data(), &value, 4);
    for (unsigned i = 0; i < 4; ++i) {
      EXPECT_EQ(bytes[i], i == lane ? 0x81 : 0) << lane;
      EXPECT_EQ(word.load8(i, seq_cst), bytes[i]) << lane;
    }
  }
}

TEST(Atomic, ThreadsThatSetBitsOfOneWordLoseNone) {
  for (int round = 0; round < 200; ++round) {
    atomic<std::uint32_t> word(0, "word");
    std::array<std::thread, 4> threads;
    for (unsigned lane = 0; lane < 4; ++lane) {
      threads[lane] = std::thread([&word, lane] {
        for (unsigned bit = 0; bit < 8; ++bit) {
          word.or8(lane, static_cast<std::uint8_t>(1u << bit), relaxed);
        }
      });
    }
    for (auto& t : threads) t.join();
    ASSERT_EQ(word.load(seq_cst), 0xffffffffu);
  }
}

TEST(Plain, IsTheSizeOfItsValueAndKeepsIt) {
  static_assert(sizeof(plain<std::uint8_t>) == 1);
  plain<const char*> text("value", "name");
  EXPECT_STREQ(text.get(), "value");
  plain<std::int64_t> late("late");
  late.set(-5);
  EXPECT_EQ(late.get(), -5);
}

TEST(Ghost, AddsFromManyThreads) {
  ghost<std::int32_t> sum(0, "sum");
  std::array<std::thread, 4> threads;
  for (auto& t : threads) {
    t = std::thread([&sum] {
      for (int i = 0; i < 1000; ++i) sum.add(1);
    });
  }
  for (auto& t : threads) t.join();
  EXPECT_EQ(sum.peek(), 4000);
  EXPECT_EQ(sum.add(-4000), 4000);
  EXPECT_EQ(sum.get(), 0);
  sum.set(3);
  EXPECT_EQ(sum.peek(), 3);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
