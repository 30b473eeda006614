// What a C++ operation with its order becomes on a port: the hardware events, in program order.
//
// The truth is GCC 12 of Debian 12 at -O2, each cross compiler for its default machine: i686,
// x86-64, ARMv7, POWER4 for power64, POWER8 for power64le. tests/lowering compiles every row and
// compares. An operation stands alone: a compiler may still move and merge relaxed ones.
//
// Pure functions; thread safe.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>

#include "arch/event.hpp"
#include "arch/raised.hpp"
#include "arch/targets.hpp"

namespace tenterhook::arch {

// The events of one way through an operation, with of its loop the last turn only.
struct lowering {
  std::array<hardware, 8> events{};
  std::size_t size = 0;
  // Between its load_reserved and its store_conditional. An x86 locked_rmw has none to speak of.
  dependency write_depends = dependency::none;
  // Without a write it starts again: a strong ll/sc pair whose reservation was lost, an x86
  // compare-and-swap loop. The turns that are not shown read, and order no more than the last one.
  bool loops = false;

  constexpr void add(hardware event) {
    if (event != hardware::nothing) events[size++] = event;
  }
  constexpr const hardware* begin() const { return events.data(); }
  constexpr const hardware* end() const { return events.data() + size; }
  friend constexpr bool operator==(const lowering&, const lowering&) = default;
};

namespace detail {

struct by_order {
  hardware relaxed{}, acquire{}, release{}, acq_rel{}, seq_cst{};

