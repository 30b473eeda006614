// Identical threads: started one right after the other, with the same function and argument. To
// exchange two of them makes of an execution graph another one that shows the same. In order are
// those graphs in which no thread is less than its elder twin, the one that was started before it:
// where the two first do something else, the elder reads an older write, or writes an older one (of
// choices it takes the later). Of each set of graphs that differ by exchanges one is in order.
//
// A part of a graph in order is in order, and what is added maximally to the youngest keeps it so.
// So the exploration stays complete and optimal if an event comes after its elder, as long as the
// two threads have done the same: Graph counts the elder to what an event depends on, and revisits
// do not drop it.
// That needs a model in which what reads an older write cannot come after what reads a newer one:
// sc and tso. Under rc11 the elder may read an older write that depends on its younger twin.
//
// Source: Kokologiannakis, Marmanis, Vafeiadis, "SPORE: combining symmetry and partial order
// reduction", PLDI 2024.
//
// Thread safety: none.
#pragma once

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

// The event of the elder twin that does what this one does, if both threads did the same before;
// else kInitial.
EventId elder(const Graph& graph, const Event& event);

// Are its identical threads in order?
bool in_order(const Graph& graph);

}  // namespace tenterhook::checker
