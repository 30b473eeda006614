// Futexes, joins, signals, memory blocks, marks: what threads do beside reading and writing.
#include <algorithm>
#include <utility>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {

Execution::FutexQueue& Execution::queue(Cell& cell) {
  for (FutexQueue& q : queues_) {
    if (q.cell == &cell) return q;
  }
  queues_.push_back({&cell, {}});
  return queues_.back();
}

// The kernel's wait: a full fence, then under the queue's lock load, compare, enqueue: one step.
FutexAnswer Execution::futex_wait(Cell& cell, std::uint32_t expected, std::int64_t timeout_ns,
                                  std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op op{OpKind::futex_wait, {}, {}, {}, &cell, expected, 0, site};
  op.order = std::memory_order_seq_cst;
  access(cell, site);
  side_effect(self);
  point(self, op);
  access(cell, site);
  if (graphs_) return graph_wait(self, cell, timeout_ns, op);
  const MemoryModel::Seen seen = read(self, cell);
  reads(next_event(self), seen.writer);
  if (static_cast<std::uint32_t>(seen.bits) != expected) {
    if (options_.trace) note(self, op, seen.bits, seen.step, "again");
    return FutexAnswer::again;
  }
  if (options_.trace) note(self, op, seen.bits, seen.step, "sleeps");
  queue(cell).waiters.push_back(self.slot);
  self.timeout_ns = timeout_ns;
  self.state = ThreadState::blocked;
  dirty_ = true;
  schedule(self);
  const auto answer = static_cast<FutexAnswer>(self.futex_answer);
  if (options_.trace) {
    static const char* const kAnswers[] = {"woken", "again", "interrupted", "timed out"};
    note(self, self.pending, 0, 0, kAnswers[self.futex_answer]);
  }
  return answer;
}

std::uint64_t Execution::budget_key(const Thread& t) const {
  return graphs_ ? mix(site_of(t.pending), t.path_hash) : site_of(t.pending);
}

// Takes a waiter out of its queue; it is ready to return from its wait.
void Execution::dequeue(Thread& t, FutexAnswer answer) {
  auto& waiters = queue(*t.pending.cell).waiters;
  waiters.erase(std::find(waiters.begin(), waiters.end(), t.slot));
  t.state = ThreadState::ready;
  t.pending.kind = OpKind::resume;
  t.futex_answer = static_cast<std::uint8_t>(answer);
  dirty_ = true;
}

std::uint32_t Execution::futex_wake(Cell& cell, std::uint32_t count, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op op{OpKind::futex_wake, {}, {}, {}, &cell, count, 0, site};
  op.order = std::memory_order_seq_cst;
  const MutationKind mutation = mutate(op);
  side_effect(self);
  point(self, op);
  const std::uint64_t event = next_event(self);
  if (mutation == MutationKind::drop) return 0;
  if (graphs_) {
    const std::uint32_t count_woken = machine_.wake(self, cell, count);
    if (options_.trace) note(self, op, count_woken, 0);
    return count_woken;
  }
  std::uint32_t woken = 0;
  auto& waiters = queue(cell).waiters;
  while (woken < count && !waiters.empty()) {
    Thread& t = *threads_[waiters.front()];
    // the queue's lock orders what the waker did before what the woken does after
    clocks_.join(t.clock, self.clock);
    reads(mix(t.path_hash, t.events), event);
    dequeue(t, FutexAnswer::woken);
    ++woken;
  }
  if (woken != 0) self.clock[self.slot]++;
  if (options_.trace) note(self, op, woken, 0);
  return woken;
}

void Execution::join(std::uint32_t slot, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Thread& other = *threads_[slot];
  const Op op{OpKind::join, {}, {}, {}, nullptr, slot, 0, site};
  side_effect(self);
  if (other.state != ThreadState::finished) {
    self.state = ThreadState::joining;
    self.joins = slot;
    other.joined = true;
    dirty_ = true;
  }
  point(self, op);
  if (graphs_) {
    machine_.join(self, other);
  } else {
    clocks_.join(self.clock, other.clock);
  }
  if (options_.trace) note(self, op, 0, 0, other.name.c_str());
}

std::int64_t Execution::now() {
  Thread& self = *threads_[running_];
  return ++self.now_ns;
}

void Execution::on_signal(void (*handler)(void*), void* argument) {
  Thread& self = *threads_[running_];
  unsupported_ = unsupported_ || directed_;
  self.handler = handler;
  self.handler_argument = argument;
  self.signals_left = options_.budget.signals;
  dirty_ = true;
}

bool Execution::mask_signals(bool masked) {
  dirty_ = true;
  return std::exchange(threads_[running_]->masked, masked);
}

