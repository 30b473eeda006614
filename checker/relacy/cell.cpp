// The cells over rl::atomic and rl::var, and the changes that a mutant or --raise makes to an
// operation. Compiled once for words and once for double words.
#include "checker/relacy/cell.hpp"

#include "arch/lowering.hpp"
#include "checker/relacy/session.hpp"
#include "platform/atomic.hpp"

namespace tenterhook::relacy::engine {

namespace {

// Relacy knows no failure order above the success order; C++ does. The success order is raised
// then: a bound, since the operation gets more than it asked for.
std::memory_order at_least(std::memory_order success, std::memory_order failure) {
  switch (failure) {
    case std::memory_order_relaxed: return success;
    case std::memory_order_seq_cst: return failure;
    default: break;
  }
  switch (success) {
    case std::memory_order_relaxed:
    case std::memory_order_consume: return std::memory_order_acquire;
    case std::memory_order_release: return std::memory_order_acq_rel;
    default: return success;
  }
}

// The halves of a read-modify-write that a mutant splits.
std::memory_order load_half(std::memory_order order) {
  switch (order) {
    case std::memory_order_release: return std::memory_order_relaxed;
    case std::memory_order_acq_rel: return std::memory_order_acquire;
    default: return order;
  }
}

std::memory_order store_half(std::memory_order order) {
  switch (order) {
    case std::memory_order_acquire:
    case std::memory_order_consume: return std::memory_order_relaxed;
    case std::memory_order_acq_rel: return std::memory_order_release;
    default: return order;
  }
}

// With the orders raised to x86's, what drains a store buffer is a full fence too: Relacy's seq_cst
// operations alone do not order their thread's other accesses.
void after_raised(arch::operation what, std::memory_order declared) {
  const auto model = current.settings->raise;
  if (!model || *model != arch::memory_model::tso) return;
  if (!arch::drains_store_buffer(what, declared)) return;
  rl::context& c = rl::ctx();
  const uninterrupted here(c);
  c.atomic_thread_fence_seq_cst();
}

}  // namespace

template <class Bits>
struct atomic_cell<Bits>::inside {
  using type = rl::atomic<Bits>;
  static_assert(sizeof(type) <= sizeof(storage_) && alignof(type) <= 8);

  static type& of(const atomic_cell& cell) {
    return *std::launder(reinterpret_cast<type*>(const_cast<std::byte*>(cell.storage_)));
  }

  // A read-modify-write whose line a mutant or --raise changes. `op` computes the new value.
  template <class Op>
  static Bits altered_rmw(atomic_cell& cell, Op op, std::memory_order order,
                          std::source_location where, auto plain_form) {
    const std::memory_order used = current.altered(arch::operation::rmw, order, where);
    Bits before;
    if (current.hit(Mutate::split, where)) {
      before = of(cell).load(order_of(load_half(used)), info(where));
      of(cell).store(op(before), order_of(store_half(used)), info(where));
    } else {
      before = plain_form(used);
    }
    after_raised(arch::operation::rmw, order);
    return before;
  }

  static bool compare(atomic_cell& cell, Bits& expected, Bits desired, bool weak,
                      std::memory_order success, std::memory_order failure,
                      std::source_location where) {
    const rl::memory_order first = order_of(at_least(success, failure));
    const rl::memory_order second = order_of(failure);
    const rl::debug_info at = info(where);
    return weak ? of(cell).compare_exchange_weak(expected, desired, first, at, second, at)
                : of(cell).compare_exchange_strong(expected, desired, first, at, second, at);
  }

