#include "checker/graph/symmetry.hpp"

#include <algorithm>

namespace tenterhook::checker {
namespace {

// Do the two threads do the same kind of thing to the same place?
bool comparable(const Event& a, const Event& b) {
  if (a.kind != b.kind || a.location != b.location) return false;
  return a.kind != EventKind::join || a.operand == b.operand;
}

// Did the two comparable ones come to the same? What differs between twins is never: a write, a
// thread of one's own, the end of a wait.
bool same(const Event& a, const Event& b) {
  switch (a.kind) {
    case EventKind::read: return a.source == b.source && a.spurious == b.spurious;
    case EventKind::choice: return a.value == b.value;
    case EventKind::fence:
    case EventKind::join: return true;
    default: return false;
  }
}

bool less(const Graph& graph, EventId a, EventId b) {
  const Event& x = graph[a];
  const Event& y = graph[b];
  switch (x.kind) {
    case EventKind::read:
      if (x.source == y.source) return x.spurious && !y.spurious;
      return graph.rank(x.source) < graph.rank(y.source);
    case EventKind::write: return x.rank < y.rank;
    case EventKind::choice: return x.value > y.value;
    default: return false;
  }
}

}  // namespace

EventId elder(const Graph& graph, const Event& event) {
  const std::uint32_t twin = graph.twin(event.thread);
  if (twin == kNoThread || graph.length(twin) <= event.index) return kInitial;
  for (std::uint32_t i = 0; i < event.index; ++i) {
    const Event& a = graph[graph.at(twin, i)];
    const Event& b = graph[graph.at(event.thread, i)];
    if (!comparable(a, b) || !same(a, b)) return kInitial;
  }
  const EventId found = graph.at(twin, event.index);
  return comparable(graph[found], event) ? found : kInitial;
}

bool in_order(const Graph& graph) {
  for (std::uint32_t t = 0; t < graph.threads(); ++t) {
    if (graph.length(t) == 0) continue;
    const std::uint32_t twin = graph.twin(t);
    if (twin == kNoThread) continue;
    const std::uint32_t length = std::min(graph.length(t), graph.length(twin));
    for (std::uint32_t i = 0; i < length; ++i) {
      const EventId a = graph.at(twin, i), b = graph.at(t, i);
      if (!comparable(graph[a], graph[b])) break;
      if (same(graph[a], graph[b])) continue;
      if (less(graph, b, a)) return false;
      break;
    }
  }
  return true;
}

}  // namespace tenterhook::checker
