// Is a graph one of sequential consistency's: is po | rf | co | fr acyclic (Shasha, Snir, TOPLAS
// 1988)? Written for every graph of every model, apart from the clocks by which graphs are built.
// A program is robust against a model if all its graphs are (Bouajjani, Meyer, Möhlmann, "Deciding
// robustness against total store ordering", ICALP 2011).
#pragma once

#include <cstdint>
#include <vector>

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

enum class Relation : std::uint8_t { po, rf, co, fr };

struct Edge {
  EventId from, to;
  Relation relation;
};

// The event's edges: to the next one of its thread, of a start also to the first one of the new
// thread, of a thread's last one also to its join (po); to its readers, of a wake also to whom it
// wakes (rf); to the write behind it (co); of a read to the write behind the one that it saw (fr).
// Ghosts have po only: they order nothing of the program.
std::vector<std::vector<Edge>> edges_of(const Graph& graph);

bool sequentially_consistent(const Graph& graph);

// One of the shortest cycles, its edges in order; none if it is sequentially consistent.
std::vector<Edge> shortest_cycle(const Graph& graph);

}  // namespace tenterhook::checker
