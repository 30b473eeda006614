#include "checker/explore/graph_replay.hpp"

#include <algorithm>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
GraphReplay::GraphReplay(const Graph& graph, const std::vector<EventId>& order, std::uint32_t last)
    : graph_(graph), last_(last) {
  plan(order);
}

// Has everything been executed that the event needs? On queues and ghosts, whose reads see the
// newest write, also the reads of what it overwrites.
bool GraphReplay::ready(EventId event, const std::vector<std::uint32_t>& done) const {
  const Event& e = graph_[event];
  const auto executed = [&](EventId id) {
    return id >= kPending || done[graph_[id].thread] > graph_[id].index ||
           (graph_[id].thread == e.thread && graph_[id].index < e.index);
  };
  if (e.kind != EventKind::write) return executed(e.source);
  if (!e.queue && !e.ghost) return true;
  for (EventId r = graph_.readers(e.location, e.co_prev); r != kInitial;
       r = graph_[r].next_reader) {
    if (!executed(r)) return false;
  }
  return true;
}

// A linear order of steps, as near to the order of execution as can be.
void GraphReplay::plan(const std::vector<EventId>& order) {
  std::vector<std::uint32_t> done(graph_.threads(), 0);
  std::vector<EventId> left = order;
  while (!left.empty()) {
    std::size_t found = left.size();
    for (std::size_t i = 0; i < left.size() && found == left.size(); ++i) {
      const Event& first = graph_[left[i]];
      if (first.index != done[first.thread]) continue;
      bool whole = true;
      for (std::uint32_t k = first.index; k < graph_.length(first.thread); ++k) {
        const EventId id = graph_.at(first.thread, k);
        if (k != first.index && !graph_[id].within) break;
        whole = whole && ready(id, done);
      }
      if (whole) found = i;
    }
    if (found == left.size()) found = 0;  // no order: the replay will show it
    const EventId id = left[found];
    done[graph_[id].thread] = graph_[id].index + 1;
    plan_.push_back(id);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(found));
    // the rest of its step
    for (;;) {
      const Event& e = graph_[plan_.back()];
      if (e.index + 1 >= graph_.length(e.thread)) break;
      const EventId next = graph_.at(e.thread, e.index + 1);
      const auto at = std::find(left.begin(), left.end(), next);
      if (at == left.end() || !graph_[next].within) break;
      done[e.thread] = graph_[next].index + 1;
      plan_.push_back(next);
      left.erase(at);
    }
  }
}

Actor GraphReplay::pick(Execution& x, std::span<const Actor> enabled) {
  const Graph& own = x.step_graph();
  for (; at_ < plan_.size(); ++at_) {
    const Event& e = graph_[plan_[at_]];
    if (own.length(e.thread) > e.index) continue;
    // that nothing but a wake ends a wait is told when it has ended
    const bool waits = x.thread(e.thread).state == ThreadState::blocked;
    if (!waits || e.kind != EventKind::choice || e.value != 0) break;
  }
  const auto find = [&](std::uint32_t slot, ActorKind kind) {
    const Actor wanted{static_cast<std::uint16_t>(slot), kind};
    return std::find(enabled.begin(), enabled.end(), wanted);
  };
  if (at_ == plan_.size()) {
    const auto last = find(last_, ActorKind::run);
    return last == enabled.end() ? enabled[0] : *last;
  }
  const Event& e = graph_[plan_[at_]];
  auto found = find(e.thread, ActorKind::run);
  if (found == enabled.end() && e.kind == EventKind::choice) {  // its wait ends
    if (e.value == 1) found = find(e.thread, ActorKind::timeout);
    if (found == enabled.end()) found = find(e.thread, ActorKind::spurious);
  }
  if (found != enabled.end()) return *found;
  if (!e.quiesce) return enabled[0];
  // others go on until they are known to be stuck; of the environment nothing is wanted
  const auto goes_on = std::find_if(enabled.begin(), enabled.end(), [](Actor a) {
    return a.kind == ActorKind::run || a.kind == ActorKind::flush;
  });
  return goes_on == enabled.end() ? enabled[0] : *goes_on;
}

std::uint32_t GraphReplay::choose(Execution& x, std::uint32_t n, ChoiceKind kind) {
  const Graph& own = x.step_graph();
  const std::uint32_t slot = x.running();
  const std::uint32_t index = own.length(slot);
  if (index >= graph_.length(slot)) return 0;
  const Event& e = graph_[graph_.at(slot, index)];
  if (kind != ChoiceKind::reads_from && kind != ChoiceKind::coherence) {
    return e.value < n ? static_cast<std::uint32_t>(e.value) : 0;
  }
  const auto executed = [&](EventId id) {
    return id == kInitial || own.length(graph_[id].thread) > graph_[id].index;
  };
  EventId wanted = kind == ChoiceKind::coherence ? e.co_prev : e.source;
  while (kind == ChoiceKind::coherence && !executed(wanted)) wanted = graph_.older(wanted);
  if (!executed(wanted)) return 0;
  if (wanted != kInitial) wanted = own.at(graph_[wanted].thread, graph_[wanted].index);
  for (std::uint32_t i = 0; i < n; ++i) {
    const StepDriver::Option& o = x.step_options()[i];
    if (o.source == wanted && o.spurious == e.spurious) return i;
  }
  return 0;
}

}  // namespace tenterhook::checker
