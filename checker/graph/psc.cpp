// rc11: partial sequential consistency, the acyclicity of psc = psc_base | psc_F (Lahav, Vafeiadis,
// Kang, Hur, Dreyer, PLDI 2017, section 4):
//
//   scb      = sb | sb|!=loc; hb; sb|!=loc | hb|loc | mo | rb
//   psc_base = ([E^sc] | [F^sc]; hb?); scb; ([E^sc] | hb?; [F^sc])
//   psc_F    = [F^sc]; (hb | hb; eco; hb); [F^sc]
//
// It is computed backwards from each seq_cst event. What comes before is kept as a clock, how much
// of each thread, since hb and sb reach back over whole beginnings of threads; and as single
// events, where mo, rb and eco reach.
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

class Psc {
 public:
  bool acyclic(const Graph& graph);
  // The same for a graph that was consistent without `added`, the last event of its thread: is
  // there no cycle through it?
  bool acyclic_through(const Graph& graph, EventId added);

 private:
  static bool access(const Event& e) {
    return (e.kind == EventKind::read || e.kind == EventKind::write) && !e.ghost && !e.queue;
  }
  static bool strong(const Event& e);
  const Event& at(std::uint32_t thread, std::uint32_t index) const {
    return graph_->events_[graph_->threads_[thread].events[index]];
  }
  const std::uint32_t* happens(EventId id) const { return graph_->row(id, Graph::kHappens); }
  std::uint32_t place(EventId id) const;
  void single(EventId id) { graph_->join(reached_.data(), happens(id)); single_[id] = 1; }
  std::uint32_t without_last_location(std::uint32_t thread, std::uint32_t count) const;
  void before_access(EventId to);
  void before_fence(EventId to);
  void highest_places(EventId fence);
  void edges_to(std::uint32_t number);
  void order_by_ghosts();
  bool cyclic(std::uint32_t number);
  bool prepare(const Graph& graph, EventId from);
  static EventId first_after(const Graph& graph, EventId added);
  void mark_targets(EventId added);
  bool reaches_target(std::uint32_t number);

  const Graph* graph_ = nullptr;
  EventId from_ = 0;                               // what is below it is in no cycle
  std::vector<EventId> strong_;                    // the seq_cst events
  std::vector<std::vector<std::uint32_t>> edges_;  // by number in strong_: who comes before
  std::vector<std::vector<std::uint32_t>> ghosts_;  // by number: who comes before by ghosts
  std::vector<char> colour_;
  std::vector<char> target_;                        // by number: comes after the added event
  bool has_ghosts_ = false;
  std::vector<std::uint32_t> place_;   // by event, in its location's extended coherence order
  // what is before the event that is looked at
  std::vector<std::uint32_t> prefix_;  // by thread: that many of its events
  std::vector<char> single_;           // by event
  std::vector<std::uint32_t> reached_;  // what happens before any of these, or is one
  std::vector<std::uint32_t> highest_write_, highest_;  // places of the fence's past, by location
};

bool Psc::strong(const Event& e) {
  if (order_of(e) != std::memory_order_seq_cst || e.ghost || e.queue) return false;
  return e.kind == EventKind::fence || e.kind == EventKind::read || e.kind == EventKind::write;
}

// Writes at even numbers, the reads of each at the odd one behind it: eco holds between two
// accesses of a location if and only if the numbers ascend.
std::uint32_t Psc::place(EventId id) const {
  const Event& e = graph_->events_[id];
  return e.kind == EventKind::write ? 2 * e.rank : 2 * graph_->rank(e.source) + 1;
}

// Of the first `count` events of the thread, those that are followed by one of another location.
std::uint32_t Psc::without_last_location(std::uint32_t thread, std::uint32_t count) const {
  if (count == 0) return 0;
  if (count > graph_->length(thread)) return count - 1;  // its end, which a join knows of, follows
  const Event& last = at(thread, count - 1);
  std::uint32_t start = count - 1;
  while (start > 0 && access(last) && access(at(thread, start - 1)) &&
         at(thread, start - 1).location == last.location) {
    --start;
  }
  return start;
}

void Psc::before_access(EventId to) {
  const Event& e = graph_->events_[to];
  std::uint32_t v = e.index;  // the last one before it of another location
  const auto same = [&](const Event& x) { return access(x) && x.location == e.location; };
  while (v > 0 && same(at(e.thread, v - 1))) --v;
  if (v > 0) {
    const std::uint32_t* known = happens(graph_->threads_[e.thread].events[v - 1]);
    for (std::uint32_t t = 0; t < graph_->threads(); ++t) {
      prefix_[t] = without_last_location(t, t == e.thread ? v - 1 : known[t]);
    }
  }
  prefix_[e.thread] = e.index;
  const bool write = e.kind == EventKind::write;
  for (EventId x = from_; x < graph_->size(); ++x) {
    if (x == to || !same(graph_->events_[x])) continue;
    if ((write && place_[x] < place_[to]) || graph_->happens(x, to)) single(x);
  }
}

