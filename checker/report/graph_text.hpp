// An execution graph as text: a block a thread, an event a line. For observers of an exploration
// (Task::visited), with Options::names.
//
//   t1#2, started by main:1
//     2: R.acq p0.runqtail = 2  <- owner#1:10         runtime/runq.cpp:203
//     6: W.rel.cas p0.runqhead = 2  (co 2)            runtime/runq.cpp:224
//
// R reads, W writes, F is a fence; rlx, acq, rel, ar, sc is the order; rmw and cas are the halves
// of an operation that does both. "<- t:n" is the write that a read sees: event n of thread t.
// "(co n)" is the write's place among those of its location; the initial value has 0.
#pragma once

#include <string>

#include "checker/execution/execution.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

std::string graph_text(const Graph& graph, const Execution& execution);

// One event without its number, what it sees and its place: "R.acq p0.runqtail = 1".
std::string event_text(const Graph& graph, const Execution& execution, EventId id);

// "p0.runqtail"; of a ghost its own cell, though all ghosts may be one location.
std::string location_text(const Event& event, const Execution& execution);

}  // namespace tenterhook::checker
