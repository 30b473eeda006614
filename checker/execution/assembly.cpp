// Instructions on graphs: the barriers of a C++ operation, and whole programs in assembly (litmus
// tests), of which each is one event with the registers' dependencies.
#include <bit>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {
namespace {

// From places in the thread to distances before the event at `place`.
std::uint64_t before(std::uint64_t places, std::uint32_t place) {
  std::uint64_t distances = 0;
  for (std::uint64_t rest = places; rest != 0; rest &= rest - 1) {
    const auto at = static_cast<std::uint32_t>(std::countr_zero(rest));
    distances |= std::uint64_t{1} << (place - 1 - at);
  }
  return distances;
}

}  // namespace

// A barrier of the running operation, before its access; false: there is none.
bool GraphMachine::barrier_before(Thread& self, Barrier what) {
  if (what == Barrier::none) return false;
  barrier(self, what, 0, false);
  arrive(self);
  return true;
}

// The same behind it; an isync has a branch before it on the operation's load.
void GraphMachine::barrier_after(Thread& self, Barrier what, std::uint64_t control) {
  if (what == Barrier::none) return;
  within(self);
  barrier(self, what, what == Barrier::instruction ? control : 0, true);
}

void GraphMachine::barrier(Thread& self, Barrier what, std::uint64_t control, bool within) {
  EventId id = recorded(self, EventKind::fence, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::fence, std::memory_order_relaxed);
    e.barrier = what;
    e.control = control;
    e.within = within;
    id = graph_->add(e);
  }
  executed(self, id);
}

void GraphMachine::depends(Event& e, const Dependencies& on) const {
  const std::uint32_t at = cursors_[e.thread];
  e.address = before(on.address, at);
  e.data = before(on.data, at);
  e.control = before(on.control, at);
}

std::uint64_t GraphMachine::assembly_load(Thread& self, Cell& cell, const Dependencies& on) {
  Event e = event(self, EventKind::read, std::memory_order_relaxed);
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  depends(e, on);
  const EventId id = read_event(self, e);
  return value_of((*graph_)[id].source, e.location);
}

void GraphMachine::assembly_store(Thread& self, Cell& cell, std::uint64_t bits,
                                  const Dependencies& on) {
  Event e = event(self, EventKind::write, std::memory_order_relaxed);
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  e.value = bits;
  depends(e, on);
  EventId id = recorded(self, EventKind::write, e.location);
  if (id == kInitial) id = driver_->write(x_, e);
  executed(self, id);
}

// It succeeds or not as is chosen, and then there is an execution with that, or none. Failing is
// the first choice, since it is always possible: what a revisit drops would be added again.
bool GraphMachine::store_conditional(Thread& self, Cell& cell, std::uint32_t reserved,
                                     std::uint64_t bits, const Dependencies& on) {
  if (choose(self, 2) == 0) return false;
  arrive(self);
  const EventId load = graph_->at(self.slot, reserved);
  Event e = event(self, EventKind::write, std::memory_order_relaxed);
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  e.exclusive = e.locked = true;
  e.value = bits;
  depends(e, on);
  const EventId source = (*graph_)[load].source;
  EventId id = recorded(self, EventKind::write, e.location);
  if (id == kInitial) {
    // the thread's own store in between: then this is no pair
    if (graph_->rank(source) < graph_->least_rank(e)) x_.abandon();
    id = driver_->exclusive(x_, e, source);
  }
  executed(self, id);
  return true;
}

void GraphMachine::assembly_barrier(Thread& self, Barrier what, const Dependencies& on) {
  if (!graph_->hardware()) {
    if (what == Barrier::full) fence(self, std::memory_order_seq_cst);
    return;
  }
  barrier(self, what, before(on.control, cursors_[self.slot]), false);
}

std::uint32_t Execution::place() const { return machine_.place(*threads_[running_]); }

std::uint64_t Execution::assembly_load(Cell& cell, const Dependencies& on) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  point(self, publish(self, OpKind::load, &cell, std::memory_order_relaxed, {}));
  return machine_.assembly_load(self, cell, on);
}

void Execution::assembly_store(Cell& cell, std::uint64_t bits, const Dependencies& on) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  point(self, publish(self, OpKind::store, &cell, std::memory_order_relaxed, {}, bits));
  machine_.assembly_store(self, cell, bits, on);
}

bool Execution::store_conditional(Cell& cell, std::uint32_t reserved, std::uint64_t bits,
                                  const Dependencies& on) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  point(self, publish(self, OpKind::store, &cell, std::memory_order_relaxed, {}, bits));
  return machine_.store_conditional(self, cell, reserved, bits, on);
}

void Execution::assembly_barrier(Barrier what, const Dependencies& on) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  point(self, publish(self, OpKind::fence, nullptr, std::memory_order_seq_cst, {}));
  machine_.assembly_barrier(self, what, on);
}

}  // namespace tenterhook::checker