// By location, the highest places in what happens before the fence: of its writes, and of all.
void Psc::highest_places(EventId fence) {
  highest_write_.assign(graph_->locations(), 0);
  highest_.assign(graph_->locations(), 0);
  const std::uint32_t* known = happens(fence);
  for (EventId y = from_; y < graph_->size(); ++y) {
    const Event& e = graph_->events_[y];
    if (!access(e) || known[e.thread] <= e.index) continue;
    highest_[e.location] = std::max(highest_[e.location], place_[y]);
    if (e.kind == EventKind::write) {
      highest_write_[e.location] = std::max(highest_write_[e.location], place_[y]);
    }
  }
}

void Psc::before_fence(EventId to) {
  const Event& f = graph_->events_[to];
  const std::uint32_t* known = happens(to);
  highest_places(to);
  for (std::uint32_t t = 0; t < graph_->threads(); ++t) {
    prefix_[t] = t == f.thread ? f.index : known[t] == 0 ? 0 : known[t] - 1;
  }
  for (EventId x = from_; x < graph_->size(); ++x) {
    const Event& e = graph_->events_[x];
    if (!access(e)) continue;
    if (place_[x] < highest_write_[e.location]) {
      single(x);
    } else if (place_[x] < highest_[e.location]) {
      graph_->join(reached_.data(), happens(x));  // by eco: for fences only
    }
    if (e.index + 1 != known[e.thread] || e.thread == f.thread) continue;
    // the last of its thread that happens before the fence: does it by an access of its location?
    for (EventId y = from_; y < graph_->size() && single_[x] == 0; ++y) {
      const Event& other = graph_->events_[y];
      if (access(other) && other.location == e.location && known[other.thread] > other.index &&
          graph_->happens(x, y)) {
        single(x);
      }
    }
  }
  const std::uint32_t own = std::max(f.index, reached_[f.thread]);  // itself only by a detour
  graph_->join(reached_.data(), known);
  reached_[f.thread] = own;
}

// Who comes before the event in psc.
void Psc::edges_to(std::uint32_t number) {
  const EventId to = strong_[number];
  prefix_.assign(graph_->width_, 0);
  reached_.assign(graph_->width_, 0);
  single_.assign(graph_->size(), 0);
  const bool fence = graph_->events_[to].kind == EventKind::fence;
  if (fence) before_fence(to);
  else before_access(to);
  for (std::uint32_t t = 0; t < graph_->threads(); ++t) {
    if (prefix_[t] == 0) continue;
    graph_->join(reached_.data(), happens(graph_->at(t, prefix_[t] - 1)));
  }
  edges_[number] = ghosts_[number];
  for (std::uint32_t i = 0; i < strong_.size(); ++i) {
    const Event& a = graph_->events_[strong_[i]];
    const bool before = a.kind == EventKind::fence
                            ? reached_[a.thread] > a.index
                            : prefix_[a.thread] > a.index || single_[strong_[i]] != 0;
    if (before) edges_[number].push_back(i);
  }
}

// Ghosts stand for what happens when. The one total order of seq_cst events does not contradict
// them: what precedes a ghost in its thread is before what follows a later ghost in its own.
void Psc::order_by_ghosts() {
  const auto count = static_cast<std::uint32_t>(strong_.size());
  const auto nearest = [&](const Event& ghost, bool before) {
    std::uint32_t found = count;
    for (std::uint32_t i = 0; i < count; ++i) {
      const Event& e = graph_->events_[strong_[i]];
      if (e.thread != ghost.thread || (e.index < ghost.index) != before) continue;
      const bool nearer =
          found == count || (graph_->events_[strong_[found]].index < e.index) == before;
      if (nearer) found = i;
    }
    return found;
  };
  for (EventId a = from_; a < graph_->size(); ++a) {
    if (!graph_->events_[a].ghost) continue;
    for (EventId b = from_; b < graph_->size(); ++b) {
      const Event& x = graph_->events_[a];
      const Event& y = graph_->events_[b];
      if (!y.ghost || x.thread == y.thread || x.location != y.location) continue;
      if (place(a) >= place(b)) continue;
      const std::uint32_t last = nearest(x, true), first = nearest(y, false);
      if (last != count && first != count) ghosts_[first].push_back(last);
    }
  }
}

bool Psc::cyclic(std::uint32_t number) {
  colour_[number] = 1;
  for (const std::uint32_t before : edges_[number]) {
    if (colour_[before] == 1 || (colour_[before] == 0 && cyclic(before))) return true;
  }
  colour_[number] = 2;
  return false;
}

