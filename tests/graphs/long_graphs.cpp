// Graphs of hundreds of events, as the strategies that draw executions build them: at each step,
// what the graph says of every source and every place in coherence is what the axioms of the papers
// say of the whole graph. Small programs cannot show what is forgotten of a long past.
//
// The axioms are asked about some sixty events only. The others are each thread's accesses to a
// location of its own: no other thread sees them and nothing depends on them, so they are in no
// cycle, and change no answer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "checker/execution/lowered.hpp"
#include "checker/explore/rng.hpp"
#include "checker/graph/graph.hpp"
#include "tests/graphs/brute.hpp"
#include "tests/sanitized.hpp"

namespace tenterhook::graphs {
namespace {

using checker::Barrier;
using checker::Event;
using checker::EventId;
using checker::EventKind;
using checker::Graph;
using checker::GraphModel;
using checker::kInitial;
using checker::Modify;

constexpr std::uint32_t kThreads = 4;
constexpr std::uint32_t kLocations = 3;

barrier barrier_of(Barrier b) {
  switch (b) {
    case Barrier::full: return barrier::full;
    case Barrier::store: return barrier::store;
    case Barrier::light: return barrier::light;
    case Barrier::eieio: return barrier::eieio;
    case Barrier::instruction: return barrier::instruction;
    case Barrier::none: break;
  }
  return barrier::none;
}

std::memory_order half(std::memory_order order, EventKind kind) {
  const bool read = kind == EventKind::read;
  if (order == acq_rel) return read ? acquire : release;
  if (order == release && read) return relaxed;
  return order == acquire && !read ? relaxed : order;
}

bool is_private(const Event& e) {
  return e.kind != EventKind::fence && e.location >= kLocations;
}

// The graph in the brute force's terms, without what is private.
candidate candidate_of(const Graph& g) {
  candidate c;
  c.locations = kLocations;
  for (std::uint32_t l = 0; l < kLocations; ++l) {
    c.events.push_back({event_kind::write, static_cast<int>(l), 0, relaxed});
  }
  std::vector<std::size_t> name(g.size());
  for (std::uint32_t t = 0; t < kThreads; ++t) {
    for (std::uint32_t i = 0; i < g.length(t); ++i) {
      const Event& e = g[g.at(t, i)];
      if (is_private(e)) continue;
      event mine;
      mine.kind = e.kind == EventKind::fence  ? event_kind::fence
                  : e.kind == EventKind::read ? event_kind::read
                                              : event_kind::write;
      mine.location = e.kind == EventKind::fence ? -1 : static_cast<int>(e.location);
      mine.order = e.locked ? half(e.order, e.kind) : e.order;
      mine.exclusive = e.exclusive || (g.cpp() && e.locked);
      mine.fence = barrier_of(e.barrier);
      mine.id = {static_cast<int>(t), static_cast<int>(i)};
      name[g.at(t, i)] = c.events.size();
      c.events.push_back(mine);
    }
  }
  c.po = c.rf = c.co = c.rmw = c.addr = c.data = c.ctrl = relation(c.events.size());
  const auto depends = [&](relation& on, EventId id, std::uint64_t mask) {
    for (std::uint32_t n = 0; n < g[id].index; ++n) {
      if (n < 64 && (mask >> n & 1) != 0) {
        on.add(name[g.at(g[id].thread, g[id].index - 1 - n)], name[id]);
      }
    }
  };
  for (EventId id = 0; id < g.size(); ++id) {
    const Event& e = g[id];
    if (is_private(e)) continue;
    for (std::uint32_t i = 0; i < e.index; ++i) {
      const EventId before = g.at(e.thread, i);
      if (!is_private(g[before])) c.po.add(name[before], name[id]);
    }
    depends(c.addr, id, e.address);
    depends(c.data, id, e.data);
    depends(c.ctrl, id, e.control);
    if (e.kind == EventKind::read) {
      c.rf.add(e.source == kInitial ? e.location : name[e.source], name[id]);
    }
    if (e.kind != EventKind::write) continue;
    if (e.exclusive) c.rmw.add(name[id] - 1, name[id]);
    c.co.add(e.location, name[id]);
    for (EventId w = e.co_next; w != kInitial; w = g[w].co_next) c.co.add(name[id], name[w]);
  }
  return c;
}

class long_graphs : public testing::TestWithParam<std::string> {
 protected:
  void build(std::uint64_t seed);
  Event next(std::uint32_t thread);
  void add_access(const Event& e);
  void add_private(std::uint32_t thread);
  void compare(EventId added, bool above_least);
  std::vector<EventId> writes(std::uint32_t location) const {
    std::vector<EventId> all{kInitial};
    for (EventId w = g_.oldest(location); w != kInitial; w = g_[w].co_next) all.push_back(w);
    return all;
  }

