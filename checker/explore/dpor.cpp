#include "checker/explore/dpor.hpp"

#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/lowered.hpp"
#include "checker/graph/bytes.hpp"
#include "checker/graph/futex.hpp"
#include "checker/graph/symmetry.hpp"

namespace tenterhook::checker {

Dpor::Dpor(GraphModel model, std::uint32_t threads, bool backwards)
    : model_(model), threads_(threads), backwards_(backwards) {}

Dpor::Frame& Dpor::push() {
  if (depth_ == frames_.size()) frames_.push_back(std::make_unique<Frame>());
  Frame& frame = *frames_[depth_++];
  frame.items.clear();
  return frame;
}

bool Dpor::next() {
  if (!started_) {
    started_ = true;
    push().graph.reset(model_, threads_);
    return true;
  }
  finished();
  while (depth_ > 0) {
    if (top().items.empty()) {
      --depth_;
      continue;
    }
    const Item item = top().items.back();
    top().items.pop_back();
    weight_ = item.weight;
    if (apply(item) && !hopeless() && in_order(graph())) return true;
    explored_ += weight_;
    weight_ = 0;
  }
  return false;
}

void Dpor::restart() {
  depth_ = 0;
  started_ = true;
  weight_ = 1;
  push().graph.reset(model_, threads_);
}

bool Dpor::enter(const Frame& from, const Item& item) {
  depth_ = 0;
  weight_ = 1;
  push().graph = from.graph;
  return apply(item) && !hopeless() && in_order(graph());
}

// Does it lead to no graph within the bound?
bool Dpor::hopeless() {
  return bounded_ && preemptions_.least_of_kept(graph(), most_) > most_;
}

void Dpor::finished() {
  explored_ += weight_;
  weight_ = 0;
}

// The alternatives of one event, from `first` on, in the order that was asked for; each gets an
// equal part of the graph's weight, which itself is one of them or is not.
void Dpor::weigh(Frame& frame, std::size_t first, bool with_this) {
  auto& items = frame.items;
  const std::size_t count = items.size() - first + (with_this ? 1 : 0);
  if (items.size() == first) return;
  const double part = weight_ / static_cast<double>(count);
  for (std::size_t i = first; i < items.size(); ++i) items[i].weight = part;
  weight_ = with_this ? part : 0;
  if (backwards_) std::reverse(items.begin() + static_cast<std::ptrdiff_t>(first), items.end());
}

// -- new events: the newest alternative is taken at once --

EventId Dpor::read(Execution&, const Event& next) {
  Frame& f = top();
  const std::size_t first = f.items.size();
  const std::uint32_t least = f.graph.least_rank(next);
  const EventId newest = f.graph.newest(next.location);
  const EventId id = f.graph.add_read(next, newest);
  for (EventId w = newest;; w = f.graph.older(w)) {
    if (w != newest) f.items.push_back({id, w, Kind::read, 0});
    const std::uint64_t seen = w == kInitial ? f.graph.initial(next.location) : f.graph[w].value;
    if (next.modify == Modify::cas_weak && succeeds(next, seen)) {
      f.items.push_back({id, w, Kind::spurious, 0});
    }
    if (w == kInitial || f.graph.rank(w) <= least) break;
  }
  weigh(f, first, true);
  return id;
}

EventId Dpor::write(Execution&, const Event& next) {
  Frame& f = top();
  const std::size_t first = f.items.size();
  const std::uint32_t least = f.graph.least_rank(next);
  const EventId newest = f.graph.newest(next.location);
  const EventId id = f.graph.add_write(next, newest);
  for (EventId w = newest; w != kInitial && f.graph.rank(w) > least;) {
    w = f.graph.older(w);
    if (f.graph.splittable(next.location, w)) f.items.push_back({id, w, Kind::place, 0});
  }
  add_revisits(f, id);
  weigh(f, first, true);
  return id;
}

// Where another read-modify-write follows that write already, or hardware forbids the place, this
// graph has no consistent end: it was built for the revisits alone.
EventId Dpor::exclusive(Execution& x, const Event& next, EventId after) {
  Frame& f = top();
  const std::size_t first = f.items.size();
  const bool taken = !f.graph.splittable(next.location, after);
  const EventId id = f.graph.add_write(next, after);
  const bool conflict = taken || (f.graph.hardware() && !f.graph.consistent(id));
  add_revisits(f, id);
  weigh(f, first, !conflict);
  if (conflict) x.abandon();
  return id;
}

EventId Dpor::choice(Execution&, const Event& next) {
  Frame& f = top();
  const std::size_t first = f.items.size();
  const EventId id = f.graph.add(next);
  for (std::uint32_t v = 1; v < next.expected; ++v) f.items.push_back({id, v, Kind::choice, 0});
  weigh(f, first, true);
  return id;
}

void Dpor::add_revisits(Frame& f, EventId write) {
  const Graph& g = f.graph;
  const std::uint32_t l = g[write].location;
  EventId w = kInitial;
  do {
    for (EventId r = g.readers(l, w); r != kInitial; r = g[r].next_reader) {
      if (g.precedes(r, write) || looks_again(g[r]) || !g.revisitable(r, write)) continue;
      f.items.push_back({write, r, Kind::revisit, 0});
      if (g[r].modify == Modify::cas_weak && g[r].expected == g[write].value) {
        f.items.push_back({write, r, Kind::revisit_spurious, 0});
      }
    }
    w = g.newer(l, w);
  } while (w != kInitial);
}

// -- units of work --

std::vector<std::string> Dpor::release(const GraphMachine& names, bool apart) {
  std::vector<std::string> units;
  for (std::size_t i = 0; i < depth_; ++i) {
    const Frame& f = *frames_[i];
    const std::size_t each = apart ? 1 : f.items.size();
    for (std::size_t at = 0; at < f.items.size(); at += each) {
      const auto first = f.items.begin() + static_cast<std::ptrdiff_t>(at);
      Bytes out;
      names.save_names(out);
      f.graph.save(out);
      out.put(std::vector<Item>(first, first + static_cast<std::ptrdiff_t>(each)));
      units.push_back(out.take());
    }
  }
  depth_ = 0;
  return units;
}

void Dpor::adopt(const std::string& unit, GraphMachine& names) {
  Bytes in(unit);
  const GraphMachine::Names here = names.load_names(in);
  started_ = true;
  depth_ = 0;
  weight_ = explored_ = 0;
  Frame& f = push();
  f.graph.load(in);
  in.get(f.items);
  f.graph.rename(here.threads, here.locations);
}

// -- alternatives --

// false: it leads to no graph to run along.
bool Dpor::apply(const Item& item) {
  Frame& f = top();
  f.graph.truncate(item.at + 1);
  switch (item.kind) {
    case Kind::read:
    case Kind::spurious: return apply_read(f, item);
    case Kind::place: return apply_place(f, item.at, item.option);
    case Kind::choice: f.graph.set_value(item.at, item.option); return true;
    case Kind::revisit:
    case Kind::revisit_spurious: return apply_revisit(item);
  }
  return false;
}

bool Dpor::apply_read(Frame& f, const Item& item) {
  Graph& g = f.graph;
  const std::uint32_t l = g[item.at].location;
  const bool taken = !g.splittable(l, item.option);
  g.redirect(item.at, item.option, item.kind == Kind::spurious);
  const std::uint64_t seen = g.value_read(item.at);
  // a wait that cannot see the same word again would not have come to this place of the queue
  const bool waits = g[item.at].modify == Modify::enqueue;
  const EventId look = waits ? look_again(g, item.at) : kInitial;
  if (waits && look == kInitial) return false;
  const Event& e = g[item.at];
  // what follows the read of a wait's end is not known yet
  if (!taken || !succeeds(e, seen) || e.modify == Modify::remove) {
    if (waits) g.truncate(look);
    return g.consistent(item.at);
  }
  // its write could only push the other read-modify-write away
  const Event write = write_of(g.model(), g[item.at], modified(g[item.at], seen));
  const std::size_t first = f.items.size();
  add_revisits(f, g.add_write(write, item.option));
  weigh(f, first, false);
  return false;
}

bool Dpor::apply_place(Frame& f, EventId write, EventId after) {
  Graph& g = f.graph;
  g.move(write, after);
  for (EventId r = g[write].readers; r != kInitial; r = g[r].next_reader) {
    if (g.least_rank_of(r) > g.rank(write)) return false;
  }
  return g.consistent(write);
}

bool Dpor::apply_revisit(const Item& item) {
  Frame& from = top();
  Frame& f = push();
  Graph& g = f.graph;
  const EventId read = g.revisit_from(from.graph, item.option, item.at);
  const EventId write = g.size() - 1;
  const std::uint32_t l = g[write].location;
  const bool exclusive = g[write].exclusive;
  const EventId source = g[write].source;
  const std::uint32_t least = exclusive ? g.rank(source) : g.least_rank_of_write(write);
  if (exclusive && (!g.splittable(l, source) && g.newer(l, source) != write)) {
    --depth_;
    return false;
  }
  g.redirect(read, write, item.kind == Kind::revisit_spurious);
  if (exclusive) {
    if (apply_place(f, write, source)) return true;
    --depth_;
    return false;
  }
  // every place of the write that is left: the first is run along, the others are alternatives
  for (EventId w = g.older(write);; w = g.older(w)) {
    const EventId next = g.newer(l, w);
    if (next == write || next == kInitial || !g[next].exclusive) {
      f.items.push_back({write, w, Kind::place, 0});
    }
    if (w == kInitial || g.rank(w) <= least) break;
  }
  weigh(f, 0, false);
  return false;  // next() takes them from here
}

}  // namespace tenterhook::checker
