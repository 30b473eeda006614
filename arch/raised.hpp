// What a port's lowering of a C++ operation guarantees, said in C++ orders: at least the declared
// one, and often more, since machines have fewer kinds of instructions than C++ has orders.
//
// The argument: two operations that become the same instructions have the same behaviours, so the
// weaker may count as the stronger. (One row goes further and says why: arm's acquire load.) It
// holds for an operation compiled alone; a compiler may still move the weaker one more freely.
// `--target T --explore relacy` uses it, as a bound.
//
// One pair of orders is below the declared one instead: see lowered_pair in arch/lowering.hpp.
//
// The instructions are those of arch/lowering.hpp. Pure functions; thread safe.
#pragma once

#include <atomic>

#include "arch/event.hpp"
#include "arch/target.hpp"

namespace tenterhook::arch {

namespace detail {

// consume is acquire in every compiler.
constexpr std::memory_order promoted(std::memory_order order) {
  return order == std::memory_order_consume ? std::memory_order_acquire : order;
}

// mov for every load, so each counts as the strongest; mov for a relaxed and a release store, xchg
// for a seq_cst one; every read-modify-write is locked, succeed or fail. Acquire and release fences
// are no instruction, and none is needed: loads stay before, stores after, what follows them.
constexpr std::memory_order raised_tso(operation what, std::memory_order order) {
  switch (what) {
    case operation::load:
    case operation::rmw:
    case operation::failed_cas: return std::memory_order_seq_cst;
    case operation::store:
      return order == std::memory_order_seq_cst ? order : std::memory_order_release;
    case operation::fence:
      return order == std::memory_order_seq_cst || order == std::memory_order_relaxed
                 ? order
                 : std::memory_order_acq_rel;
  }
  return order;
}

// The one barrier is the full dmb, so every fence is the strongest, and an acq_rel
// read-modify-write, with one on both sides, is a seq_cst one. An acquire load is ldr; dmb where a
// seq_cst one is dmb; ldr; dmb: but seq_cst stores have a dmb behind them too, and beside those the
// first is not needed (the mapping with trailing barriers). A failed compare-exchange is such a
// load. A release store has the barrier in front only, and stays what it is.
constexpr std::memory_order raised_arm(operation what, std::memory_order order) {
  switch (what) {
    case operation::load:
    case operation::failed_cas:
      return order == std::memory_order_acquire ? std::memory_order_seq_cst : order;
    case operation::store: return order;
    case operation::rmw:
      return order == std::memory_order_acq_rel ? std::memory_order_seq_cst : order;
    case operation::fence:
      return order == std::memory_order_relaxed ? order : std::memory_order_seq_cst;
  }
  return order;
}

// Every step of the ladder is its own sequence (ctrl+isync, lwsync, sync), except that an acquire
// and a release fence are both lwsync.
constexpr std::memory_order raised_power(operation what, std::memory_order order) {
  if (what != operation::fence) return order;
  return order == std::memory_order_seq_cst || order == std::memory_order_relaxed
             ? order
             : std::memory_order_acq_rel;
}

}  // namespace detail

// The order that `what`, declared with `order`, has at least on a machine of that model.
// REQUIRES: the order is one that C++ allows for the operation.
constexpr std::memory_order raised(memory_model model, operation what, std::memory_order order) {
  const std::memory_order declared = detail::promoted(order);
  switch (model) {
    case memory_model::tso: return detail::raised_tso(what, declared);
    case memory_model::arm: return detail::raised_arm(what, declared);
    case memory_model::power: return detail::raised_power(what, declared);
  }
  return declared;
}

}  // namespace tenterhook::arch
