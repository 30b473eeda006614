#include "runtime/runtime1.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <source_location>

#include "arch/this_target.hpp"
#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

struct x1t {
  std::uint8_t x;
};
struct y1t {
  x1t x1;
  std::uint8_t y;
};

// Go's bad a to bad y1. Here the compiler knows; Go's check finds a wrong code generator.
static_assert(sizeof(std::int8_t) == 1 && sizeof(std::int16_t) == 2);
static_assert(sizeof(std::int32_t) == 4 && sizeof(std::int64_t) == 8);
static_assert(sizeof(float) == 4 && sizeof(double) == 8);
static_assert(sizeof(void*) == arch::this_target::pointer_size);
static_assert(sizeof(std::uintptr_t) == sizeof(void*));
static_assert(sizeof(x1t) == 1 && sizeof(y1t) == 2 && offsetof(y1t, y) == 1);

void must(bool holds, const char* what,
          std::source_location where = std::source_location::current()) {
  if (!holds) platform::fatal(what, where);
}

// One thread, before any other: every access below is relaxed, and orders nothing.
template <class T>
bool cas(platform::atomic<T>& cell, T old, T value) {
  T seen = old;
  // relaxed twice: one thread
  const bool done = cell.compare_exchange(seen, value, std::memory_order_relaxed,
                                          std::memory_order_relaxed);
  must(done == (seen == old), "cas forgets what it saw");
  return done;
}

template <class T>
T atomicload(const platform::atomic<T>& cell) {
  return cell.load(std::memory_order_relaxed);  // relaxed: one thread
}

template <class T>
void atomicstore(platform::atomic<T>& cell, T value) {
  cell.store(value, std::memory_order_relaxed);  // relaxed: one thread
}

// The new value, as Go's.
std::uint64_t xadd64(platform::atomic<std::uint64_t>& cell, std::uint64_t delta) {
  return cell.fetch_add(delta, std::memory_order_relaxed) + delta;  // relaxed: one thread
}

std::uint64_t xchg64(platform::atomic<std::uint64_t>& cell, std::uint64_t value) {
  return cell.exchange(value, std::memory_order_relaxed);  // relaxed: one thread
}

void check_division() {
  constexpr std::int64_t second = 1'000'000'000;
  std::int32_t rem = 0;
  const std::int32_t res = timediv(12'345 * second + 54'321, second, &rem);
  must(res == 12'345 && rem == 54'321, "bad timediv");
}

void check_cas(check_cells& c) {
  atomicstore(c.z, std::uint32_t{1});
  must(cas(c.z, 1u, 2u), "cas1");
  must(atomicload(c.z) == 2, "cas2");
  atomicstore(c.z, std::uint32_t{4});
  must(!cas(c.z, 5u, 6u), "cas3");
  must(atomicload(c.z) == 4, "cas4");
  // The sign bit: in 64-bit registers the two sides are equal only if both are extended alike.
  atomicstore(c.z, 0xffffffffu);
  must(cas(c.z, 0xffffffffu, 0xfffffffeu), "cas5");
  must(atomicload(c.z) == 0xfffffffe, "cas6");
}

void check_casp(check_cells& c) {
  std::uintptr_t bits = 0xfedcb123u;
  if constexpr (sizeof(void*) == 8) bits = static_cast<std::uintptr_t>(std::uint64_t{bits} << 10);
  void* const k = std::bit_cast<void*>(bits);
  void* const k1 = std::bit_cast<void*>(bits + 1);
  atomicstore(c.k, k);
  must(!cas(c.k, static_cast<void*>(nullptr), static_cast<void*>(nullptr)), "casp1");
  must(cas(c.k, k, k1), "casp2");
  must(atomicload(c.k) == k1, "casp3");
}

// The byte is named by its place in memory, and nothing but its word is accessed: on a big-endian
// machine the wrong shift sets another byte of it, and an unaligned word one beyond it (M02).
void check_or8(check_cells& c) {
  using bytes = std::array<std::uint8_t, 4>;
  atomicstore(c.m, std::bit_cast<std::uint32_t>(bytes{1, 1, 1, 1}));
  c.m.or8(1, 0xf0, std::memory_order_relaxed);  // relaxed: one thread
  must(std::bit_cast<bytes>(atomicload(c.m)) == bytes{1, 0xf1, 1, 1}, "atomicor8");
  for (unsigned lane = 0; lane < 4; lane++) {
    const std::uint8_t byte = c.m.load8(lane, std::memory_order_relaxed);  // relaxed: one thread
    must(byte == (lane == 1 ? 0xf1 : 1), "atomicload8");
  }
}

// All ones, and all but the last bit: neither equals itself nor the other. The bits go through
// cells, so that no compiler knows the answer.
template <class Float, class Bits>
void check_nan(platform::atomic<Bits>& first, platform::atomic<Bits>& second, const char* what) {
  atomicstore(first, static_cast<Bits>(~Bits{0}));
  atomicstore(second, static_cast<Bits>(~Bits{1}));
  const auto a = std::bit_cast<Float>(atomicload(first));
  const auto b = std::bit_cast<Float>(atomicload(first));
  const auto other = std::bit_cast<Float>(atomicload(second));
  must(!(a == b) && a != b && !(a == other) && a != other, what);
}

// Both halves of the word count, so that one that is forgotten is noticed, and so is a failure that
// says it succeeded (M01).
void check_atomic64(check_cells& c) {
  constexpr std::uint64_t both = (std::uint64_t{1} << 40) + 1;
  atomicstore(c.z64, std::uint64_t{42});
  must(!cas(c.z64, std::uint64_t{0}, std::uint64_t{1}), "cas64 failed");
  must(cas(c.z64, std::uint64_t{42}, std::uint64_t{1}), "cas64 failed");
  must(atomicload(c.z64) == 1, "load64 failed");
  atomicstore(c.z64, both);
  must(atomicload(c.z64) == both, "store64 failed");
  must(!cas(c.z64, std::uint64_t{1}, both), "cas64 failed: the high half");
  must(xadd64(c.z64, both) == 2 * both, "xadd64 failed");
  must(atomicload(c.z64) == 2 * both, "xadd64 failed");
  must(xchg64(c.z64, 3 * both) == 2 * both, "xchg64 failed");
  must(atomicload(c.z64) == 3 * both, "xchg64 failed");
}

}  // namespace

void check(check_cells& cells) {
  check_division();
  check_cas(cells);
  check_casp(cells);
  check_or8(cells);
  check_nan<double>(cells.j, cells.j1, "float64nan");
  check_nan<float>(cells.i, cells.i1, "float32nan");
  check_atomic64(cells);
}

std::int32_t timediv(std::int64_t v, std::int32_t div, std::int32_t* rem) {
  std::int32_t res = 0;
  for (int bit = 30; bit >= 0; bit--) {
    const std::int64_t part = std::int64_t{div} << bit;
    if (v < part) continue;
    v -= part;
    res += std::int32_t{1} << bit;
  }
  const bool fits = v < div;
  if (rem != nullptr) *rem = fits ? static_cast<std::int32_t>(v) : 0;
  return fits ? res : std::numeric_limits<std::int32_t>::max();
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
