#include "arch/lowering.hpp"

#include <gtest/gtest.h>

#include <array>

#include "arch/instructions.hpp"

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

// The table against itself, and against `raised`. That it is what compilers do: tests/lowering.
template <class Test>
void for_all_lowerings(Test test) {
  for (const target_info& port : targets) {
    for_each_row([&](const lowering_row& row) {
      for (const outcome how : {outcome::done, outcome::differs, outcome::spurious}) {
        if (how != outcome::done && !is_compare_exchange(row.what)) continue;
        if (how == outcome::spurious && !fails_spuriously(port, row.what)) continue;
        test(port, row, how, lowered(port, row.what, row.width, row.order, row.failure, how));
      }
    });
  }
}

TEST(Lowering, HasOneAccessAndAtMostOneBarrierOnEachSide) {
  for_all_lowerings([](const target_info& port, const lowering_row& row, outcome,
                       const lowering& low) {
    unsigned before = 0, after = 0;
    bool accessed = false;
    for (const hardware event : low) {
      if (barrier_of(event) != barrier::none) ++(accessed ? after : before);
      accessed |= event == hardware::load || event == hardware::store ||
                  event == hardware::load_reserved || event == hardware::locked_rmw;
      EXPECT_NE(instruction_of(port, row, event), "?") << port.name << name_of(row.what);
    }
    EXPECT_LE(before, 1u);
    EXPECT_LE(after, 1u);
    EXPECT_EQ(accessed, row.what != atomic_operation::fence) << port.name << name_of(row.what);
  });
}

TEST(Lowering, AnIsyncStandsBehindABranch) {
  for_all_lowerings([](const target_info&, const lowering_row&, outcome, const lowering& low) {
    const steps s = steps_of(low);
    EXPECT_NE(s.before, barrier::instruction);
    if (s.after == barrier::instruction) {
      EXPECT_TRUE(s.branch_on_value || s.branch_on_success);
    }
  });
}

TEST(Lowering, AFailedCompareExchangeWritesNothing) {
  for_all_lowerings([](const target_info& port, const lowering_row&, outcome how,
                       const lowering& low) {
    if (how != outcome::differs) return;
    EXPECT_EQ(steps_of(low).access,
              port.rmw == rmw_kind::locked ? access_kind::locked : access_kind::load);
  });
}

TEST(Lowering, ConsumeIsAcquire) {
  for_all_lowerings([](const target_info& port, const lowering_row& row, outcome how,
                       const lowering& low) {
    EXPECT_EQ(low, lowered(port, row.what, row.width, detail::promoted(row.order),
                           detail::promoted(row.failure), how));
  });
}

// What `raised` argues: the same instructions, the same guarantee. Its one row that goes further is
// ARM's acquire load, or compare-exchange that failed.
TEST(Lowering, AnOrderIsRaisedToOneOfTheSameInstructions) {
  for_all_lowerings([](const target_info& port, const lowering_row& row, outcome how,
                       const lowering& low) {
    if (is_compare_exchange(row.what) && how != outcome::done) return;
    using enum atomic_operation;
    const bool loads = row.what == load || row.what == load8;
    const operation kind = loads               ? operation::load
                           : row.what == store ? operation::store
                           : row.what == fence ? operation::fence
                                               : operation::rmw;
    const std::memory_order high = raised(port.model, kind, row.order);
    if (port.model == memory_model::arm && loads && high == seq_cst) return;
    EXPECT_EQ(low, lowered(port, row.what, row.width, high, row.failure))
        << port.name << " " << name_of(row.what) << " " << name_of(row.order);
  });
}

constexpr steps steps_on(const char* port, atomic_operation what, unsigned width,
                         std::memory_order order, std::memory_order failure = relaxed,
                         outcome how = outcome::done) {
  return steps_of(lowered(*find_target(port), what, width, order, failure, how));
}

static_assert(steps_on("power64", atomic_operation::load, 8, acquire).after ==
              barrier::instruction);
static_assert(steps_on("power64", atomic_operation::load, 8, acquire).branch_on_value);
static_assert(steps_on("power64", atomic_operation::store, 4, seq_cst).after == barrier::none);
static_assert(steps_on("power64le", atomic_operation::fetch_add, 8, relaxed).write_depends ==
              dependency::data);
static_assert(steps_on("arm", atomic_operation::store, 8, relaxed).access == access_kind::ll_sc);
static_assert(steps_on("arm", atomic_operation::load, 8, seq_cst).before == barrier::none);
static_assert(steps_on("arm", atomic_operation::load, 4, seq_cst).before == barrier::full);
static_assert(steps_on("386", atomic_operation::store, 8, seq_cst).access == access_kind::store);
static_assert(steps_on("386", atomic_operation::store, 8, seq_cst).after == barrier::full);
static_assert(steps_on("amd64", atomic_operation::store, 8, seq_cst).access ==
              access_kind::locked);
static_assert(steps_on("power64", atomic_operation::compare_exchange, 8, acquire, relaxed,
                       outcome::differs).after == barrier::none);
static_assert(steps_on("power64", atomic_operation::compare_exchange, 8, acquire, acquire,
                       outcome::differs).after == barrier::instruction);

// The byte's address decides, so the two byte orders use opposite ends of the word.
static_assert(lane_shift(std::endian::little, 0) == 0 && lane_shift(std::endian::big, 0) == 24);
static_assert(lane_shift(std::endian::little, 3) == 24 && lane_shift(std::endian::big, 3) == 0);

}  // namespace
}  // namespace tenterhook::arch
