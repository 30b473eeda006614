// The two cells under all of the platform's shared data: Relacy's atomic and its race-checked
// variable, on bits. Opaque, so that Relacy's headers and macros stay inside checker/relacy/*.cpp.
//
// Any value of at most eight bytes becomes bits (to_bits, from_bits): Relacy prints values and adds
// them, which pointers, enums and structs do not allow.
//
// Thread safety: used by Relacy's threads, which run one at a time on one OS thread.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <source_location>
#include <type_traits>

namespace tenterhook::relacy::engine {

// The cell's width: eight bytes for what needs more than four. A value of one or two bytes lives in
// a word; its upper bytes are zero.
template <class T>
using bits_of = std::conditional_t<(sizeof(T) > 4), std::uint64_t, std::uint32_t>;

// A value's bytes are the low ones of its bits, whatever the byte order: so that arithmetic on the
// bits is arithmetic on the value.
template <class T>
constexpr unsigned unused_bits =
    std::endian::native == std::endian::little ? 0 : 8 * (sizeof(bits_of<T>) - sizeof(T));

template <class T>
bits_of<T> to_bits(const T& value) {
  bits_of<T> bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return bits >> unused_bits<T>;
}

template <class T>
T from_bits(bits_of<T> bits) {
  std::remove_cv_t<T> value;
  bits <<= unused_bits<T>;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// An atomic cell. Each operation is a scheduling point of Relacy's, then takes effect; the
// constructor is neither, since no other thread can reach the cell yet.
template <class Bits>
class atomic_cell {
 public:
  atomic_cell(Bits value, const char* name, int index);
  ~atomic_cell();
  atomic_cell(const atomic_cell&) = delete;
  atomic_cell& operator=(const atomic_cell&) = delete;

  Bits load(std::memory_order order, std::source_location where) const;
  void store(Bits value, std::memory_order order, std::source_location where);
  Bits exchange(Bits value, std::memory_order order, std::source_location where);
  Bits fetch_add(Bits value, std::memory_order order, std::source_location where);
  Bits fetch_or(Bits value, std::memory_order order, std::source_location where);
  Bits fetch_and(Bits value, std::memory_order order, std::source_location where);
  bool compare_exchange(Bits& expected, Bits desired, bool weak, std::memory_order success,
                        std::memory_order failure, std::source_location where);

 private:
  struct inside;  // cell.cpp
  alignas(8) std::byte storage_[sizeof(Bits) == 8 ? 56 : 40];
};

extern template class atomic_cell<std::uint32_t>;
extern template class atomic_cell<std::uint64_t>;

// A race-checked cell. No operation is a scheduling point: Relacy finds the race from the clocks.
class plain_cell {
 public:
  plain_cell(const char* name, int index);  // uninitialised
  plain_cell(std::uint64_t value, const char* name, int index);
  ~plain_cell();
  plain_cell(const plain_cell&) = delete;
  plain_cell& operator=(const plain_cell&) = delete;

  std::uint64_t get(std::source_location where) const;
  void set(std::uint64_t value, std::source_location where);

 private:
  alignas(8) std::byte storage_[32];
};

}  // namespace tenterhook::relacy::engine
