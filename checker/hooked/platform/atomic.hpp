// The hooked atomic<T>: every operation is a step of the checker (arch/seam/seam.hpp).
#pragma once

#include <bit>
#include <cstring>
#include <memory>
#include <source_location>
#include <type_traits>

#include "arch/seam/seam.hpp"
#include "checker/execution/execution.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

using site = std::source_location;

namespace detail {

// A value's bytes are the low ones of its bits, whatever the byte order: so that arithmetic on the
// bits is arithmetic on the value.
template <class T>
constexpr unsigned unused_bits =
    std::endian::native == std::endian::little ? 0 : 8 * (sizeof(std::uint64_t) - sizeof(T));

template <class T>
std::uint64_t to_bits(T value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits >> unused_bits<T>;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T value;
  bits <<= unused_bits<T>;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// How a value of type T reads in a trace. A type of its own may supply describe(value), or
// parts_of(value), {object, number}, for a pointer and a number in one word.
template <class T>
std::string describe_bits(std::uint64_t bits) {
  const T value = from_bits<T>(bits);
  if constexpr (requires { describe(value); }) {
    return describe(value);
  } else if constexpr (requires { parts_of(value).object; }) {
    const auto parts = parts_of(value);
    return checker::Execution::current().address_name(
               reinterpret_cast<std::uintptr_t>(parts.object)) +
           " #" + std::to_string(parts.number);
  } else if constexpr (std::is_pointer_v<T>) {
    return checker::Execution::current().address_name(bits);
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_enum_v<T>) {
    return std::to_string(static_cast<std::int64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else {
    return std::to_string(bits);
  }
}

template <class T>
void construct(checker::Cell& cell, checker::CellKind kind, const char* name, int index) {
  cell.kind = kind;
  cell.size = sizeof(T);
  cell.name = name;
  cell.index = index;
  cell.describe = &describe_bits<T>;
}

}  // namespace detail

inline checker::Execution& engine() { return checker::Execution::current(); }

template <seam::cell_value T>
class atomic {
 public:
  explicit atomic(T value = T{}, const char* name = "", int index = -1) {
    detail::construct<T>(cell_, checker::CellKind::atomic, name, index);
    cell_.bits = detail::to_bits(value);
    cell_.initialised = true;
  }
  ~atomic() { checker::Execution::died(cell_); }
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load(std::memory_order order, site at = site::current()) const {
    return detail::from_bits<T>(engine().load(cell_, order, at));
  }
  void store(T value, std::memory_order order, site at = site::current()) {
    engine().store(cell_, detail::to_bits(value), order, at);
  }
  T exchange(T value, std::memory_order order, site at = site::current()) {
    return modify(checker::Rmw::exchange, value, order, at);
  }
  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure, site at = site::current()) {
    return swap(expected, desired, false, success, failure, at);
  }
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, site at = site::current()) {
    return swap(expected, desired, true, success, failure, at);
  }
  T fetch_add(T value, std::memory_order order, site at = site::current())
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return modify(checker::Rmw::add, value, order, at);
  }
  T fetch_or(T value, std::memory_order order, site at = site::current())
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return modify(checker::Rmw::bit_or, value, order, at);
  }
  T fetch_and(T value, std::memory_order order, site at = site::current())
    requires(std::integral<T> && !std::same_as<T, bool>)
  {
    return modify(checker::Rmw::bit_and, value, order, at);
  }

  // One byte of the word: a read-modify-write of the word with a lane mask.
  void or8(unsigned lane, std::uint8_t bits, std::memory_order order, site at = site::current())
    requires std::same_as<T, std::uint32_t>
  {
    modify(checker::Rmw::bit_or, static_cast<T>(bits) << shift(lane), order, at);
  }
  std::uint8_t load8(unsigned lane, std::memory_order order, site at = site::current()) const
    requires std::same_as<T, std::uint32_t>
  {
    return static_cast<std::uint8_t>(load(order, at) >> shift(lane));
  }

  checker::Cell& cell() { return cell_; }

 private:
  static constexpr unsigned shift(unsigned lane) {
    return 8 * (std::endian::native == std::endian::little ? lane : 3 - lane);
  }
  T modify(checker::Rmw kind, T value, std::memory_order order, site at) {
    return detail::from_bits<T>(engine().rmw(cell_, kind, detail::to_bits(value), order, at));
  }
  bool swap(T& expected, T desired, bool weak, std::memory_order success,
            std::memory_order failure, site at) {
    std::uint64_t bits = detail::to_bits(expected);
    const bool done =
        engine().cas(cell_, bits, detail::to_bits(desired), weak, success, failure, at);
    expected = detail::from_bits<T>(bits);
    return done;
  }

  mutable checker::Cell cell_;
};

inline void fence(std::memory_order order, site at = site::current()) {
  engine().fence(order, at);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
