// The native atomic<T> and fence: std::atomic, with the seam's names and source locations dropped.
// A cell has the size and the instructions of std::atomic<T>.
//
// Thread safe. The phrase that says what an access orders stands at the caller's line.
#pragma once

#include <atomic>
#include <bit>
#include <concepts>
#include <cstdint>
#include <source_location>

#include "arch/seam/seam.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <class T>
concept countable = std::integral<T> && !std::same_as<T, bool>;

template <seam::cell_value T>
class atomic {
  using location = std::source_location;

 public:
  static_assert(std::atomic<T>::is_always_lock_free, "a lock inside an atomic is not Go's");

  // The name and the index are for traces, of which there are none here.
  constexpr explicit atomic(T value, const char* = "", int = -1) : cell_(value) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order, location = location::current()) const {
    return cell_.load(order);
  }
  void store(T value, std::memory_order order, location = location::current()) {
    cell_.store(value, order);
  }
  T exchange(T value, std::memory_order order, location = location::current()) {
    return cell_.exchange(value, order);
  }
  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure, location = location::current()) {
    return cell_.compare_exchange_strong(expected, desired, success, failure);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, location = location::current()) {
    return cell_.compare_exchange_weak(expected, desired, success, failure);
  }

  T fetch_add(T value, std::memory_order order, location = location::current())
    requires countable<T>
  {
    return cell_.fetch_add(value, order);
  }
  T fetch_or(T bits, std::memory_order order, location = location::current())
    requires countable<T>
  {
    return cell_.fetch_or(bits, order);
  }
  T fetch_and(T bits, std::memory_order order, location = location::current())
    requires countable<T>
  {
    return cell_.fetch_and(bits, order);
  }

  // One cell, one size: a byte is a lane of its word, never an object of its own, so no access of
  // another size overlaps. REQUIRES: lane < 4, the byte's offset in memory.
  void or8(unsigned lane, std::uint8_t bits, std::memory_order order,
           location = location::current())
    requires std::same_as<T, std::uint32_t>
  {
    cell_.fetch_or(std::uint32_t{bits} << shift(lane), order);
  }
  std::uint8_t load8(unsigned lane, std::memory_order order,
                     location = location::current()) const
    requires std::same_as<T, std::uint32_t>
  {
    return static_cast<std::uint8_t>(cell_.load(order) >> shift(lane));
  }

  // The word itself, for futex(2). Native only: nothing in runtime/ can use it and still compile
  // on the other platforms.
  const std::atomic<T>& native_cell() const { return cell_; }

 private:
  static constexpr unsigned shift(unsigned lane) {
    return 8 * (std::endian::native == std::endian::little ? lane : 3 - lane);
  }

  std::atomic<T> cell_;
};

inline void fence(std::memory_order order,
                  std::source_location = std::source_location::current()) {
  std::atomic_thread_fence(order);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
