// The rows of the lowering table, and how each event is spelled in a port's assembler: for the
// audit that prints it and the test that compares it with compilers.
//
// Pure functions; thread safe.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string_view>

#include "arch/event.hpp"
#include "arch/orders.hpp"
#include "arch/targets.hpp"

namespace tenterhook::arch {

struct lowering_row {
  atomic_operation what;
  unsigned width;             // bytes; of a fence 0
  std::memory_order order;
  std::memory_order failure;  // of a compare-exchange; otherwise relaxed
};

// Every row, by operation, width, order and failure order.
template <class Visitor>
constexpr void for_each_row(Visitor visit) {
  using enum atomic_operation;
  constexpr std::array every{load,      store, exchange, fetch_add,        fetch_or,
                             fetch_and, load8, or8,      compare_exchange, compare_exchange_weak,
                             fence};
  for (const atomic_operation what : every) {
    for (const unsigned width : {4u, 8u}) {
      if (width == 8 && (what == load8 || what == or8 || what == fence)) continue;
      for (const std::memory_order order : all_orders) {
        if (!is_allowed(what, order)) continue;
        for (const std::memory_order failure : all_orders) {
          const bool one = failure == std::memory_order_relaxed;
          if (is_compare_exchange(what) ? !is_load_order(failure) : !one) continue;
          visit(lowering_row{what, what == fence ? 0 : width, order, failure});
        }
      }
    }
  }
}

namespace detail {

constexpr std::string_view x86_instruction(const target_info& port, const lowering_row& row,
                                           hardware event) {
  using enum atomic_operation;
  const bool doubled = row.width > port.word_size;
  switch (event) {
    case hardware::load: return doubled && row.what == load ? "fild" : "mov";
    case hardware::store: return doubled ? "fistp" : "mov";
    case hardware::locked_fence: return "lock or";
    case hardware::branch_success: return "jne";
    case hardware::locked_rmw: break;
    default: return "?";
  }
  if (doubled) return "lock cmpxchg8b";
  switch (row.what) {
    case store:
    case exchange: return "xchg";
    case fetch_add: return "lock xadd";
    case or8: return "lock or";
    default: return "lock cmpxchg";
  }
}

constexpr std::string_view arm_instruction(const lowering_row& row, hardware event) {
  const bool doubled = row.width == 8;
  switch (event) {
    case hardware::load: return "ldr";
    case hardware::store: return "str";
    case hardware::load_reserved: return doubled ? "ldrexd" : "ldrex";
    case hardware::store_conditional: return doubled ? "strexd" : "strex";
    case hardware::dmb: return "dmb";
    case hardware::branch_value:
    case hardware::branch_success: return "bne";
    default: return "?";
  }
}

constexpr std::string_view power_instruction(const lowering_row& row, hardware event) {
  const bool doubled = row.width == 8;
  switch (event) {
    case hardware::load: return doubled ? "ld" : "lwz";
    case hardware::store: return doubled ? "std" : "stw";
    case hardware::load_reserved: return doubled ? "ldarx" : "lwarx";
    case hardware::store_conditional: return doubled ? "stdcx." : "stwcx.";
    case hardware::sync: return "sync";
    case hardware::lwsync: return "lwsync";
    case hardware::isync: return "isync";
    case hardware::branch_value:
    case hardware::branch_success: return "bne";
    default: return "?";
  }
}

}  // namespace detail

// The instruction that an event of the row's lowering is, without its operands; "?" if the port has
// none. ARM may skip instead of branch: with a Thumb condition on what would be jumped over.
constexpr std::string_view instruction_of(const target_info& port, const lowering_row& row,
                                          hardware event) {
  switch (port.model) {
    case memory_model::tso: return detail::x86_instruction(port, row, event);
    case memory_model::arm: return detail::arm_instruction(row, event);
    case memory_model::power: return detail::power_instruction(row, event);
  }
  return "?";
}

}  // namespace tenterhook::arch
