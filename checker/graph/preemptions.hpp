// How many preemptions an execution graph needs: the fewest of all linear orders of its steps. A
// preemption is a switch away from a thread that could go on. None is a switch away from a thread
// that has no more events, or whose next one waits: a join of an unfinished thread, a futex wait
// that nobody has ended yet; none is a switch to a thread whose wait ends by itself, by a timeout
// or a spurious wake. A thread that spins could go on.
//
// The orders of sc agree with po, starts, joins, rf, co and fr. Those of the other models need not
// agree with co and fr, but of futexes' queues and ghosts: a step may read an old write there, as
// in a stepwise run.
//
// Source: Marmanis, Kokologiannakis, Vafeiadis, "Reconciling preemption bounding with DPOR",
// TACAS 2023, which has sc: a thread without further events in the graph counts as blocked, so that
// no part of a graph needs more than the whole. They explore what exceeds the bound by a slack, for
// what leads to a graph may need more than it. Here only what will not be dropped is counted.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

class Preemptions {
 public:
  // The fewest preemptions; more than `most`: most + 1.
  unsigned least(const Graph& graph, unsigned most);
  // The same of the part that every graph keeps which the exploration reaches from here: they need
  // as many or more.
  unsigned least_of_kept(const Graph& graph, unsigned most);

 private:
  // Steps done, by thread; then who must go on, + 1, or 0: anybody may.
  using Place = std::vector<std::uint16_t>;
  enum class Leave : std::uint8_t { counts, free_until_ready, free };
  struct Step {
    std::size_t needs = 0, end = 0;  // in needs_
    Leave leave = Leave::counts;     // switching away in front of it
  };

  unsigned search(unsigned most);
  void prepare(const Graph& graph);
  bool counts(const Graph& graph, EventId id) const {
    return graph[id].index < length_[graph[id].thread];
  }
  void add_needs(const Graph& graph, const Event& event);
  bool ready(const Place& place, std::uint32_t thread) const;
  bool done(const Place& place) const;
  void run(Place place, std::uint32_t thread);

  std::vector<std::uint32_t> length_;                            // by thread: events that count
  std::vector<std::vector<Step>> steps_;                         // by thread
  std::vector<std::vector<std::uint32_t>> step_of_;              // by thread and index
  std::vector<std::pair<std::uint32_t, std::uint32_t>> needs_;   // a thread, so many of its steps
  std::vector<EventId> wanted_;                                  // of needs_, while it is made
  std::set<Place> seen_;
  std::vector<Place> here_, next_;  // to go on from, with as many preemptions, and one more
  bool interrupts_ = false;  // some wait ends by itself
  bool found_ = false;
};

}  // namespace tenterhook::checker
