// What a port states about its machine, as data: the concept `target`, which each arch/<port>.hpp
// satisfies by static_assert. A port is a struct of static constants and holds no code.
//
// The values are those of Go 1.4 to 1.6 (src/runtime/arch*_$GOARCH.go, lfstack_*.go, and the list
// of what a port adds in the power64 merge); where the releases differ the port says which it took.
// Layout of a build is always the compiler's: see arch/this_target.hpp.
#pragma once

#include <bit>
#include <concepts>
#include <string_view>
#include <type_traits>

namespace tenterhook::arch {

// Which hardware memory model the port's machines have.
enum class memory_model {
  // Total store order: a FIFO store buffer a processor, and one memory. Only a store followed by a
  // load of another location can be reordered.
  tso,
  // ARMv7: multi-copy atomicity is not assumed; dmb orders everything, dependencies order little.
  arm,
  // POWER: not multi-copy atomic; sync, lwsync and ctrl+isync.
  power,
};

constexpr std::string_view name_of(memory_model m) {
  switch (m) {
    case memory_model::tso: return "tso";
    case memory_model::arm: return "arm";
    case memory_model::power: return "power";
  }
  return "?";
}

// How the machine does an atomic read-modify-write.
enum class rmw_kind {
  locked,  // one instruction, which cannot fail spuriously
  ll_sc,   // load-linked and store-conditional in a loop: a weak CAS may fail for no reason
};

// How lfstack packs a node's address and its push count into 64 bits: the address's significant
// bits, less those that alignment makes zero, above the count.
struct lfstack_packing {
  unsigned address_bits;  // significant low bits of a user address
  unsigned align_shift;   // low bits that are zero in every node's address and are not kept
  unsigned count_bits;    // what is left of 64
};

namespace detail {

template <class Expression, class Value>
concept is_a = std::same_as<std::remove_cvref_t<Expression>, Value>;

// The relations between a port's numbers that the runtime counts on.
template <class T>
consteval bool consistent() {
  const lfstack_packing pack = T::lfstack;
  return !T::name.empty() && !T::about.empty() && T::pointer_size <= T::word_size &&
         (T::pointer_size == 4 || T::pointer_size == 8) &&
         (T::word_size == 4 || T::word_size == 8) && std::has_single_bit(T::cache_line) &&
         std::has_single_bit(T::phys_page) && T::phys_page >= 4096 &&
         std::has_single_bit(T::pc_quantum) && T::min_frame_size % T::pointer_size == 0 &&
         T::has_link_register == (T::min_frame_size != 0) &&
         (T::int64_align == 4 || T::int64_align == 8) &&
         std::has_single_bit(T::stack_align) && T::stack_align >= T::pointer_size &&
         pack.address_bits <= 8 * T::pointer_size &&
         pack.address_bits - pack.align_shift + pack.count_bits == 64 &&
         (1u << pack.align_shift) <= T::pointer_size;
}

}  // namespace detail

template <class T>
concept target = requires {
  // GOARCH, and one line for the tool's list.
  { T::name } -> detail::is_a<std::string_view>;
  { T::about } -> detail::is_a<std::string_view>;
  { T::model } -> detail::is_a<memory_model>;
  { T::rmw } -> detail::is_a<rmw_kind>;
  // Bytes of a general register, and of a pointer: amd64p32's is half a register.
  { T::word_size } -> detail::is_a<unsigned>;
  { T::pointer_size } -> detail::is_a<unsigned>;
  { T::byte_order } -> detail::is_a<std::endian>;
  // Bytes; padding against false sharing.
  { T::cache_line } -> detail::is_a<unsigned>;
  // Bytes; the heap's maps are rounded to it.
  { T::phys_page } -> detail::is_a<unsigned>;
  // Bytes of the smallest instruction.
  { T::pc_quantum } -> detail::is_a<unsigned>;
  // Bytes that every frame keeps for its callee; and whether a call leaves its return address in a
  // register, from where the callee saves it.
  { T::min_frame_size } -> detail::is_a<unsigned>;
  { T::has_link_register } -> detail::is_a<bool>;
  // Bytes, Go's: where it is 4, a 64-bit atomic may be misaligned, which faults or tears.
  { T::int64_align } -> detail::is_a<unsigned>;
  // Bytes; of the C ABI, at a call.
  { T::stack_align } -> detail::is_a<unsigned>;
  // Is or8 on a byte an instruction (otherwise a mask on its word), and are 64-bit atomics
  // (otherwise a table of locks)?
  { T::has_atomic8 } -> detail::is_a<bool>;
  { T::has_atomic64 } -> detail::is_a<bool>;
  { T::lfstack } -> detail::is_a<lfstack_packing>;
  // Does some kernel or qemu-user of today run its programs?
  { T::runnable } -> detail::is_a<bool>;
} && detail::consistent<T>();

}  // namespace tenterhook::arch