  constexpr hardware operator[](std::memory_order order) const {
    switch (order) {
      case std::memory_order_relaxed: return relaxed;
      case std::memory_order_consume:
      case std::memory_order_acquire: return acquire;
      case std::memory_order_release: return release;
      case std::memory_order_acq_rel: return acq_rel;
      case std::memory_order_seq_cst: return seq_cst;
    }
    return hardware::nothing;
  }
};

// The barriers of a machine around its accesses.
struct machine {
  by_order load_before, load_after, store_before, store_after, rmw_before, rmw_after, fence;
};

inline constexpr auto no = hardware::nothing;

inline constexpr machine x86{
    .load_before = {},
    .load_after = {},
    .store_before = {},
    .store_after = {.seq_cst = hardware::locked_fence},  // of a plain store: 64 bits on 386
    .rmw_before = {},
    .rmw_after = {},
    .fence = {.seq_cst = hardware::locked_fence},
};

inline constexpr machine arm{
    .load_before = {.seq_cst = hardware::dmb},
    .load_after = {.acquire = hardware::dmb, .seq_cst = hardware::dmb},
    .store_before = {.release = hardware::dmb, .seq_cst = hardware::dmb},
    .store_after = {.seq_cst = hardware::dmb},
    .rmw_before = {no, no, hardware::dmb, hardware::dmb, hardware::dmb},
    .rmw_after = {no, hardware::dmb, no, hardware::dmb, hardware::dmb},
    .fence = {no, hardware::dmb, hardware::dmb, hardware::dmb, hardware::dmb},
};

inline constexpr machine power{
    .load_before = {.seq_cst = hardware::sync},
    .load_after = {.acquire = hardware::isync, .seq_cst = hardware::isync},
    .store_before = {.release = hardware::lwsync, .seq_cst = hardware::sync},
    .store_after = {},
    .rmw_before = {no, no, hardware::lwsync, hardware::lwsync, hardware::sync},
    .rmw_after = {no, hardware::isync, no, hardware::isync, hardware::isync},
    .fence = {no, hardware::lwsync, hardware::lwsync, hardware::lwsync, hardware::sync},
};

constexpr const machine& machine_of(memory_model model) {
  switch (model) {
    case memory_model::tso: return x86;
    case memory_model::arm: return arm;
    case memory_model::power: return power;
  }
  return power;
}

// Is the access wider than a register? Then 386 moves it through the x87 unit, and ARM has
// ldrexd and strexd only.
constexpr bool is_double(const target_info& port, unsigned width) { return width > port.word_size; }

constexpr lowering lowered_load(const target_info& port, unsigned width,
                                std::memory_order order) {
  const machine& m = machine_of(port.model);
  lowering out;
  const bool paired = is_double(port, width) && port.rmw == rmw_kind::ll_sc;
  // GCC leaves out the barrier in front of ldrexd; beside seq_cst stores, which have one behind
  // them, it is not needed.
  if (!paired) out.add(m.load_before[order]);
  out.add(paired ? hardware::load_reserved : hardware::load);
  if (m.load_after[order] == hardware::isync) out.add(hardware::branch_value);
  out.add(m.load_after[order]);
  return out;
}

constexpr lowering lowered_store(const target_info& port, unsigned width,
                                 std::memory_order order) {
  const machine& m = machine_of(port.model);
  lowering out;
  out.add(m.store_before[order]);
  if (port.rmw == rmw_kind::locked) {
    if (order == std::memory_order_seq_cst && !is_double(port, width)) {
      out.add(hardware::locked_rmw);
      return out;
    }
    out.add(hardware::store);
  } else if (is_double(port, width)) {
    out.loops = true;
    out.add(hardware::load_reserved);
    out.add(hardware::store_conditional);
    out.add(hardware::branch_success);
  } else {
    out.add(hardware::store);
  }
  out.add(m.store_after[order]);
  return out;
}

constexpr lowering lowered_locked(const target_info& port, atomic_operation what,
                                  unsigned width) {
  using enum atomic_operation;
  lowering out;
  const bool bits = what == fetch_or || what == fetch_and;  // whose old value somebody wants
  out.loops = bits || (is_double(port, width) && !is_compare_exchange(what));
  if (out.loops) {
    // The first guess. Two halves may be torn; then the cmpxchg8b fails, and returns a whole one.
    out.add(hardware::load);
    if (is_double(port, width)) out.add(hardware::load);
  }
  out.add(hardware::locked_rmw);
  if (out.loops) out.add(hardware::branch_success);
  return out;
}

// What GCC takes for the success order: C++17 allows a failure order above it, GCC does not.
constexpr std::memory_order effective(std::memory_order order, std::memory_order failure) {
  return promoted(failure) > promoted(order) ? std::memory_order_seq_cst : promoted(order);
}

// The barrier in front is the success order's, also for a failure. So is the one behind, if there
// is one for a failure at all: with `release` there is none, and an `acquire` failure beside it is
// compiled as a relaxed one, below what C++ asks for.
constexpr lowering lowered_pair(const target_info& port, atomic_operation what,
                                std::memory_order order, std::memory_order failure,
                                outcome how) {
  using enum atomic_operation;
  const machine& m = machine_of(port.model);
  const bool compares = is_compare_exchange(what);
  lowering out;
  out.loops = what != compare_exchange_weak;
  out.add(m.rmw_before[order]);
  out.add(hardware::load_reserved);
  if (compares) out.add(hardware::branch_value);
  if (how != outcome::differs) {
    out.write_depends = compares           ? dependency::control
                        : what == exchange ? dependency::none
                                           : dependency::data;
    out.add(hardware::store_conditional);
    if (out.loops) out.add(hardware::branch_success);
  }
  if (how != outcome::differs || failure != std::memory_order_relaxed) out.add(m.rmw_after[order]);
  return out;
}

}  // namespace detail

// REQUIRES: the order is one that C++ allows for the operation; width is 4 or 8 bytes (4 of load8
// and or8, ignored of a fence); failure and how matter for a compare-exchange only.
constexpr lowering lowered(const target_info& port, atomic_operation what, unsigned width,
                           std::memory_order order,
                           std::memory_order failure = std::memory_order_relaxed,
                           outcome how = outcome::done) {
  switch (what) {
    case atomic_operation::load:
    case atomic_operation::load8: return detail::lowered_load(port, width, order);
    case atomic_operation::store: return detail::lowered_store(port, width, order);
    case atomic_operation::fence: {
      lowering out;
      out.add(detail::machine_of(port.model).fence[order]);
      return out;
    }
    default: break;
  }
  if (port.rmw == rmw_kind::locked) return detail::lowered_locked(port, what, width);
  if (is_compare_exchange(what)) order = detail::effective(order, failure);
  return detail::lowered_pair(port, what, order, failure, how);
}

// Can a weak compare-exchange fail for no reason?
constexpr bool fails_spuriously(const target_info& port, atomic_operation what) {
  return port.rmw == rmw_kind::ll_sc && what == atomic_operation::compare_exchange_weak;
}

// The same as a memory model wants it: at most one barrier, then the access, then at most one. A
// spurious failure is an ll_sc access too, of which only the read happened.
struct steps {
  barrier before = barrier::none;
  access_kind access = access_kind::none;
  // The write of an ll_sc access on its read.
  dependency write_depends = dependency::none;
  barrier after = barrier::none;
  // What stands between the access and `after`, so makes an isync an acquire. A branch on success
  // waits for the read as well: a store_conditional is decided after its load_reserved.
  bool branch_on_value = false, branch_on_success = false;
  bool loops = false;  // until it has written, or a strong compare-exchange has read another value
};

constexpr barrier barrier_of(hardware event) {
  switch (event) {
    case hardware::sync:
    case hardware::dmb:
    case hardware::locked_fence: return barrier::full;
    case hardware::lwsync: return barrier::light;
    case hardware::isync: return barrier::instruction;
    default: return barrier::none;
  }
}

// The barrier of a fence is `before`. An x86 loop's first guesses are left out: what the locked_rmw
// reads decides. REQUIRES: a lowering of `lowered`.
constexpr steps steps_of(const lowering& of) {
  steps out;
  out.write_depends = of.write_depends;
  out.loops = of.loops;
  for (const hardware event : of) {
    switch (event) {
      case hardware::load:
      case hardware::load_reserved: out.access = access_kind::load; break;
      case hardware::store: out.access = access_kind::store; break;
      case hardware::locked_rmw: out.access = access_kind::locked; break;
      case hardware::store_conditional: out.access = access_kind::ll_sc; break;
      case hardware::branch_value: out.branch_on_value = true; break;
      case hardware::branch_success: out.branch_on_success = true; break;
      default:
        (out.access == access_kind::none ? out.before : out.after) = barrier_of(event);
        break;
    }
  }
  return out;
}

// Where a byte of a 4-byte word lies in it. REQUIRES: lane < 4, the byte's offset in memory.
constexpr unsigned lane_shift(std::endian byte_order, unsigned lane) {
  return 8 * (byte_order == std::endian::little ? lane : 3 - lane);
}

// On x86: does the operation wait until the processor's store buffer is empty? Whatever is locked
// does, succeed or fail.
constexpr bool drains_store_buffer(operation what, std::memory_order order) {
  using enum atomic_operation;
  const atomic_operation as = what == operation::load    ? load
                              : what == operation::store ? store
                              : what == operation::fence ? fence
                                                         : compare_exchange;
  const target_info port = info_of<target_amd64>();
  for (const hardware event : lowered(port, as, port.word_size, order)) {
    if (event == hardware::locked_rmw || event == hardware::locked_fence) return true;
  }
  return false;
}

}  // namespace tenterhook::arch
