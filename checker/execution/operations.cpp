// The hooked operations on memory.
#include <bit>
#include <cstring>
#include <utility>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {
namespace {

std::uint64_t truncate(const Cell& cell, std::uint64_t bits) {
  return cell.size >= 8 ? bits : bits & ((std::uint64_t{1} << (cell.size * 8)) - 1);
}

std::uint64_t apply(Rmw kind, std::uint64_t before, std::uint64_t operand) {
  switch (kind) {
    case Rmw::exchange: return operand;
    case Rmw::add: return before + operand;
    case Rmw::bit_or: return before | operand;
    case Rmw::bit_and: return before & operand;
  }
  return operand;
}

// Salts: what an edge of the graph is.
constexpr std::uint64_t kReadsFrom = 0x72660001;
constexpr std::uint64_t kCoherence = 0x636f0002;
constexpr std::uint64_t kChoice = 0x63680003;

}  // namespace

void Execution::graph_edge(std::uint64_t event, std::uint64_t writer) {
  graph_.low += mix(event, writer ^ kReadsFrom);
  graph_.high += mix(writer + kReadsFrom, event);
}

void Execution::commit(Cell& cell, const BufferedStore& store) {
  if (options_.graphs) {
    graph_.low += mix(store.event, cell.writer ^ kCoherence);
    graph_.high += mix(cell.writer + kCoherence, store.event);
  }
  if (options_.reach) changes(cell, store.bits);
  cell.bits = store.bits;
  cell.writer = store.event;
  cell.writer_step = store.step;
  cell.clock = store.clock;
  spun_ = 0;
  if (awaiting_ != 0 && !directed_) wake_awaiting(cell);
}

void Execution::born(Cell& cell) {
  if (user_ == nullptr) return;
  if (cell.kind == CellKind::plain) {
    cell.write_thread = user_->slot;
    cell.write_time = user_->clock[user_->slot];
  }
}

void Execution::bad_access(Cell& cell, std::source_location site) {
  // Whatever ran on a stack since may have left anything there, a dead cell's tag alone too.
  std::string message = stack_with(&cell);
  if (!message.empty()) {
    threads_[running_]->pending.cell = nullptr;
    message = "access to " + message + ", where there is no cell any more";
    fail(FailureKind::use_after_free, std::move(message), site);  // which does not return
  }
  if (cell.tag == Cell::kDead) {
    fail(FailureKind::use_after_free, "access to " + object_name(cell) + ", which was destroyed",
         site);
  }
  fail(FailureKind::misuse, "access to memory that holds no cell", site);
}

std::uint64_t Execution::execute_load(Thread& self, Cell& cell) {
  if (graphs_) return machine_.load(self, cell, self.pending.order);
  const MemoryModel::Seen seen = read(self, cell);
  reads(next_event(self), seen.writer);
  if (watched_) strategy_->read(self.pending, seen.writer);
  acquired(self, seen.clock);
  self.iteration.push_back({std::bit_cast<const void*>(self.pending.site), &cell, seen.writer});
  if (options_.trace) note(self, self.pending, seen.bits, seen.step);
  return seen.bits;
}

void Execution::execute_store(Thread& self, Cell& cell, std::uint64_t bits,
                              std::memory_order order) {
  if (graphs_) {
    machine_.store(self, cell, truncate(cell, bits), order);
    if (awaiting_ != 0 && !directed_) wake_awaiting(cell);
    return;
  }
  const BufferedStore store{&cell, truncate(cell, bits), next_event(self),
                            static_cast<std::uint32_t>(steps_), clocks_.copy(self.clock)};
  if (watched_) strategy_->wrote(store.event, self.pending);
  self.clock[self.slot]++;
  if (options_.trace) note(self, self.pending, store.bits, 0);
  if (sc_) {
    commit(cell, store);
  } else {
    model_->write(*this, self, store, order);
  }
}

std::uint64_t Execution::load(Cell& cell, std::memory_order order, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op& op = publish(self, OpKind::load, &cell, order, site);
  mutate(op);
  access(cell, site);
  spin_read(self, cell, site);
  point(self, op);
  access(cell, site);
  const std::uint64_t bits = execute_load(self, cell);
  execute_deferred(self);
  return bits;
}

void Execution::store(Cell& cell, std::uint64_t bits, std::memory_order order,
                      std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op& op = publish(self, OpKind::store, &cell, order, site, bits);
  const MutationKind mutation = mutate(op);
  access(cell, site);
  side_effect(self);
  if (mutation == MutationKind::drop) return;
  if (mutation == MutationKind::swap && self.deferred.kind == OpKind::none) {
    self.deferred = op;
    return;
  }
  point(self, op);
  access(cell, site);
  execute_store(self, cell, bits, op.order);
  execute_deferred(self);
}

