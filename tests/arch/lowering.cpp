#include "arch/lowering.hpp"

#include <gtest/gtest.h>

#include <array>

namespace tenterhook::arch {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto consume = std::memory_order_consume;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

constexpr std::array models{memory_model::tso, memory_model::arm, memory_model::power};
constexpr std::array operations{operation::load, operation::store, operation::rmw,
                                operation::failed_cas, operation::fence};
constexpr std::array orders{relaxed, consume, acquire, release, acq_rel, seq_cst};

// Does C++ allow the order for the operation?
constexpr bool allowed(operation what, std::memory_order order) {
  switch (what) {
    case operation::load:
    case operation::failed_cas: return order != release && order != acq_rel;
    case operation::store: return order == relaxed || order == release || order == seq_cst;
    default: return true;
  }
}

constexpr bool acquires(std::memory_order o) {
  return o == acquire || o == acq_rel || o == seq_cst || o == consume;
}
constexpr bool releases(std::memory_order o) {
  return o == release || o == acq_rel || o == seq_cst;
}
constexpr bool at_least(std::memory_order high, std::memory_order low) {
  return (acquires(high) || !acquires(low)) && (releases(high) || !releases(low)) &&
         (high == seq_cst || low != seq_cst);
}

template <class Test>
void for_all(Test test) {
  for (const memory_model m : models) {
    for (const operation what : operations) {
      for (const std::memory_order order : orders) {
        if (allowed(what, order)) test(m, what, order);
      }
    }
  }
}

TEST(Lowering, NeverWeakensAndStaysAllowed) {
  for_all([](memory_model m, operation what, std::memory_order order) {
    const std::memory_order high = raised(m, what, order);
    EXPECT_TRUE(allowed(what, high)) << name_of(m) << int(what) << int(order);
    EXPECT_TRUE(at_least(high, order)) << name_of(m) << int(what) << int(order);
  });
}

TEST(Lowering, RaisingTwiceIsRaisingOnce) {
  for_all([](memory_model m, operation what, std::memory_order order) {
    const std::memory_order high = raised(m, what, order);
    EXPECT_EQ(raised(m, what, high), high) << name_of(m) << int(what) << int(order);
  });
}

TEST(Lowering, AStrongerDeclarationNeverGivesAWeakerGuarantee) {
  for_all([](memory_model m, operation what, std::memory_order low) {
    for (const std::memory_order high : orders) {
      if (!allowed(what, high) || !at_least(high, low)) continue;
      EXPECT_TRUE(at_least(raised(m, what, high), raised(m, what, low)))
          << name_of(m) << int(what) << int(low) << int(high);
    }
  });
}

// Each is a fact about the instructions, so each can be wrong alone.
static_assert(raised(memory_model::tso, operation::load, relaxed) == seq_cst);
static_assert(raised(memory_model::tso, operation::store, relaxed) == release);
static_assert(raised(memory_model::tso, operation::store, seq_cst) == seq_cst);
static_assert(raised(memory_model::tso, operation::rmw, relaxed) == seq_cst);
static_assert(raised(memory_model::tso, operation::failed_cas, relaxed) == seq_cst);
static_assert(raised(memory_model::tso, operation::fence, release) == acq_rel);
static_assert(raised(memory_model::tso, operation::fence, relaxed) == relaxed);

static_assert(raised(memory_model::arm, operation::load, relaxed) == relaxed);
static_assert(raised(memory_model::arm, operation::load, consume) == seq_cst);
static_assert(raised(memory_model::arm, operation::load, acquire) == seq_cst);
static_assert(raised(memory_model::arm, operation::store, release) == release);
static_assert(raised(memory_model::arm, operation::rmw, acquire) == acquire);
static_assert(raised(memory_model::arm, operation::rmw, acq_rel) == seq_cst);
static_assert(raised(memory_model::arm, operation::fence, acquire) == seq_cst);

static_assert(raised(memory_model::power, operation::load, acquire) == acquire);
static_assert(raised(memory_model::power, operation::load, consume) == acquire);
static_assert(raised(memory_model::power, operation::store, relaxed) == relaxed);
static_assert(raised(memory_model::power, operation::rmw, acq_rel) == acq_rel);
static_assert(raised(memory_model::power, operation::fence, acquire) == acq_rel);
static_assert(raised(memory_model::power, operation::fence, seq_cst) == seq_cst);

TEST(Lowering, OnX86WhatDrainsTheStoreBufferIsXchgLockedOrMfence) {
  for (const std::memory_order order : orders) {
    EXPECT_FALSE(drains_store_buffer(operation::load, order));
    EXPECT_TRUE(drains_store_buffer(operation::rmw, order));
    EXPECT_TRUE(drains_store_buffer(operation::failed_cas, order));
    EXPECT_EQ(drains_store_buffer(operation::store, order), order == seq_cst);
    EXPECT_EQ(drains_store_buffer(operation::fence, order), order == seq_cst);
  }
}

}  // namespace
}  // namespace tenterhook::arch
