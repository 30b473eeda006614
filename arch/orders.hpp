// The memory orders of C++: their names, and which operation may have which.
//
// Pure functions; thread safe.
#pragma once

#include <array>
#include <atomic>
#include <string_view>

#include "arch/event.hpp"

namespace tenterhook::arch {

inline constexpr std::array all_orders{std::memory_order_relaxed, std::memory_order_consume,
                                       std::memory_order_acquire, std::memory_order_release,
                                       std::memory_order_acq_rel, std::memory_order_seq_cst};

constexpr std::string_view name_of(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return "relaxed";
    case std::memory_order_consume: return "consume";
    case std::memory_order_acquire: return "acquire";
    case std::memory_order_release: return "release";
    case std::memory_order_acq_rel: return "acq_rel";
    case std::memory_order_seq_cst: return "seq_cst";
  }
  return "?";
}

// Is the order one that a load, or a compare-exchange that fails, may have?
constexpr bool is_load_order(std::memory_order order) {
  return order != std::memory_order_release && order != std::memory_order_acq_rel;
}

// Does C++ allow the order for the operation?
constexpr bool is_allowed(atomic_operation what, std::memory_order order) {
  switch (what) {
    case atomic_operation::load:
    case atomic_operation::load8: return is_load_order(order);
    case atomic_operation::store:
      return order == std::memory_order_relaxed || order == std::memory_order_release ||
             order == std::memory_order_seq_cst;
    default: return true;
  }
}

}  // namespace tenterhook::arch
