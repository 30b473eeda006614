// The vocabulary of a lowering: C++ operations on one side, hardware events on the other.
#pragma once

#include <cstdint>
#include <string_view>

namespace tenterhook::arch {

// The kinds that `raised` tells apart.
enum class operation {
  load,
  store,
  // A read-modify-write that writes: exchange, fetch_add, a compare-exchange that succeeds.
  rmw,
  // A compare-exchange that fails. Its order is the failure order. On x86 the instruction is
  // locked all the same; with ll/sc it is a load, and what follows it depends on the order.
  failed_cas,
  fence,
};

// The operations of the seam's atomic<T>, and the fence.
enum class atomic_operation : std::uint8_t {
  load,
  store,
  exchange,
  fetch_add,
  fetch_or,
  fetch_and,
  load8,  // a byte, as a lane of its 4-byte word
  or8,    // the same, as a mask; nobody gets the old value
  compare_exchange,
  compare_exchange_weak,
  fence,
};

// How an operation ended. Only a compare-exchange fails; a strong one fails for one reason.
enum class outcome : std::uint8_t {
  done,
  differs,   // it read another value than the expected one
  spurious,  // weak, on ll/sc: the value was the expected one, and the reservation was lost
};

// One event at the machine, in program order.
enum class hardware : std::uint8_t {
  nothing,
  load,               // plain
  store,              // plain
  load_reserved,      // lwarx, ldarx, ldrex, ldrexd
  store_conditional,  // stwcx., stdcx., strex, strexd
  locked_rmw,         // x86: xchg, or an instruction with the lock prefix
  locked_fence,       // x86: lock or on the stack's top, which nobody else reads; as mfence
  sync,               // POWER: the full barrier
  lwsync,             // POWER: all but store before load
  isync,              // POWER: with a branch before it, what was read comes before what follows
  dmb,                // ARM: dmb ish, the full barrier; the only one that GCC emits
  branch_value,       // conditional, on the value that the operation read
  branch_success,     // conditional, on whether the store_conditional or locked_rmw stored
};

// What a write has to wait for of the read of its own operation.
enum class dependency : std::uint8_t { none, data, control };

// What a barrier orders, whatever the machine calls it.
enum class barrier : std::uint8_t {
  none,
  full,         // sync, dmb, locked_fence
  light,        // lwsync
  instruction,  // isync
};

// The access between the barriers.
enum class access_kind : std::uint8_t {
  none,    // a fence
  load,    // plain; also a load_reserved that no store_conditional follows
  store,   // plain
  locked,  // x86: an atomic read and write, or just the read if a compare-exchange failed; a full
           // barrier in either case
  ll_sc,   // a read and the write that is next to it in coherence
};

constexpr std::string_view name_of(atomic_operation what) {
  using enum atomic_operation;
  switch (what) {
    case load: return "load";
    case store: return "store";
    case exchange: return "exchange";
    case fetch_add: return "fetch_add";
    case fetch_or: return "fetch_or";
    case fetch_and: return "fetch_and";
    case load8: return "load8";
    case or8: return "or8";
    case compare_exchange: return "compare_exchange";
    case compare_exchange_weak: return "compare_exchange_weak";
    case fence: return "fence";
  }
  return "?";
}

constexpr std::string_view name_of(outcome how) {
  switch (how) {
    case outcome::done: return "done";
    case outcome::differs: return "differs";
    case outcome::spurious: return "spurious";
  }
  return "?";
}

constexpr std::string_view name_of(hardware event) {
  using enum hardware;
  switch (event) {
    case nothing: return "nothing";
    case load: return "load";
    case store: return "store";
    case load_reserved: return "load_reserved";
    case store_conditional: return "store_conditional";
    case locked_rmw: return "locked_rmw";
    case locked_fence: return "locked_fence";
    case sync: return "sync";
    case lwsync: return "lwsync";
    case isync: return "isync";
    case dmb: return "dmb";
    case branch_value: return "branch_value";
    case branch_success: return "branch_success";
  }
  return "?";
}

constexpr std::string_view name_of(dependency kind) {
  switch (kind) {
    case dependency::none: return "none";
    case dependency::data: return "data";
    case dependency::control: return "control";
  }
  return "?";
}

constexpr bool is_compare_exchange(atomic_operation what) {
  return what == atomic_operation::compare_exchange ||
         what == atomic_operation::compare_exchange_weak;
}

}  // namespace tenterhook::arch
