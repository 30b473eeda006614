// What an exploration by dpor has seen, beyond its verdict: executions as text, a table of
// outcomes, whether every graph is one of sequential consistency's, a graph to draw. It observes:
// Task::visited, with Options::names.
//
// Thread safety: none. Memory: one hash a distinct outcome, and the text of at most 1,000 of them.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "checker/execution/execution.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

class Seen {
 public:
  struct Wanted {
    std::uint64_t dump = 0;   // the first complete executions as text
    bool outcomes = false;    // what every complete execution came to
    bool robust = false;      // which graphs are none of sc's
    bool dot = false;         // a graph to draw
    bool any() const { return dump != 0 || outcomes || robust || dot; }
  };

  Seen() = default;
  Seen(const Wanted& wanted, std::string title) : wanted_(wanted), title_(std::move(title)) {}

  // The execution has ended, complete or failed.
  void visit(const Graph& graph, const Execution& execution);

  const Wanted& wanted() const { return wanted_; }
  std::uint64_t graphs() const { return graphs_; }       // those visited
  std::uint64_t weak_graphs() const { return weak_; }    // none of sc's
  // What was wanted, as text. `whole`: nothing was left unexplored.
  std::string text(bool whole) const;
  // Graphs for Graphviz; "": there was none.
  const std::string& failing_dot() const { return failing_dot_; }
  const std::string& first_dot() const { return first_dot_; }
  const std::string& weak_dot() const { return weak_dot_; }
  std::uint32_t weak_events() const { return weak_events_; }  // of the smallest; 0: none

 private:
  void count_outcome(const Graph& graph, const Execution& execution);
  void look_for_weak(const Graph& graph, const Execution& execution);
  std::string outcomes_text() const;
  std::string robust_text(bool whole) const;

  Wanted wanted_;
  std::string title_;               // "counts/sb under tso"
  std::string dumped_;
  std::uint64_t graphs_ = 0, complete_ = 0, weak_ = 0;
  std::uint32_t weak_events_ = 0;
  std::string weak_text_, weak_dot_, failing_dot_, first_dot_;
  std::map<std::string, std::uint64_t> outcomes_;  // the first ones in order of their text
  std::set<GraphHash> states_;                     // hashes of all
};

// What a complete execution came to: what each thread's reads of atomics saw, in program order, and
// the final values: "t1#1: y=0; t2#2: x=0; [x]=1; [y]=1;".
std::string outcome_text(const Graph& graph, const Execution& execution);

}  // namespace tenterhook::checker