  static bool altered_compare(atomic_cell& cell, Bits& expected, Bits desired, bool weak,
                              std::memory_order success, std::memory_order failure,
                              std::source_location where) {
    const auto first = current.altered(arch::operation::rmw, success, where);
    const auto second = current.altered(arch::operation::failed_cas, failure, where);
    bool done = false;
    if (current.hit(Mutate::split, where)) {
      const Bits found = of(cell).load(order_of(load_half(first)), info(where));
      done = found == expected;
      if (done) of(cell).store(desired, order_of(store_half(first)), info(where));
      expected = found;
    } else if (!current.failed_once && current.hit(Mutate::fail_once, where)) {
      current.failed_once = true;
      expected = of(cell).load(order_of(second), info(where));
    } else {
      done = compare(cell, expected, desired, weak, first, second, where);
    }
    after_raised(done ? arch::operation::rmw : arch::operation::failed_cas,
                 done ? success : failure);
    return done;
  }
};

template <class Bits>
atomic_cell<Bits>::atomic_cell(Bits value, const char* name, int index) {
  auto* made = ::new (storage_) typename inside::type();
  const uninterrupted here(rl::ctx());
  made->store(value, rl::mo_relaxed, {"constructor", "", 0});
  if (current.recording()) current.labels.cell(this, sizeof *this, name, index);
}

template <class Bits>
atomic_cell<Bits>::~atomic_cell() {
  inside::of(*this).~atomic();
}

template <class Bits>
Bits atomic_cell<Bits>::load(std::memory_order order, std::source_location where) const {
  current.here = where;
  if (current.altering) [[unlikely]] {
    const auto used = current.altered(arch::operation::load, order, where);
    return inside::of(*this).load(order_of(used), info(where));
  }
  return inside::of(*this).load(order_of(order), info(where));
}

template <class Bits>
void atomic_cell<Bits>::store(Bits value, std::memory_order order, std::source_location where) {
  current.here = where;
  if (current.altering) [[unlikely]] {
    if (current.hit(Mutate::drop, where)) return;
    const auto used = current.altered(arch::operation::store, order, where);
    inside::of(*this).store(value, order_of(used), info(where));
    return after_raised(arch::operation::store, order);
  }
  inside::of(*this).store(value, order_of(order), info(where));
}

template <class Bits>
Bits atomic_cell<Bits>::exchange(Bits value, std::memory_order order, std::source_location where) {
  current.here = where;
  auto& cell = inside::of(*this);
  if (current.altering) [[unlikely]] {
    return inside::altered_rmw(
        *this, [value](Bits) { return value; }, order, where,
        [&](std::memory_order used) { return cell.exchange(value, order_of(used), info(where)); });
  }
  return cell.exchange(value, order_of(order), info(where));
}

template <class Bits>
Bits atomic_cell<Bits>::fetch_add(Bits value, std::memory_order order, std::source_location where) {
  current.here = where;
  auto& cell = inside::of(*this);
  if (current.altering) [[unlikely]] {
    return inside::altered_rmw(
        *this, [value](Bits before) { return before + value; }, order, where,
        [&](std::memory_order used) { return cell.fetch_add(value, order_of(used), info(where)); });
  }
  return cell.fetch_add(value, order_of(order), info(where));
}

template <class Bits>
Bits atomic_cell<Bits>::fetch_or(Bits value, std::memory_order order, std::source_location where) {
  current.here = where;
  auto& cell = inside::of(*this);
  if (current.altering) [[unlikely]] {
    return inside::altered_rmw(
        *this, [value](Bits before) { return before | value; }, order, where,
        [&](std::memory_order used) { return cell.fetch_or(value, order_of(used), info(where)); });
  }
  return cell.fetch_or(value, order_of(order), info(where));
}

template <class Bits>
Bits atomic_cell<Bits>::fetch_and(Bits value, std::memory_order order, std::source_location where) {
  current.here = where;
  auto& cell = inside::of(*this);
  if (current.altering) [[unlikely]] {
    return inside::altered_rmw(
        *this, [value](Bits before) { return before & value; }, order, where,
        [&](std::memory_order used) { return cell.fetch_and(value, order_of(used), info(where)); });
  }
  return cell.fetch_and(value, order_of(order), info(where));
}

template <class Bits>
bool atomic_cell<Bits>::compare_exchange(Bits& expected, Bits desired, bool weak,
                                         std::memory_order success, std::memory_order failure,
                                         std::source_location where) {
  current.here = where;
  weak = weak && current.program->budget.weak_cas != 0;
  if (current.altering) [[unlikely]] {
    return inside::altered_compare(*this, expected, desired, weak, success, failure, where);
  }
  return inside::compare(*this, expected, desired, weak, success, failure, where);
}

template class atomic_cell<std::uint32_t>;
template class atomic_cell<std::uint64_t>;

namespace {

using variable = rl::var<std::uint64_t>;

variable& variable_in(const std::byte* storage) {
  return *std::launder(reinterpret_cast<variable*>(const_cast<std::byte*>(storage)));
}

}  // namespace

plain_cell::plain_cell(const char* name, int index) {
  static_assert(sizeof(variable) <= sizeof(storage_) && alignof(variable) <= 8);
  ::new (storage_) variable();
  if (current.recording()) current.labels.cell(this, sizeof *this, name, index);
}

plain_cell::plain_cell(std::uint64_t value, const char* name, int index) {
  ::new (storage_) variable(value);
  if (current.recording()) current.labels.cell(this, sizeof *this, name, index);
}

plain_cell::~plain_cell() { variable_in(storage_).~variable(); }

std::uint64_t plain_cell::get(std::source_location where) const {
  current.here = where;
  return variable_in(storage_)(info(where)).load();
}

void plain_cell::set(std::uint64_t value, std::source_location where) {
  current.here = where;
  variable_in(storage_)(info(where)).store(value);
}

}  // namespace tenterhook::relacy::engine

namespace tenterhook::relacy::platform {

void fence(std::memory_order order, std::source_location where) {
  using engine::current;
  current.here = where;
  if (current.altering) [[unlikely]] {
    if (current.hit(Mutate::drop, where)) return;
    order = current.altered(arch::operation::fence, order, where);
  }
  if (order == std::memory_order_relaxed) return;  // orders nothing; Relacy knows no such fence
  rl::atomic_thread_fence(engine::order_of(order), engine::info(where));
}

}  // namespace tenterhook::relacy::platform
