#include "checker/execution/graph_machine.hpp"

#include <algorithm>
#include <string>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"
#include "checker/execution/lowered.hpp"

namespace tenterhook::checker {
void GraphMachine::begin(Graph& graph, GraphDriver& driver, bool directed) {
  graph_ = &graph;
  driver_ = &driver;
  directed_ = directed;
  last_first_ = x_.options_.last_first;
  names_ = x_.options_.names;
  planned_ = graph.size();
  executed_ = 0;
  rescan_ = true;
  watched_ = ghosts_ = false;
  urgent_ = nullptr;
  current_ = 0;
  cursors_.assign(x_.clocks_.width(), 0);
  order_.clear();
  graves_.clear();
  steps_.clear();
  sites_.clear();
}

// -- directed scheduling --

// Has what the recorded event depends on been executed?
bool GraphMachine::satisfied(const Event& e) const {
  if (e.kind == EventKind::join) {
    const Thread& other = *x_.threads_[e.operand];
    if (!e.quiesce) return other.state == ThreadState::finished;
    // it has come to where it could not go on
    return cursors_[other.slot] == graph_->length(other.slot) &&
           other.state != ThreadState::ready && other.state != ThreadState::unborn;
  }
  if (e.source >= kPending) return true;
  const Event& source = (*graph_)[e.source];
  return cursors_[source.thread] > source.index;
}

void GraphMachine::diverged(std::uint32_t slot) {
  x_.fail(FailureKind::misuse,
          x_.threads_[slot]->name +
              " did something else in an execution with the same reads: it depends on something "
              "that the checker does not decide (a clock, an address, a static variable)",
          x_.threads_[slot]->pending.site);
}

// The thread that must run so that the thread's next recorded event can be executed: itself, or one
// that it waits for.
Thread& GraphMachine::prerequisite(std::uint32_t slot) {
  for (;;) {
    Thread& t = *x_.threads_[slot];
    if (t.state == ThreadState::unborn) {
      slot = (*graph_)[graph_->start_of(slot)].thread;
      continue;
    }
    const std::uint32_t cursor = cursors_[slot];
    if (cursor == graph_->length(slot)) {  // somebody joins it
      if (t.state != ThreadState::ready) diverged(slot);
      return t;
    }
    const Event& e = (*graph_)[graph_->at(slot, cursor)];
    if (!satisfied(e)) {
      slot = e.kind == EventKind::join ? static_cast<std::uint32_t>(e.operand)
                                       : (*graph_)[e.source].thread;
      continue;
    }
    if (e.quiesce && t.state == ThreadState::quiescing) t.state = ThreadState::ready;
    if (t.state != ThreadState::ready) diverged(slot);
    return t;
  }
}

Thread* GraphMachine::who(Thread& self) {
  if (executed_ < planned_) {
    std::uint32_t slot = self.slot;
    if (self.state == ThreadState::finished || cursors_[slot] == graph_->length(slot)) {
      slot = 0;
      while (cursors_[slot] == graph_->length(slot)) ++slot;
    }
    return &prerequisite(slot);
  }
  if (urgent_ != nullptr) return const_cast<Thread*>(urgent_);
  if (!rescan_ && current_ == self.slot && can_go(self)) return &self;
  rescan_ = false;
  Thread* found = nullptr;
  for (const std::uint32_t slot : x_.live_) {
    Thread& t = *x_.threads_[slot];
    if (!can_go(t)) continue;
    found = &t;
    if (!last_first_) break;
  }
  if (found != nullptr) current_ = found->slot;
  return found;
}

void GraphMachine::switch_to(Thread& self, Thread& next) {
  x_.running_ = next.slot;
  if (&next != &self) switch_fiber(self.fiber, next.fiber);
}

void GraphMachine::arrive(Thread& self) {
  if (!directed_) return;
  const std::uint32_t cursor = cursors_[self.slot];
  if (cursor < graph_->length(self.slot)) {
    if (satisfied((*graph_)[graph_->at(self.slot, cursor)])) return;
  } else if (executed_ == planned_ && !rescan_ && urgent_ == nullptr &&
             current_ == self.slot && can_go(self)) {
    return;
  }
  give_way(self);
}

void GraphMachine::give_way(Thread& self) {
  for (;;) {
    Thread* next = who(self);
    if (next != nullptr) {
      switch_to(self, *next);
      return;
    }
    x_.graph_ended();  // comes back if those who spin are to go on
  }
}

// The same within an operation of several events: if the graph ends here, the rest of the operation
// comes before anything else.
void GraphMachine::within(Thread& self) {
  if (!directed_) return;
  if (executed_ == planned_) return;
  if (follows(self)) {
    arrive(self);
    return;
  }
  urgent_ = &self;
  give_way(self);
  urgent_ = nullptr;
}

// Does everything that the others did, and will do, happen before the thread's next step?
bool GraphMachine::knows_all(const Thread& self) const {
  for (const std::uint32_t slot : x_.live_) {
    if (slot == self.slot) continue;
    if (x_.threads_[slot]->state != ThreadState::finished) return false;
    if (self.clock[slot] < graph_->length(slot)) return false;
  }
  return true;
}

const Thread* GraphMachine::unordered(const Thread& self, const Cell& cell) const {
  if (cell.location == 0 || knows_all(self)) return nullptr;
  const std::uint32_t l = cell.location - 1;
  const auto late = [&](EventId id) {
    const Event& e = (*graph_)[id];
    return e.thread != self.slot && self.clock[e.thread] <= e.index;
  };
  for (EventId w = kInitial;;) {
    for (EventId r = graph_->readers(l, w); r != kInitial; r = (*graph_)[r].next_reader) {
      if (late(r)) return x_.threads_[(*graph_)[r].thread].get();
    }
    w = graph_->newer(l, w);
    if (w == kInitial) return nullptr;
    if (late(w)) return x_.threads_[(*graph_)[w].thread].get();
  }
}

GraphMachine::Seen GraphMachine::newest(const Cell& cell) const {
  if (cell.location == 0) return {cell.bits, kInitial};
  const EventId w = graph_->newest(cell.location - 1);
  return {value_of(w, cell.location - 1), w};
}

std::uint64_t GraphMachine::value_of(EventId source, std::uint32_t location) const {
  return source == kInitial ? graph_->initial(location) : (*graph_)[source].value;
}

// -- events --

Event GraphMachine::event(const Thread& self, EventKind kind, std::memory_order order) const {
  Event e;
  e.kind = kind;
  e.order = order;
  e.thread = static_cast<std::uint16_t>(self.slot);
  return e;
}

EventId GraphMachine::recorded(const Thread& self, EventKind kind, std::uint32_t location) const {
  const std::uint32_t cursor = cursors_[self.slot];
  if (cursor >= graph_->length(self.slot)) return kInitial;
  const EventId id = graph_->at(self.slot, cursor);
  const Event& e = (*graph_)[id];
  if (e.kind != kind || e.location != location) {
    const_cast<GraphMachine*>(this)->diverged(self.slot);
  }
  return id;
}

// The thread has executed the event: it knows what happened before.
void GraphMachine::executed(Thread& self, EventId id) {
  cursors_[self.slot]++;
  ++executed_;
  if (id >= planned_) planned_ = graph_->size();
  order_.push_back(id);
  if (names_) keep_site(self, id);
  if (!directed_) {
    steps_.resize(graph_->size(), 0);
    steps_[id] = static_cast<std::uint32_t>(x_.steps_);
  }
  graph_->copy_known(id, self.clock);
  self.clock[self.slot]++;
  if (directed_ && executed_ > x_.options_.max_events) x_.finish(Outcome::cut);
}

EventId GraphMachine::read_event(Thread& self, const Event& next) {
  EventId id = recorded(self, EventKind::read, next.location);
  if (id == kInitial) id = driver_->read(x_, next);
  executed(self, id);
  if (!directed_) x_.print(name_of((*graph_)[id].source));
  if (x_.watched_ && !next.queue && !next.ghost) {
    x_.strategy_->read(self.pending, name_of((*graph_)[id].source));
  }
  return id;
}

std::uint64_t GraphMachine::load(Thread& self, Cell& cell, std::memory_order order) {
  Lowered barriers;
  if (graph_->hardware()) barriers = lowered_load(graph_->model(), cell.size, order);
  const bool within = barrier_before(self, barriers.before);
  Event e = event(self, EventKind::read, order);
  e.within = within;
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  const EventId id = read_event(self, e);
  const EventId source = (*graph_)[id].source;
  self.iteration.push_back({std::bit_cast<const void*>(self.pending.site), &cell, source});
  const std::uint64_t bits = value_of(source, e.location);
  if (x_.options_.trace) x_.note(self, self.pending, bits, step_of(source));
  barrier_after(self, barriers.after, 1);
  return bits;
}

void GraphMachine::store(Thread& self, Cell& cell, std::uint64_t bits, std::memory_order order) {
  const std::uint32_t l = location(cell);
  Lowered barriers;
  if (graph_->hardware()) barriers = lowered_store(graph_->model(), cell.size, order);
  if (barriers.paired) {
    paired_store(self, cell, bits, order, barriers);
    return;
  }
  const bool within = barrier_before(self, barriers.before);
  EventId id = recorded(self, EventKind::write, l);
  if (id == kInitial) {
    Event e = event(self, EventKind::write, order);
    e.within = within;
    e.location = l;
    e.size = static_cast<std::uint8_t>(cell.size);
    e.value = bits;
    id = driver_->write(x_, e);
  } else if ((*graph_)[id].value != bits) {
    diverged(self.slot);
  }
  executed(self, id);
  if (x_.watched_) x_.strategy_->wrote(name_of(id), self.pending);
  if (x_.options_.trace) x_.note(self, self.pending, bits, 0);
  barrier_after(self, barriers.after, 0);
}

// A store that is a load-reserve and a store-conditional.
void GraphMachine::paired_store(Thread& self, Cell& cell, std::uint64_t bits,
                                std::memory_order order, const Lowered& barriers) {
  const bool within = barrier_before(self, barriers.before);
  Event e = event(self, EventKind::read, std::memory_order_relaxed);
  e.within = within;
  e.modify = Modify::store;
  e.locked = true;
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  e.operand = bits;
  e.fail_order = order;
  const Event read = (*graph_)[read_event(self, e)];
  exclusive_event(self, read, read.source, bits);
  if (x_.options_.trace) x_.note(self, self.pending, bits, 0);
  barrier_after(self, barriers.after, 2);
}

// The second half of a read-modify-write. Where the graph has only the first, nothing else may come
// between the two.
void GraphMachine::exclusive_event(Thread& self, const Event& read, EventId source,
                                   std::uint64_t value) {
  within(self);
  EventId id = recorded(self, EventKind::write, read.location);
  if (id == kInitial) {
    const Event e = write_of(graph_->model(), read, value);
    id = driver_->exclusive(x_, e, source);
  }
  executed(self, id);
  if (x_.watched_ && !read.queue && !read.ghost) x_.strategy_->wrote(name_of(id), self.pending);
}

std::uint64_t GraphMachine::modify(Thread& self, Cell& cell, Modify how, std::uint64_t operand,
                                   std::uint64_t expected, std::memory_order order,
                                   std::memory_order fail_order, bool& wrote) {
  const bool hardware = graph_->hardware();
  Event e = event(self, EventKind::read, order);
  e.modify = how;
  e.locked = true;
  e.location = location(cell);
  e.size = static_cast<std::uint8_t>(cell.size);
  e.operand = operand;
  e.expected = expected;
  e.fail_order = fail_order;
  if (hardware) {
    e.within = barrier_before(self, lowered_modify(graph_->model(), e, true).before);
  }
  const EventId id = read_event(self, e);
  Event write = (*graph_)[id];
  const Event& read = write;
  const std::uint64_t before = value_of(read.source, e.location);
  self.iteration.push_back({std::bit_cast<const void*>(self.pending.site), &cell, read.source});
  if (x_.options_.trace) x_.note(self, self.pending, before, step_of(read.source));
  wrote = succeeds(read, before);
  if (wrote) {
    const std::uint64_t after = modified(read, before);
    exclusive_event(self, write, write.source, after);
    if (x_.options_.trace) x_.note(self, self.pending, after, 0);
  }
  if (hardware) {
    barrier_after(self, lowered_modify(graph_->model(), write, wrote).after, wrote ? 2 : 1);
  }
  return before;
}

void GraphMachine::fence(Thread& self, std::memory_order order) {
  const GraphModel model = graph_->model();
  if (model == GraphModel::sc) return;
  if (model == GraphModel::tso && order != std::memory_order_seq_cst) return;
  EventId id = recorded(self, EventKind::fence, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::fence, order);
    if (graph_->hardware()) e.barrier = lowered_fence(model, order);
    id = graph_->add(e);
  }
  executed(self, id);
}