std::uint64_t Execution::rmw(Cell& cell, Rmw kind, std::uint64_t operand, std::memory_order order,
                             std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op& op = publish(self, OpKind::rmw, &cell, order, site, operand);
  op.rmw = kind;
  const MutationKind mutation = mutate(op);
  access(cell, site);
  side_effect(self);
  point(self, op);
  access(cell, site);
  if (mutation == MutationKind::split) {
    const std::uint64_t before = execute_load(self, cell);
    op.kind = OpKind::store;
    op.operand = apply(kind, before, operand);
    point(self, op);
    execute_store(self, cell, op.operand, op.order);
    return before;
  }
  if (graphs_) {
    static constexpr Modify kHow[] = {Modify::exchange, Modify::add, Modify::bit_or,
                                      Modify::bit_and};
    bool wrote = false;
    const std::uint64_t before = machine_.modify(self, cell, kHow[static_cast<unsigned>(kind)],
                                                 operand, 0, op.order, op.order, wrote);
    self.iteration.clear();
    if (awaiting_ != 0 && !directed_) wake_awaiting(cell);
    execute_deferred(self);
    return before;
  }
  const std::uint64_t before = execute_load(self, cell);
  self.iteration.clear();
  execute_store(self, cell, apply(kind, before, operand), std::memory_order_seq_cst);
  execute_deferred(self);
  return before;
}

bool Execution::cas(Cell& cell, std::uint64_t& expected, std::uint64_t desired, bool weak,
                    std::memory_order success, std::memory_order failure,
                    std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op& op = publish(self, weak ? OpKind::cas_weak : OpKind::cas, &cell, success, site, desired,
                   expected);
  op.fail_order = failure;
  const MutationKind mutation = mutate(op);
  access(cell, site);
  spin_read(self, cell, site);
  point(self, op);
  access(cell, site);
  // on a graph, what the thread itself has done is all that may count
  const bool fails_first = mutation == MutationKind::fail_once &&
                           used(budget_key(self), ActorKind::interrupt) == 0;
  if (graphs_ && mutation != MutationKind::split && !fails_first) {
    return graph_cas(self, cell, expected, desired, op);
  }
  const std::uint64_t saw = execute_load(self, cell);
  bool equal = saw == expected;
  if (fails_first && equal) {
    use(budget_key(self), ActorKind::interrupt);
    equal = false;
  }
  if (weak && equal && !graphs_ && used(site_of(op), ActorKind::run) < options_.budget.weak_cas &&
      choose_inside(self, 2, ChoiceKind::weak_cas) == 1) {
    use(site_of(op), ActorKind::run);
    equal = false;
  }
  if (!equal) {
    expected = saw;
    if (options_.reach) tried(site, false);
    execute_deferred(self);
    return false;
  }
  if (options_.reach) tried(site, true);
  side_effect(self);
  if (mutation == MutationKind::split) {
    op.kind = OpKind::store;
    point(self, op);
  }
  execute_store(self, cell, desired, graphs_ ? op.order : std::memory_order_seq_cst);
  execute_deferred(self);
  return true;
}

bool Execution::graph_cas(Thread& self, Cell& cell, std::uint64_t& expected,
                          std::uint64_t desired, const Op& op) {
  const bool weak = op.kind == OpKind::cas_weak && options_.budget.weak_cas != 0;
  const std::uint64_t key = weak ? budget_key(self) : 0;
  const bool may_fail = weak && used(key, ActorKind::run) < options_.budget.weak_cas;
  bool wrote = false;
  const std::uint64_t saw =
      machine_.modify(self, cell, may_fail ? Modify::cas_weak : Modify::cas, desired, expected,
                      op.order, op.fail_order, wrote);
  if (weak && !wrote && saw == expected) use(key, ActorKind::run);
  if (wrote) {
    side_effect(self);
    if (awaiting_ != 0 && !directed_) wake_awaiting(cell);
  } else {
    expected = saw;
  }
  if (options_.reach) tried(op.site, wrote);
  execute_deferred(self);
  return wrote;
}

void Execution::fence(std::memory_order order, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op& op = publish(self, OpKind::fence, nullptr, order, site);
  if (mutate(op) == MutationKind::drop) return;
  point(self, op);
  if (graphs_) machine_.fence(self, op.order);
  if (options_.trace) note(self, op, 0, 0);
}