void Execution::always(bool (*holds)(void*), void* argument, const char* promise) {
  if (graphs_ && holds != nullptr) machine_.watch();
  invariant_ = holds;
  invariant_argument_ = argument;
  promise_ = promise;
}

// A predicate over ghosts changes only when a ghost is written.
void Execution::invariant() {
  if (invariant_ == nullptr) return;
  Thread& self = *threads_[running_];
  user_ = &self;
  const bool holds = invariant_(invariant_argument_);
  user_ = nullptr;
  if (!holds) fail(FailureKind::invariant, promise_, self.pending.site);
}

void Execution::mark(const char* name) {
  for (const char* known : mark_names_) {
    if (known == name) return;
  }
  Inside inside(*this, *threads_[running_]);
  mark_names_.push_back(name);
  if (std::find(marks_.begin(), marks_.end(), name) == marks_.end()) marks_.emplace_back(name);
}

void* Execution::user_allocate(std::size_t bytes) {
  if (user_ == nullptr) return nullptr;
  void* memory = arena_.allocate(user_->slot, bytes);
  if (memory == nullptr) {
    fail(FailureKind::misuse, "the thread allocates more than its 16 MiB", user_->pending.site);
  }
  return memory;
}

void* Execution::allocate_block(std::size_t bytes, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  void* block = arena_.allocate_block(self.slot, bytes, site);
  if (block == nullptr) {
    fail(FailureKind::misuse, "the thread allocates more than its 16 MiB", site);
  }
  return block;
}

void Execution::release(void* block, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  const std::size_t bytes = arena_.contains(block) ? Arena::block_size(block) : 0;
  const Op op{OpKind::release, {}, {}, {}, static_cast<Cell*>(block), 0, bytes, site};
  side_effect(self);
  point(self, op);
  if (graphs_) machine_.free(self);
  switch (arena_.release_block(block)) {
    case Arena::Released::yes:
      self.freed = static_cast<const char*>(block);
      self.freed_bytes = bytes;
      if (options_.trace) {
        note(self, op, 0, 0, address_name(reinterpret_cast<std::uintptr_t>(block)).c_str());
      }
      return;
    case Arena::Released::twice:
      fail(FailureKind::double_free,
           address_name(reinterpret_cast<std::uintptr_t>(block)) + " is released a second time",
           site);
    case Arena::Released::never_allocated:
      fail(FailureKind::misuse, "release of memory that create() did not give", site);
  }
}

// A compiler leaves out a plain store to an object that ends.
void Execution::died(Cell& cell) {
  if (exists() && current().user_ != nullptr) current().bury(*current().user_, cell);
  *const_cast<volatile std::uint32_t*>(&cell.tag) = Cell::kDead;
}

namespace {

// Is the thread's next step an access to its cell's memory? A wake takes the address alone.
bool will_access(const Thread& t) {
  switch (t.pending.kind) {
    case OpKind::load:
    case OpKind::store:
    case OpKind::rmw:
    case OpKind::cas:
    case OpKind::cas_weak:
    case OpKind::ghost_read:
    case OpKind::ghost_write:
      return t.state != ThreadState::finished;
    case OpKind::futex_wait:
      return t.state == ThreadState::ready;
    default:
      return false;
  }
}

}  // namespace

// The end of a cell that others can still reach is a step: it does not commute with what they do
// to it. The cells of a block end with the step that released it.
void Execution::bury(Thread& self, Cell& cell) {
  Inside inside(*this, self);
  const std::source_location site = self.pending.site;
  const auto others = [&](std::uint32_t slot) {
    return slot != self.slot && threads_[slot]->state != ThreadState::finished;
  };
  const auto* at = reinterpret_cast<const char*>(&cell);
  const bool freed = at >= self.freed && at < self.freed + self.freed_bytes;
  if (graphs_) {
    if (cell.kind == CellKind::plain) {
      check_unordered(cell, self, "destruction", site);
    } else if (const Thread* late = machine_.unordered(self, cell)) {
      fail(FailureKind::use_after_free,
           object_name(cell) + " is destroyed, and nothing orders an access by " + late->name +
               " before that",
           site);
    }
    machine_.bury(cell);
    return;
  }
  if (cell.kind == CellKind::plain) {
    check_unordered(cell, self, "destruction", site);
  } else if (!freed && std::any_of(live_.begin(), live_.end(), others)) {
    side_effect(self);
    point(self, Op{OpKind::release, {}, {}, {}, &cell, 0, sizeof(Cell), site});
    for (const std::uint32_t slot : live_) {
      const Thread& t = *threads_[slot];
      if (slot == self.slot || t.pending.cell != &cell || !will_access(t)) continue;
      fail(FailureKind::use_after_free,
           object_name(cell) + " is destroyed while " + t.name + " is about to access it", site);
    }
  }
  if (sc_) return;  // nothing is on its way
  // A store of its own to a cell that nobody will read comes to memory now: later, the cell's
  // place may be another's. Somebody else's would be an access after the end.
  for (const std::uint32_t slot : live_) {
    Thread& t = *threads_[slot];
    for (std::size_t i = t.flushed; i < t.buffer.size(); ++i) {
      if (t.buffer[i].cell != &cell) continue;
      if (slot != self.slot) {
        fail(FailureKind::use_after_free,
             object_name(cell) + " is destroyed while a store of " + t.name + " is on its way",
             site);
      }
      commit(cell, t.buffer[i]);
      t.buffer[i].cell = nullptr;
    }
  }
}

