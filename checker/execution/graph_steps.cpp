#include "checker/execution/graph_steps.hpp"

#include "checker/execution/execution.hpp"
#include "checker/execution/lowered.hpp"
#include "checker/graph/futex.hpp"

namespace tenterhook::checker {
namespace {

// On hardware the write of a read-modify-write may be forbidden where its read is allowed.
bool writable(Graph& graph, EventId read) {
  const Event e = graph[read];
  const std::uint64_t seen = graph.value_read(read);
  if (!graph.hardware() || !succeeds(e, seen)) return true;
  const Event next = write_of(graph.model(), e, modified(e, seen));
  const EventId write = graph.add_write(next, e.source);
  const bool allowed = graph.consistent(write);
  graph.truncate(write);
  return allowed;
}

// Where a wait's look finds what it waits for, it must find that again behind the queue's newest
// operation.
bool sleeps(Graph& graph, EventId look) {
  const Event e = graph[look];
  if (!e.silent || graph.value_read(look) != e.expected) return true;
  const auto queue = static_cast<std::uint32_t>(e.operand);
  const EventId lock =
      graph.add_read(GraphMachine::lock_event(e.thread, queue), graph.newest(queue));
  const bool same = look_again(graph, lock) != kInitial;
  graph.truncate(lock);
  return same;
}

}  // namespace

// The one that was chosen if the graph stays consistent, else the next newer one that does: the
// newest always does.
EventId StepDriver::read(Execution& x, const Event& next) {
  Graph& graph = x.step_graph();
  const EventId newest = graph.newest(next.location);
  // a queue and the ghosts are what they are in the order of the steps
  if (next.queue || next.ghost || x.fair()) return graph.add_read(next, newest);
  const std::uint32_t least = graph.least_rank(next);
  options_.clear();
  for (EventId w = newest;; w = graph.older(w)) {
    const std::uint64_t seen =
        w == kInitial ? graph.initial(next.location) : graph[w].value;
    const bool writes = succeeds(next, seen);
    if (!writes || graph.splittable(next.location, w)) options_.push_back({w, false});
    if (writes && next.modify == Modify::cas_weak) options_.push_back({w, true});
    if (w == kInitial || graph.rank(w) <= least) break;
  }
  const auto n = static_cast<std::uint32_t>(options_.size());
  std::uint32_t chosen = n < 2 ? 0 : x.choose_step(n, ChoiceKind::reads_from);
  for (;; --chosen) {
    Event event = next;
    event.spurious = options_[chosen].spurious;
    const EventId id = graph.add_read(event, options_[chosen].source);
    if (options_[chosen].source == newest) return id;
    if (graph.consistent(id) && writable(graph, id) && sleeps(graph, id)) return id;
    graph.truncate(id);
  }
}

EventId StepDriver::write(Execution& x, const Event& next) {
  Graph& graph = x.step_graph();
  const EventId newest = graph.newest(next.location);
  if (x.fair()) return graph.add_write(next, newest);
  const std::uint32_t least = graph.least_rank(next);
  options_.clear();
  for (EventId w = newest;; w = graph.older(w)) {
    if (graph.splittable(next.location, w)) options_.push_back({w, false});
    if (w == kInitial || graph.rank(w) <= least) break;
  }
  const auto n = static_cast<std::uint32_t>(options_.size());
  std::uint32_t chosen = n < 2 ? 0 : x.choose_step(n, ChoiceKind::coherence);
  const EventId id = graph.add_write(next, options_[chosen].source);
  while (chosen > 0 && !graph.consistent(id)) graph.move(id, options_[--chosen].source);
  return id;
}

EventId StepDriver::exclusive(Execution& x, const Event& next, EventId after) {
  return x.step_graph().add_write(next, after);
}

EventId StepDriver::choice(Execution& x, const Event& next) {
  Event e = next;
  e.value = x.choose_step(static_cast<std::uint32_t>(next.expected), ChoiceKind::random);
  return x.step_graph().add(e);
}

}  // namespace tenterhook::checker
