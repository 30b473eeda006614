// Futexes on an execution graph. A futex's queue is a location of its own, on which waits and wakes
// are read-modify-writes, as the kernel's lock of the queue makes them: each reads from the one
// before it, so they stand in one order, and what the queue holds follows from that order.
//
//   wait    fence; read of the word; if it is as expected, read of the queue, the same read of the
//           word again (graph/futex.hpp), write of the queue: the thread is in it. Then a choice if
//           the wait may end by itself, and `resume`, which reads from the wake; or a read and a
//           write of the queue that take it out.
//   wake    fence; read and write of the queue: the first waiters leave it.
#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"
#include "checker/execution/inside.hpp"
#include "checker/graph/futex.hpp"

namespace tenterhook::checker {
namespace {

Event queue_event(Event e, Modify how, std::uint32_t location, std::uint64_t count) {
  e.modify = how;
  e.locked = e.queue = true;
  e.location = location;
  e.operand = count;
  return e;
}

}  // namespace

// Who waits, first come first, once the queue's newest operation is `newest`.
std::vector<std::uint32_t>& GraphMachine::waiters(EventId newest, std::uint32_t location) const {
  static thread_local std::vector<std::uint32_t> queue;
  queue.clear();
  if (newest == kInitial) return queue;
  const auto leave = [&](std::uint32_t slot) {
    const auto at = std::find(queue.begin(), queue.end(), slot);
    if (at != queue.end()) queue.erase(at);
  };
  const auto ended_before = [&](std::uint32_t slot, EventId event) {
    const Thread& t = *x_.threads_[slot];
    return t.ended && graph_->precedes(t.ended_by, event);
  };
  for (EventId w = graph_->oldest(location); w != kInitial; w = graph_->newer(location, w)) {
    const Event& e = (*graph_)[w];
    std::erase_if(queue, [&](std::uint32_t slot) { return ended_before(slot, w); });
    if (e.modify == Modify::enqueue) queue.push_back(e.thread);
    if (e.modify == Modify::remove) leave(e.thread);
    if (e.modify == Modify::wake) {
      const std::size_t woken = std::min<std::size_t>(e.operand, queue.size());
      queue.erase(queue.begin(), queue.begin() + static_cast<std::ptrdiff_t>(woken));
    }
    if (w == newest) break;
  }
  std::erase_if(queue, [&](std::uint32_t slot) { return x_.threads_[slot]->ended; });
  return queue;
}

std::uint64_t GraphMachine::look(Thread& self, Cell& word, std::uint32_t expected) {
  fence(self, std::memory_order_seq_cst);
  arrive(self);
  Event e = event(self, EventKind::read, std::memory_order_relaxed);
  e.silent = true;
  e.within = fenced();
  e.location = location(word);
  e.size = static_cast<std::uint8_t>(word.size);
  if (!directed_) {
    e.expected = expected;
    e.operand = queue_location(word);
  }
  return value_of((*graph_)[read_event(self, e)].source, e.location);
}

// The wait's read of the queue, which the thread does next.
Event GraphMachine::lock_event(std::uint32_t thread, std::uint32_t queue) {
  Event e;
  e.thread = static_cast<std::uint16_t>(thread);
  e.order = std::memory_order_acq_rel;
  e.within = true;
  return queue_event(e, Modify::enqueue, queue, 0);
}

bool GraphMachine::enqueue(Thread& self, Cell& word) {
  within(self);
  const Event e = lock_event(self.slot, queue_location(word));
  const EventId lock = read_event(self, e);
  within(self);
  EventId again = recorded(self, EventKind::read, location(word));
  if (again == kInitial) again = look_again(*graph_, lock);
  if (again == kInitial) return false;
  executed(self, again);
  self.woken_by = kInitial;
  exclusive_event(self, e, (*graph_)[lock].source, 0);
  return true;
}

std::uint32_t GraphMachine::wake(Thread& self, Cell& word, std::uint32_t count) {
  fence(self, std::memory_order_seq_cst);
  arrive(self);
  Event e = queue_event(event(self, EventKind::read, std::memory_order_acq_rel), Modify::wake,
                        queue_location(word), count);
  e.within = fenced();
  const EventId source = (*graph_)[read_event(self, e)].source;
  exclusive_event(self, e, source, 0);
  const EventId own = graph_->at(self.slot, cursors_[self.slot] - 1);
  const std::vector<std::uint32_t>& queue = waiters(source, e.location);
  const auto woken = static_cast<std::uint32_t>(std::min<std::size_t>(count, queue.size()));
  for (std::uint32_t i = 0; i < woken; ++i) {
    Thread& t = *x_.threads_[queue[i]];
    t.woken_by = own;
    rescan_ = true;
    if (t.state != ThreadState::blocked) continue;  // it timed out, and is in the queue still
    if (directed_) t.state = ThreadState::ready;
    else x_.dequeue(t, FutexAnswer::woken);
  }
  return woken;
}

// false: somebody has woken it; then it did not time out, and this is not an execution.
bool GraphMachine::remove(Thread& self, Cell& word) {
  const Event e = queue_event(event(self, EventKind::read, std::memory_order_acq_rel),
                              Modify::remove, queue_location(word), 0);
  const EventId source = (*graph_)[read_event(self, e)].source;
  const std::vector<std::uint32_t>& queue = waiters(source, e.location);
  if (std::find(queue.begin(), queue.end(), self.slot) == queue.end()) return false;
  exclusive_event(self, e, source, 0);
  return true;
}

void GraphMachine::resume(Thread& self) {
  EventId id = recorded(self, EventKind::resume, kNoLocation);
  if (id == kInitial) {
    Event e = event(self, EventKind::resume, std::memory_order_relaxed);
    e.source = self.woken_by;
    id = graph_->add(e);
  }
  executed(self, id);
}

// How the wait ends, where nobody wakes it, is a choice that stands behind it
// in the graph: directed it is made at once, stepwise when it has ended.
FutexAnswer Execution::graph_wait(Thread& self, Cell& cell, std::int64_t timeout_ns,
                                  const Op& op) {
  const std::uint64_t word = machine_.look(self, cell, static_cast<std::uint32_t>(op.operand));
  if (static_cast<std::uint32_t>(word) != op.operand) {
    if (options_.trace) note(self, op, word, 0, "again");
    return FutexAnswer::again;
  }
  if (options_.trace) note(self, op, word, 0, "sleeps");
  if (!machine_.enqueue(self, cell)) block();
  const bool any = options_.budget.timeouts != 0 || options_.budget.spurious != 0;
  const std::uint64_t key = any ? budget_key(self) : 0;
  const bool late = timeout_ns >= 0 && used(key, ActorKind::timeout) < options_.budget.timeouts;
  const bool spurious = used(key, ActorKind::spurious) < options_.budget.spurious;
  const std::uint32_t ways = 1U + (late ? 1 : 0) + (spurious ? 1 : 0);
  self.timeout_ns = timeout_ns;
  std::uint32_t way = 0;
  if (directed_) {
    if (ways > 1) {
      machine_.arrive(self);
      way = machine_.choose(self, ways);
    }
    if (way == 0 && self.woken_by == kInitial) {
      self.state = ThreadState::blocked;
      machine_.give_way(self);
    }
    if (way != 0) use(key, late && way == 1 ? ActorKind::timeout : ActorKind::spurious);
  } else {
    queue(cell).waiters.push_back(self.slot);
    self.state = ThreadState::blocked;
    dirty_ = true;
    schedule(self);
    const auto answer = static_cast<FutexAnswer>(self.futex_answer);
    if (self.woken_by == kInitial) way = late && answer == FutexAnswer::timed_out ? 1 : ways - 1;
    if (ways > 1) machine_.record_choice(self, ways, way);
  }
  if (way == 0) {
    machine_.arrive(self);
    machine_.resume(self);
    if (options_.trace) note(self, self.pending, 0, 0, "woken");
    return FutexAnswer::woken;
  }
  machine_.arrive(self);
  if (!machine_.remove(self, cell)) block();
  const bool timed_out = late && way == 1;
  if (directed_ && timed_out) self.now_ns += timeout_ns;
  if (options_.trace) note(self, self.pending, 0, 0, timed_out ? "timed out" : "woken");
  return timed_out ? FutexAnswer::timed_out : FutexAnswer::woken;
}

}  // namespace tenterhook::checker