// false: there are too few seq_cst events for a cycle.
bool Psc::prepare(const Graph& graph, EventId from) {
  graph_ = &graph;
  from_ = from;
  strong_.clear();
  bool ghosts = false;
  for (EventId id = from; id < graph.size(); ++id) {
    if (strong(graph.events_[id])) strong_.push_back(id);
    ghosts = ghosts || graph.events_[id].ghost;
  }
  if (strong_.size() < 2) return false;
  place_.assign(graph.size(), 0);
  for (EventId id = from; id < graph.size(); ++id) {
    if (access(graph.events_[id])) place_[id] = place(id);
  }
  if (edges_.size() < strong_.size()) {
    edges_.resize(strong_.size());
    ghosts_.resize(strong_.size());
  }
  if (has_ghosts_) {
    for (auto& list : ghosts_) list.clear();
  }
  has_ghosts_ = ghosts;
  if (ghosts) order_by_ghosts();
  colour_.assign(strong_.size(), 0);
  return true;
}

bool Psc::acyclic(const Graph& graph) {
  if (!prepare(graph, 0)) return true;
  for (std::uint32_t i = 0; i < strong_.size(); ++i) edges_to(i);
  for (std::uint32_t i = 0; i < strong_.size(); ++i) {
    if (colour_[i] == 0 && cyclic(i)) return false;
  }
  return true;
}

// The lowest of the events that come after the added one in eco; kInitial: there is none.
EventId Psc::first_after(const Graph& graph, EventId added) {
  const Event& e = graph.events_[added];
  EventId first = kInitial;
  for (EventId w = e.kind == EventKind::write ? e.co_next : graph.newer(e.location, e.source);
       w != kInitial; w = graph.events_[w].co_next) {
    first = std::min(first, w);
    for (EventId r = graph.events_[w].readers; r != kInitial; r = graph.events_[r].next_reader) {
      first = std::min(first, r);
    }
  }
  return first;
}

// Where the edges go that leave the added event: it has nothing behind it in its thread, so they
// begin with mo or rb, or, behind a fence, with eco.
void Psc::mark_targets(EventId added) {
  const Event& e = graph_->events_[added];
  target_.assign(strong_.size(), 0);
  for (EventId y = from_; y < graph_->size(); ++y) {
    const Event& other = graph_->events_[y];
    if (y == added || !access(other) || other.location != e.location) continue;
    if (place_[y] <= place_[added]) continue;
    const bool write = other.kind == EventKind::write;
    for (std::uint32_t i = 0; i < strong_.size(); ++i) {
      const bool fence = graph_->events_[strong_[i]].kind == EventKind::fence;
      const bool by_scb = write && (strong_[i] == y || (fence && graph_->happens(y, strong_[i])));
      const bool by_eco = fence && graph_->happens(y, strong_[i]);
      if (by_scb) target_[i] = 2;
      else if (by_eco) target_[i] = std::max<char>(target_[i], 1);
    }
  }
}

// Is a target before the event, or the event itself?
bool Psc::reaches_target(std::uint32_t number) {
  if (colour_[number] != 0) return false;
  colour_[number] = 1;
  if (target_[number] != 0) return true;
  edges_to(number);
  for (const std::uint32_t before : edges_[number]) {
    if (reaches_target(before)) return true;
  }
  return false;
}

bool Psc::acyclic_through(const Graph& graph, EventId added) {
  if (!access(graph.events_[added])) return true;
  const EventId first = first_after(graph, added);
  if (first == kInitial || !prepare(graph, graph.reached_from(first))) return true;
  mark_targets(added);
  // from the event itself by mo and rb
  for (std::uint32_t i = 0; i < strong_.size(); ++i) {
    if (strong_[i] != added) continue;
    std::vector<char> all = target_;
    for (char& t : target_) t = t == 2 ? 1 : 0;
    if (reaches_target(i)) return false;
    target_ = all;
    colour_.assign(strong_.size(), 0);
  }
  // and from the fences before it
  const std::uint32_t* known = happens(added);
  for (std::uint32_t i = 0; i < strong_.size(); ++i) {
    const Event& f = graph.events_[strong_[i]];
    if (f.kind != EventKind::fence || known[f.thread] <= f.index) continue;
    if (reaches_target(i)) return false;
  }
  return true;
}

bool Graph::consistent(EventId added) {
  static thread_local Psc psc;  // keeps its memory
  const Event& e = events_[added];
  const EventId readers = e.kind == EventKind::write ? e.readers : kInitial;
  if (cpp()) return readers == kInitial ? psc.acyclic_through(*this, added) : psc.acyclic(*this);
  if (!hardware()) return true;
  if (!order_.allows(*this, added)) return false;
  for (EventId r = readers; r != kInitial; r = events_[r].next_reader) {
    if (!order_.allows(*this, r)) return false;
  }
  return true;
}

}  // namespace tenterhook::checker
