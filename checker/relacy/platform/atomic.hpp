// Atomic cells over rl::atomic, fences over rl::atomic_thread_fence. See arch/seam/seam.hpp for the
// contract and HACKING.md for what Relacy bounds.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <source_location>

#include "arch/seam/seam.hpp"
#include "checker/relacy/cell.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <class T>
concept countable = std::integral<T> && !std::same_as<T, bool>;

// Thread safe in the sense of the program under test.
template <seam::cell_value T>
class atomic {
  using place = std::source_location;
  using bits = engine::bits_of<T>;

 public:
  explicit atomic(T value, const char* name = "", int index = -1)
      : cell_(engine::to_bits(value), name, index) {}

  T load(std::memory_order order, place where = place::current()) const {
    return engine::from_bits<T>(cell_.load(order, where));
  }
  void store(T value, std::memory_order order, place where = place::current()) {
    cell_.store(engine::to_bits(value), order, where);
  }
  T exchange(T value, std::memory_order order, place where = place::current()) {
    return engine::from_bits<T>(cell_.exchange(engine::to_bits(value), order, where));
  }
  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure, place where = place::current()) {
    return compare(expected, desired, false, success, failure, where);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, place where = place::current()) {
    return compare(expected, desired, true, success, failure, where);
  }

  // Narrower cells cannot add: they live in a word, and the carry would leave them.
  T fetch_add(T value, std::memory_order order,
              place where = place::current()) requires(countable<T> && sizeof(T) >= 4) {
    return engine::from_bits<T>(cell_.fetch_add(engine::to_bits(value), order, where));
  }
  T fetch_or(T value, std::memory_order order,
             place where = place::current()) requires countable<T> {
    return engine::from_bits<T>(cell_.fetch_or(engine::to_bits(value), order, where));
  }
  T fetch_and(T value, std::memory_order order,
              place where = place::current()) requires countable<T> {
    return engine::from_bits<T>(cell_.fetch_and(engine::to_bits(value), order, where));
  }

  // Bits of the byte at offset `lane` in memory. REQUIRES: lane < 4.
  void or8(unsigned lane, std::uint8_t set, std::memory_order order,
           place where = place::current()) requires std::same_as<T, std::uint32_t> {
    cell_.fetch_or(std::uint32_t{set} << shift(lane), order, where);
  }
  std::uint8_t load8(unsigned lane, std::memory_order order,
                     place where = place::current()) const requires std::same_as<T, std::uint32_t> {
    return static_cast<std::uint8_t>(cell_.load(order, where) >> shift(lane));
  }

  // For platform/futex.hpp.
  engine::atomic_cell<bits>& cell() { return cell_; }

 private:
  static constexpr unsigned shift(unsigned lane) {
    return 8 * (std::endian::native == std::endian::little ? lane : 3 - lane);
  }
  bool compare(T& expected, T desired, bool weak, std::memory_order success,
               std::memory_order failure, place where) {
    bits value = engine::to_bits(expected);
    const bool done =
        cell_.compare_exchange(value, engine::to_bits(desired), weak, success, failure, where);
    if (!done) expected = engine::from_bits<T>(value);
    return done;
  }

  engine::atomic_cell<bits> cell_;
};

void fence(std::memory_order order, std::source_location where = std::source_location::current());

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