std::uint64_t Execution::plain_read(Cell& cell, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  access(cell, site);
  reads_plain(self, cell, "read", site);
  if (!cell.initialised) {
    fail(FailureKind::uninitialised, object_name(cell) + " is read before it is written", site);
  }
  return cell.bits;
}

void Execution::reads_plain(Thread& self, Cell& cell, const char* what,
                            std::source_location site) {
  const std::uint32_t time = self.clock[self.slot];
  if (cell.write_time > self.clock[cell.write_thread]) {
    report_race(cell, what, site, "write", *threads_[cell.write_thread], cell.write_site);
  }
  if (cell.clock != nullptr) {
    const_cast<std::uint32_t*>(cell.clock)[self.slot] = time;
    cell.read_thread = self.slot;  // whose read_site is
  } else if (cell.read_time == 0 || cell.read_thread == self.slot ||
             cell.read_time <= self.clock[cell.read_thread]) {
    cell.read_thread = self.slot;
    cell.read_time = time;
  } else {
    std::uint32_t* readers = clocks_.fresh();
    readers[cell.read_thread] = cell.read_time;
    readers[self.slot] = time;
    cell.clock = readers;
    cell.read_thread = self.slot;
  }
  cell.read_site = site;
}

void Execution::plain_write(Cell& cell, std::uint64_t bits, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  access(cell, site);
  side_effect(self);
  check_unordered(cell, self, "write", site);
  Op op{OpKind::store, {}, std::memory_order_relaxed, {}, &cell, bits, 0, site};
  if (mutate(op) == MutationKind::drop) return;
  wrote_plain(self, cell, site);
  cell.bits = truncate(cell, bits);
}

void Execution::wrote_plain(const Thread& self, Cell& cell, std::source_location site) {
  cell.write_thread = self.slot;
  cell.write_time = self.clock[self.slot];
  cell.read_time = 0;
  cell.clock = nullptr;
  cell.initialised = true;
  cell.write_site = site;
}

// A write, or the destruction, of a plain cell: everything before must be ordered before it.
void Execution::check_unordered(const Cell& cell, const Thread& self, const char* what,
                                std::source_location site) {
  if (cell.write_time > self.clock[cell.write_thread]) {
    report_race(cell, what, site, "write", *threads_[cell.write_thread], cell.write_site);
  }
  if (cell.clock != nullptr) {
    const auto look = [&](std::uint32_t reader, std::source_location where) {
      if (cell.clock[reader] <= self.clock[reader]) return;
      report_race(cell, what, site, "read", *threads_[reader], where);
    };
    look(cell.read_thread, cell.read_site);  // of the others nobody knows where
    for (std::uint32_t i = 0; i < clocks_.width(); ++i) look(i, {});
  } else if (cell.read_time > self.clock[cell.read_thread]) {
    report_race(cell, what, site, "read", *threads_[cell.read_thread], cell.read_site);
  }
}

void Execution::report_race(const Cell& cell, const char* what, std::source_location site,
                            const char* other, const Thread& with,
                            std::source_location other_site) {
  const bool token = cell.size == 0;  // of a stack: written by who leaves it, read by who enters
  if (token) other = std::string_view(other) == "read" ? "entering" : "leaving";
  std::string message = std::string(what) + " of " + object_name(cell) + " with the " + other +
                        " by " + with.name +
                        (other_site.line() == 0 ? "" : " at " + site_text(other_site)) +
                        ": neither happens before the other";
  fail(FailureKind::race, std::move(message), site);
}

std::uint64_t Execution::ghost_read(Cell& cell, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  access(cell, site);
  const Op op{OpKind::ghost_read, {}, {}, {}, &cell, 0, 0, site};
  point(self, op);
  if (graphs_) {
    const std::uint64_t bits = machine_.ghost_read(self, cell);
    if (options_.trace) note(self, op, bits, 0);
    return bits;
  }
  reads(next_event(self), cell.writer);
  if (options_.trace) note(self, op, cell.bits, cell.writer_step);
  return cell.bits;
}