void Execution::label(const void* object, std::size_t bytes, const char* type,
                      std::int64_t number) {
  Inside inside(*this, *threads_[running_]);
  labels_.push_back({static_cast<const char*>(object), bytes, type, number});
}

// -- which steps commute --

// What the actor's step reads or writes. Ghosts are one location while an invariant watches them:
// it sees their joint value.
Execution::Effect Execution::effect(Actor actor) const {
  const Thread& t = *threads_[actor.thread];
  Effect e;
  switch (actor.kind) {
    case ActorKind::flush:
      return {t.buffer[t.flushed].cell, true, nullptr, 0};  // no cell: it died
    case ActorKind::timeout:
    case ActorKind::spurious:
      e.queue = t.pending.cell;
      return e;
    case ActorKind::interrupt:
      if (t.state == ThreadState::blocked) e.queue = t.pending.cell;
      return e;
    case ActorKind::run:
      break;
  }
  const Op& op = t.pending;
  switch (op.kind) {
    case OpKind::load:
      return {op.cell, false, nullptr, 0};
    case OpKind::store:
      if (model_->buffers(op)) return e;
      return {op.cell, true, nullptr, 0};
    case OpKind::rmw:
      return {op.cell, true, nullptr, 0};
    case OpKind::cas:
    case OpKind::cas_weak:
      return {op.cell, read(t, *op.cell).bits == op.expected, nullptr, 0};
    case OpKind::futex_wait: {
      // a word that changed sends it back without a look at the queue
      const bool queues = read(t, *op.cell).bits == op.operand;
      return {op.cell, false, queues ? op.cell : nullptr, 0};
    }
    case OpKind::futex_wake:
      e.queue = op.cell;
      return e;
    case OpKind::ghost_read:
      return {invariant_ != nullptr ? static_cast<const void*>(this) : op.cell, false, nullptr, 0};
    case OpKind::ghost_write:
      return {invariant_ != nullptr ? static_cast<const void*>(this) : op.cell, true, nullptr, 0};
    case OpKind::release:
      return {op.cell, true, nullptr, static_cast<std::size_t>(op.expected)};
    default:
      return e;
  }
}

bool Execution::independent(Actor a, Actor b) const {
  const auto ends_all = [this](Actor actor) {
    return actor.kind == ActorKind::run &&
           threads_[actor.thread]->pending.kind == OpKind::quiesce;
  };
  if (ends_all(a) || ends_all(b)) return false;
  if (a.thread == b.thread) {
    // a load or a buffered store of a thread and the flush of its oldest store commute
    const bool one_is_flush = (a.kind == ActorKind::flush) != (b.kind == ActorKind::flush);
    if (!one_is_flush) return false;
    const Actor other = a.kind == ActorKind::flush ? b : a;
    return other.kind == ActorKind::run;
  }
  // two at one place share a budget: the first may disable the second
  if (a.kind == b.kind && (a.kind == ActorKind::timeout || a.kind == ActorKind::spurious)) {
    return false;
  }
  const Effect x = effect(a), y = effect(b);
  if (x.queue != nullptr && x.queue == y.queue) return false;
  if (x.cell == nullptr || y.cell == nullptr || (!x.write && !y.write)) return true;
  if (x.range == 0 && y.range == 0) return x.cell != y.cell;
  const auto* p = static_cast<const char*>(x.cell);
  const auto* q = static_cast<const char*>(y.cell);
  const std::size_t x_bytes = x.range == 0 ? 1 : x.range, y_bytes = y.range == 0 ? 1 : y.range;
  return p + x_bytes <= q || q + y_bytes <= p;
}

bool Execution::invisible(Actor actor) const {
  if (actor.kind != ActorKind::run) return false;
  const Thread& t = *threads_[actor.thread];
  if (t.handler != nullptr && t.signals_left > 0 && !t.masked && !t.in_handler) return false;
  if (t.pending.kind == OpKind::quiesce) return false;
  const Effect e = effect(actor);
  return e.cell == nullptr && e.queue == nullptr;
}

}  // namespace tenterhook::checker
