// Optimal stateless exploration on execution graphs: every consistent graph is built once, and what
// is kept in memory is polynomial in the length of an execution.
//
// Source: Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly stateless, optimal dynamic
// partial order reduction" (TruSt), POPL 2022.
//
// A graph grows by one event at a time. A new load may read any write that keeps the graph
// consistent (forward revisits); a new store, besides each of its
// places in coherence, may be what a load that is there already should have read (backward
// revisits): then the graph falls back to what was there before the load and what the store depends
// on. That is done only where everything that is dropped had been added maximally, since otherwise
// another graph leads to the same place.
//
// How it is kept: a stack of graphs, one a backward revisit that is being explored, each with the
// alternatives that are left. To take an alternative the graph is cut behind its event. Then the
// program runs along the graph and on to its end (GraphMachine), which adds alternatives.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/execution/graph_machine.hpp"
#include "checker/graph/graph.hpp"
#include "checker/graph/preemptions.hpp"

namespace tenterhook::checker {

class Dpor final : public GraphDriver {
 public:
  // `threads`: the width of the graphs' clocks. `backwards`: the alternatives in the other order.
  Dpor(GraphModel model, std::uint32_t threads, bool backwards);

  // Only graphs that need at most so many preemptions, and those on the way to them.
  void bound(unsigned preemptions) {
    bounded_ = true;
    most_ = preemptions;
  }
  // Does the graph need more?
  bool beyond() { return bounded_ && preemptions_.least(graph(), most_) > most_; }

  // Prepares the next graph to run along; false: there is none left.
  bool next();
  Graph& graph() { return frames_[depth_ - 1]->graph; }

  // The part of the tree that is explored, in [0, 1], if each alternative of an event counts alike
  // (Knuth, "Estimating the efficiency of backtrack programs", 1975); estimate.hpp knows better.
  double explored() const { return explored_; }
  std::size_t depth() const { return depth_; }

  // -- for samples of the tree (estimate.hpp) --
  enum class Kind : std::uint8_t { read, spurious, place, choice, revisit, revisit_spurious };
  struct Item {
    EventId at;      // the event it is an alternative of
    EventId option;  // its source, its predecessor in coherence, its value, the read to revisit
    Kind kind;
    double weight;   // its part of the tree
  };
  struct Frame {
    Graph graph;
    std::vector<Item> items;
  };
  // Begins anew: the root, to run along.
  void restart();
  // Goes on with one alternative of a frame and forgets all others; false: there is nothing to run
  // along, but there may be alternatives.
  bool enter(const Frame& from, const Item& item);
  // What the last run, or enter(), left.
  const Frame& left() const { return *frames_[depth_ - 1]; }

  // The graph of the last run is done: it counts as explored.
  void finished();

  // The graphs that are left, each with its alternatives, as units of work of their own; then there
  // is nothing left here. `apart`: each alternative is a unit.
  std::vector<std::string> release(const GraphMachine& names, bool apart);
  // Takes such a unit over. Throws std::runtime_error for other bytes.
  void adopt(const std::string& unit, GraphMachine& names);

  EventId read(Execution& execution, const Event& next) override;
  EventId write(Execution& execution, const Event& next) override;
  EventId exclusive(Execution& execution, const Event& next, EventId after) override;
  EventId choice(Execution& execution, const Event& next) override;

 private:
  Frame& top() { return *frames_[depth_ - 1]; }
  Frame& push();
  void weigh(Frame& frame, std::size_t first, bool with_this);
  void add_revisits(Frame& frame, EventId write);
  bool apply(const Item& item);
  bool hopeless();
  bool apply_read(Frame& frame, const Item& item);
  bool apply_place(Frame& frame, EventId write, EventId after);
  bool apply_revisit(const Item& item);

  GraphModel model_;
  std::uint32_t threads_;
  bool backwards_;
  bool started_ = false;
  bool bounded_ = false;
  unsigned most_ = 0;
  Preemptions preemptions_;
  std::size_t depth_ = 0;
  double weight_ = 1, explored_ = 0;  // weight_: of the graph that is run along
  std::vector<std::unique_ptr<Frame>> frames_;  // [0, depth_) are in use, the rest keep memory
};

}  // namespace tenterhook::checker