  std::uint32_t below(std::uint32_t n) { return rng_.below(n); }
  std::uint64_t reads_among(std::uint32_t thread) {  // some of the thread's latest reads
    std::uint64_t mask = 0;
    const std::uint32_t length = g_.length(thread);
    for (std::uint32_t n = 0, most = 6; n < length && n < 64 && most > 0; ++n) {
      const Event& e = g_[g_.at(thread, length - 1 - n)];
      if (is_private(e)) continue;
      --most;
      if (e.kind == EventKind::read && below(3) == 0) mask |= std::uint64_t{1} << n;
    }
    return mask;
  }

  GraphModel model_ = GraphModel::rc11;
  predicate allows_ = nullptr;
  Graph g_;
  checker::Rng rng_{0};
  unsigned kept_ = 0, refused_ = 0, late_ = 0;  // late: refused beyond the first forty events
  std::uint32_t private_ = 0;  // events of the graph that nobody else sees
  bool failed_ = false;
};

Event long_graphs::next(std::uint32_t thread) {
  constexpr std::memory_order kOrders[] = {relaxed, relaxed, acquire, release, acq_rel, seq_cst};
  constexpr Barrier kPower[] = {Barrier::full, Barrier::light, Barrier::eieio,
                                Barrier::instruction};
  constexpr Barrier kArm[] = {Barrier::full, Barrier::store, Barrier::instruction};
  Event e;
  e.thread = static_cast<std::uint16_t>(thread);
  e.order = kOrders[below(6)];
  const std::uint32_t what = below(g_.hardware() ? 12 : 10);
  const EventId last = g_.last(thread);
  const bool again = last != kInitial && g_[last].kind == EventKind::fence && below(3) == 0;
  if (what == 0 || what >= 10 || again) {
    e.kind = EventKind::fence;
    if (e.order == relaxed) e.order = seq_cst;
    if (model_ == GraphModel::power) e.barrier = kPower[below(4)];
    if (model_ == GraphModel::arm) e.barrier = kArm[below(3)];
    if (e.barrier == Barrier::instruction) e.control = reads_among(thread);
    return e;
  }
  e.kind = what < 6 ? EventKind::read : EventKind::write;
  e.location = below(kLocations);
  e.locked = what == 5;
  e.modify = e.locked ? Modify::exchange : Modify::none;
  const bool read = e.kind == EventKind::read;
  if (!e.locked && e.order == (read ? release : acquire)) e.order = read ? acquire : release;
  if (!e.locked && e.order == acq_rel) e.order = relaxed;
  if (g_.hardware()) {
    e.address = reads_among(thread);
    if (!read) e.data = reads_among(thread);
    e.control = reads_among(thread);
  }
  return e;
}

// REQUIRES: the graph was consistent without the event.
void long_graphs::compare(EventId added, bool above_least) {
  const bool ours = above_least && g_.consistent(added);
  const bool theirs = allows_(candidate_of(g_));
  ++(theirs ? kept_ : refused_);
  if (!theirs && g_.size() - private_ > 40) ++late_;
  if (ours == theirs) return;
  failed_ = true;
  ADD_FAILURE() << fmt::format("event {} of {} in thread {}: the graph says {}, the axioms {}",
                               added, g_.size(), g_[added].thread, ours, theirs);
}

// Every source or place is tried; one that is allowed stays.
void long_graphs::add_access(const Event& e) {
  const bool read = e.kind == EventKind::read;
  const std::uint32_t least = g_.least_rank(e);
  std::vector<EventId> possible;
  for (const EventId w : writes(e.location)) {
    if ((!read || e.locked) && !g_.splittable(e.location, w)) continue;
    const EventId id = read ? g_.add_read(e, w) : g_.add_write(e, w);
    compare(id, g_.rank(w) >= least);
    bool stays = g_.rank(w) >= least && g_.consistent(id);
    if (stays && e.locked) {  // its write, too, must have a place
      const EventId write = g_.add_write(checker::write_of(model_, g_[id], 0), w);
      compare(write, true);
      stays = g_.consistent(write);
    }
    if (stays) possible.push_back(w);
    g_.truncate(id);
    if (failed_) return;
  }
  if (possible.empty()) {
    failed_ = true;
    ADD_FAILURE() << "nothing is allowed: the model is not extensible";
    return;
  }
  // the newest as a rule, so that there is much to be seen
  const auto n = static_cast<std::uint32_t>(possible.size());
  const EventId w = below(3) == 0 ? possible[below(n)] : possible.back();
  const EventId id = read ? g_.add_read(e, w) : g_.add_write(e, w);
  if (e.locked) g_.add_write(checker::write_of(model_, g_[id], 0), w);
}

void long_graphs::add_private(std::uint32_t thread) {
  Event e;
  e.thread = static_cast<std::uint16_t>(thread);
  e.location = kLocations + thread;
  e.kind = below(2) == 0 ? EventKind::read : EventKind::write;
  const EventId newest = g_.newest(e.location);
  if (e.kind == EventKind::read) g_.add_read(e, newest);
  else g_.add_write(e, newest);
  ++private_;
}

void long_graphs::build(std::uint64_t seed) {
  rng_ = checker::Rng(seed);
  g_.reset(model_, kThreads, seed % 2 == 0);  // rows of their own width, or all of one
  for (std::uint32_t l = 0; l < kLocations + kThreads; ++l) g_.set_initial(l, 0);
  private_ = 0;
  while (g_.size() - private_ + kLocations + 2 <= relation::most && !failed_) {
    const std::uint32_t thread = below(kThreads);
    for (std::uint32_t n = below(4) == 0 ? below(40) : 0; n > 0; --n) add_private(thread);
    const Event e = next(thread);
    if (e.kind == EventKind::fence) g_.add(e);
    else add_access(e);
  }
}

TEST_P(long_graphs, are_judged_as_the_axioms_judge_them) {
  ASSERT_TRUE(checker::graph_model(GetParam(), model_));
  allows_ = consistent(GetParam());
  EventId longest = 0;
  for (int i = 0; i < tests::cases_of(100) && !failed_; ++i) {
    SCOPED_TRACE(fmt::format("seed {}", i));
    build(static_cast<std::uint64_t>(i));
    longest = std::max(longest, g_.size());
  }
  fmt::print("{} allowed, {} refused, {} of these beyond 40 events; the longest graph has {}\n",
             kept_, refused_, late_, longest);
  EXPECT_GT(longest, 256U) << "or sets of bits are a few words only";
  EXPECT_GE(refused_, kept_ / 4) << "refusals are what there is to get wrong";
  EXPECT_GT(late_, 0U);
  EXPECT_GE(late_, refused_ / 8);
}

INSTANTIATE_TEST_SUITE_P(models, long_graphs, testing::Values("rc11", "power", "arm"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace tenterhook::graphs