std::uint32_t GraphMachine::choose(Thread& self, std::uint32_t n) {
  EventId id = recorded(self, EventKind::choice, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::choice, std::memory_order_relaxed);
    e.expected = n;
    id = driver_->choice(x_, e);
  }
  executed(self, id);
  return static_cast<std::uint32_t>((*graph_)[id].value);
}

void GraphMachine::record_choice(Thread& self, std::uint32_t n, std::uint32_t value) {
  Event e = event(self, EventKind::choice, std::memory_order_relaxed);
  e.expected = n;
  e.value = value;
  executed(self, graph_->add(e));
}

void GraphMachine::watch() {
  if (ghosts_ && !watched_) {
    x_.fail(FailureKind::misuse, "a ghost was used before the invariant was stated",
            x_.threads_[x_.running_]->pending.site);
  }
  watched_ = true;
}

void GraphMachine::free(Thread& self) {
  EventId id = recorded(self, EventKind::free, kNoLocation);
  if (id == kInitial) id = graph_->add(event(self, EventKind::free, std::memory_order_relaxed));
  executed(self, id);
}

void GraphMachine::start(Thread& self, Thread& child) {
  EventId id = recorded(self, EventKind::start, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::start, std::memory_order_relaxed);
    e.operand = child.slot;
    if (x_.options_.symmetry) e.expected = elder_twin(self, child) + 1U;
    id = graph_->add(e);
    graph_->started(child.slot, id);
  } else if ((*graph_)[id].operand != child.slot) {
    diverged(self.slot);
  }
  executed(self, id);
  rescan_ = rescan_ || (child.slot < self.slot) != last_first_;
  graph_->copy_known(id, child.clock);
  child.clock[child.slot] = 1;
}

