// What the next event of a thread may read from, or come after, in each model.
#include <algorithm>

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

// The events that the model's order puts before a point of a thread, for sc and tso: the order is
// the transitive closure of po, rf, co and fr, less what tso leaves out: a store is not before the
// loads behind it, nor a load before the store of its own thread that it reads. For ghosts and
// queues under rc11: of po, rf and of their own co and fr.
//
// It walks back along these edges. Of each thread it keeps how many of its events are before, and
// how many of its stores: they differ where stores may still be on their way to memory.
class Before {
 public:
  std::uint32_t least_rank(const Graph& graph, const Event& next);

 private:
  static bool late(const Event& e) { return e.kind == EventKind::write && !e.ghost; }
  void include(EventId id);
  void begin(const Event& e);
  void visit(const Event& e);
  void visit_write(const Event& e);
  void close();

  const Graph* graph_ = nullptr;
  std::vector<std::uint32_t> reach_, stores_;            // by thread
  std::vector<std::uint32_t> reach_done_, stores_done_;  // of these, already visited
};

void Before::include(EventId id) {
  const Event& e = (*graph_)[id];
  reach_[e.thread] = std::max(reach_[e.thread], e.index + 1);
  stores_[e.thread] = std::max(stores_[e.thread], late(e) ? e.index + 1 : e.fenced);
}

void Before::visit_write(const Event& e) {
  if (graph_->declared() && !e.ghost && !e.queue) return;
  if (e.co_prev != kInitial) include(e.co_prev);
  for (EventId r = graph_->readers(e.location, e.co_prev); r != kInitial;
       r = (*graph_)[r].next_reader) {
    const Event& reader = (*graph_)[r];
    if (reader.thread != e.thread || reader.index < e.index) include(r);
  }
}

// A thread's start is before whatever comes of it, and its starter's stores are in memory by then.
void Before::begin(const Event& e) {
  const EventId start = graph_->start_of(e.thread);
  if (e.index != 0 || start == kInitial) return;
  include(start);
  const Event& last = (*graph_)[start];
  stores_[last.thread] = std::max(stores_[last.thread], last.index + 1);
}

void Before::visit(const Event& e) {
  switch (e.kind) {
    case EventKind::read:
      if (e.source < kPending &&
          (graph_->model() != GraphModel::tso || (*graph_)[e.source].thread != e.thread)) {
        include(e.source);
      }
      break;
    case EventKind::join:
    case EventKind::resume:
      if (e.source != kInitial) {
        include(e.source);
        const Event& last = (*graph_)[e.source];
        stores_[last.thread] = std::max(stores_[last.thread], last.index + 1);
      }
      break;
    case EventKind::write: visit_write(e); break;
    default: break;
  }
}

void Before::close() {
  for (bool moved = true; moved;) {
    moved = false;
    for (std::uint32_t t = 0; t < graph_->threads(); ++t) {
      while (reach_done_[t] < reach_[t]) {
        const Event& e = (*graph_)[graph_->at(t, reach_done_[t]++)];
        begin(e);  // of a first store as well, which itself may be late
        if (!late(e)) visit(e);
        moved = true;
      }
      while (stores_done_[t] < stores_[t]) {
        const Event& e = (*graph_)[graph_->at(t, stores_done_[t]++)];
        if (late(e)) {
          begin(e);
          visit(e);
        }
        moved = true;
      }
    }
  }
}

std::uint32_t Before::least_rank(const Graph& graph, const Event& next) {
  graph_ = &graph;
  const std::uint32_t own = graph.length(next.thread);
  for (auto* clock : {&reach_, &stores_, &reach_done_, &stores_done_}) {
    clock->assign(graph.threads(), 0);
  }
  const bool store = late(next);
  reach_[next.thread] = own;
  stores_[next.thread] = store ? own : graph.fence_bound(next, own);
  if (own == 0) {  // the thread's first event: its start is before it
    const Event& start = graph[graph.last(next.thread)];
    reach_[start.thread] = stores_[start.thread] = start.index + 1;
  }
  close();
  std::uint32_t least = 0;
  for (EventId w = graph.newest(next.location); w != kInitial; w = graph.older(w)) {
    const Event& e = graph[w];
    if ((e.ghost ? reach_ : stores_)[e.thread] <= e.index) continue;
    least = e.rank;
    break;
  }
  // a thread sees its own stores, whether they are on their way or not
  for (std::uint32_t i = own; i-- > stores_[next.thread];) {
    const Event& e = graph[graph.at(next.thread, i)];
    if (e.kind != EventKind::write || e.location != next.location) continue;
    return std::max(least, e.rank);
  }
  return least;
}

// Events come before what they are before, but for a read of an older write, a write among older
// ones, and a read that was revisited.
EventId Graph::reached_from(EventId first) const {
  for (EventId u = size(); u-- > first;) {
    const Event& e = events_[u];
    if (e.location == kNoLocation || e.source == kPending) continue;
    const bool write = e.kind == EventKind::write;
    first = std::min(first, write ? e.co_next : newer(e.location, e.source));
    for (EventId r = write ? e.readers : kInitial; r != kInitial; r = events_[r].next_reader) {
      first = std::min(first, r);
    }
  }
  return first;
}

std::uint32_t Graph::least_rank(const Event& next) const {
  const EventId newest_write = newest(next.location);
  if (newest_write == kInitial) return 0;
  if (!declared() || next.ghost || next.queue) return least_by_order(next);
  return cpp() ? least_by_coherence(next) : least_by_fences(next);
}

// The newest write that is before in this sense, or of which a read is.
template <class IsBefore>
std::uint32_t Graph::newest_before(std::uint32_t location, const IsBefore& before) const {
  for (EventId w = newest(location); w != kInitial; w = events_[w].co_prev) {
    if (before(w)) return rank(w);
    for (EventId r = events_[w].readers; r != kInitial; r = events_[r].next_reader) {
      if (before(r)) return rank(w);
    }
  }
  return 0;
}

// Hardware: sc per location, which is about the thread's own accesses, and what its fences order.
std::uint32_t Graph::least_by_fences(const Event& next) const {
  const bool write = next.kind == EventKind::write;
  return newest_before(next.location, [&](EventId id) {
    return events_[id].thread == next.thread || order_.fenced(*this, next.thread, write, id);
  });
}

// rc11, coherence: not older than a write that happens before, or that a read which happens before
// reads from.
std::uint32_t Graph::least_by_coherence(const Event& next) const {
  const EventId end = last(next.thread);
  if (end == kInitial) return 0;
  const std::uint32_t* known = row(end, kHappens);
  return newest_before(next.location, [&](EventId id) {
    return known[events_[id].thread] > events_[id].index;
  });
}

std::uint32_t Graph::least_by_order(const Event& next) const {
  static thread_local Before before;  // keeps its memory
  const EventId end = last(next.thread);
  if (end == kInitial) return 0;
  const Event& w = events_[newest(next.location)];
  // what an event depends on is before it; not its elder twin (symmetry.hpp)
  const bool depends = model_ != GraphModel::tso && !symmetric_;
  if (depends && row(end, kBefore)[w.thread] > w.index) return w.rank;
  return before.least_rank(*this, next);
}

}  // namespace tenterhook::checker