void Execution::ghost_write(Cell& cell, Rmw kind, std::uint64_t operand, std::uint64_t& before,
                            std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  access(cell, site);
  side_effect(self);
  const Op op{OpKind::ghost_write, kind, {}, {}, &cell, operand, 0, site};
  point(self, op);
  if (graphs_) {
    before = machine_.ghost_write(self, cell, kind, operand);
    if (options_.trace) note(self, op, cell.bits, 0);
    invariant();
    return;
  }
  before = cell.bits;
  const std::uint64_t event = next_event(self);
  if (kind != Rmw::exchange) reads(event, cell.writer);
  const BufferedStore store{&cell, truncate(cell, apply(kind, before, operand)), event,
                            static_cast<std::uint32_t>(steps_), nullptr};
  if (options_.trace) note(self, op, store.bits, 0);
  commit(cell, store);
  invariant();
}

std::uint32_t Execution::choose(std::uint32_t n, ChoiceKind kind, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  if (n < 2) return 0;
  if (directed_) {
    self.chose = true;
    machine_.arrive(self);
    return machine_.choose(self, n);
  }
  // a schedule keeps a choice with the step it follows
  if (steps_ == 0) point(self, Op{OpKind::yield, {}, {}, {}, nullptr, 0, 0, site});
  if (graphs_) return machine_.choose(self, n);
  return choose_inside(self, n, kind);
}

std::uint32_t Execution::choose_inside(Thread& self, std::uint32_t n, ChoiceKind kind) {
  const std::uint32_t value = strategy_->choose(*this, n, kind);
  decisions_.push_back(value);
  if (options_.trace && !trace_.empty()) trace_.back().choices.push_back(value);
  const std::uint64_t event = next_event(self);
  print(value);
  graph_.low += mix(event, value ^ kChoice);
  graph_.high += mix(value + kChoice, event);
  return value;
}

// -- spin loops --

void Execution::side_effect(Thread& self) {
  self.iteration.clear();
  self.previous.clear();
  self.repeats = 0;
  self.fruitless = 0;
  self.chose = false;
}

// A read where the running iteration began closes it: a loop without a yield.
void Execution::spin_read(Thread& self, const Cell& cell, std::source_location site) {
  constexpr std::size_t kLongest = 256;  // reads of an iteration; longer ones are not watched
  // more than any counted loop over one cell in runtime/; a graph has other ways to go on
  const unsigned kRepeats = directed_ ? 40 : 6;
  if (self.iteration.empty()) return;
  const SpinRead& first = self.iteration.front();
  if (first.cell == &cell && first.site == std::bit_cast<const void*>(site)) {
    end_iteration(self, kRepeats, false);
  } else if (self.iteration.size() >= kLongest) {
    side_effect(self);
  }
}

// The thread is about to go round a loop again. If it did so `limit` times with equal reads, and
// what it read is still there, going round once more changes nothing.
void Execution::end_iteration(Thread& self, unsigned limit, bool yields) {
  const bool equal = !self.iteration.empty() && self.iteration == self.previous;
  self.repeats = equal ? self.repeats + 1 : 0;
  self.previous.swap(self.iteration);
  self.iteration.clear();
  if (directed_) {
    // Whatever a loop's round without an effect has seen, what follows could have followed without
    // it: a few rounds are enough, and the last one reads something else in other graphs.
    constexpr unsigned kRounds = 3;  // more than any counted loop of yields in runtime/
    if (yields) self.fruitless++;
    if ((self.repeats < limit && self.fruitless < kRounds) || machine_.follows(self)) return;
    self.state = ThreadState::awaiting;
    awaiting_++;
    machine_.give_way(self);
    return;
  }
  if (self.repeats < limit || self.starter != nullptr) return;
  for (const SpinRead& seen : self.previous) {
    if (read(self, *seen.cell).writer != seen.writer) return;
  }
  self.state = ThreadState::awaiting;
  awaiting_++;
  dirty_ = true;
}

void Execution::wake_awaiting(const Cell& cell) {
  for (const std::uint32_t slot : live_) {
    Thread& t = *threads_[slot];
    if (t.state != ThreadState::awaiting) continue;
    for (const SpinRead& read : t.previous) {
      if (read.cell != &cell) continue;
      t.state = ThreadState::ready;
      t.repeats = 0;
      awaiting_--;
      dirty_ = true;
      break;
    }
  }
}

void Execution::yield(std::int64_t sleep_ns, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  // more than any counted loop of yields in runtime/ (config::active_spin, passive_spin)
  constexpr unsigned kRepeats = 2;
  self.now_ns += sleep_ns;
  end_iteration(self, kRepeats, true);
  if (directed_) return;
  strategy_->yielded(self.slot);
  const Op op{OpKind::yield, {}, {}, {}, nullptr, 0, 0, site};
  point(self, op);
  if (options_.trace) note(self, op, 0, 0);
}

}  // namespace tenterhook::checker