void GraphMachine::join(Thread& self, const Thread& child) {
  EventId id = recorded(self, EventKind::join, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::join, std::memory_order_relaxed);
    e.operand = child.slot;
    e.source = graph_->last(child.slot);
    id = graph_->add(e);
  }
  executed(self, id);
}

// A join, in one step, with every other thread as far as it has come.
EventId GraphMachine::quiesce(Thread& self) {
  if (!follows(self)) {
    bool first = true;
    for (const std::uint32_t slot : x_.live_) {
      if (slot == self.slot) continue;
      Event e = event(self, EventKind::join, std::memory_order_relaxed);
      e.operand = slot;
      e.source = graph_->last(slot);
      e.quiesce = true;
      e.within = !first;
      executed(self, graph_->add(e));
      first = false;
    }
    return graph_->last(self.slot);
  }
  const EventId first = recorded(self, EventKind::join, kNoLocation);
  EventId last = first;
  for (EventId id = first; (*graph_)[id].quiesce && (id == first || (*graph_)[id].within);) {
    if (id != first) within(self);
    executed(self, id);
    last = id;
    if (!follows(self)) break;
    id = graph_->at(self.slot, cursors_[self.slot]);
  }
  return last;
}

// -- ghosts --

std::uint64_t GraphMachine::ghost_value(EventId newest, std::uint32_t location) const {
  for (EventId w = newest; w != kInitial; w = graph_->older(w)) {
    if ((*graph_)[w].expected == location + 1) return (*graph_)[w].value;
  }
  return graph_->initial(location);
}

std::uint64_t GraphMachine::ghost_read(Thread& self, Cell& cell) {
  Event e = event(self, EventKind::read, std::memory_order_relaxed);
  e.ghost = true;
  e.location = ghost_location(cell);
  e.expected = cell.location;
  const EventId id = read_event(self, e);
  return ghost_value((*graph_)[id].source, cell.location - 1);
}

// Returns the value before. Every ghost write reads the one before it, so they are executed in
// their order, and the cells hold what the invariant may look at.
std::uint64_t GraphMachine::ghost_write(Thread& self, Cell& cell, Rmw kind, std::uint64_t operand) {
  Event e = event(self, EventKind::read, std::memory_order_relaxed);
  e.ghost = e.locked = true;
  e.modify = Modify::ghost;
  e.location = ghost_location(cell);
  e.expected = cell.location;
  const EventId source = (*graph_)[read_event(self, e)].source;
  const std::uint64_t before = ghost_value(source, cell.location - 1);
  const std::uint64_t after =
      truncated(kind == Rmw::add ? before + operand : operand, cell.size);
  exclusive_event(self, e, source, after);
  graph_->set_value(graph_->at(self.slot, cursors_[self.slot] - 1), after);
  cell.bits = after;
  return before;
}

// -- the end --

bool GraphMachine::up_to_date(const Thread& spinning) const {
  for (const SpinRead& seen : spinning.previous) {
    if (newest(*seen.cell).writer != seen.writer) return false;
  }
  return true;
}

}  // namespace tenterhook::checker
