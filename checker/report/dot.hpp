// An execution graph for Graphviz: a cluster a thread, black edges po, green rf, brown co, blue fr
// (to the write right behind the one that was read). Where the graph is none of sequential
// consistency's, one of the shortest cycles that say so is red. For observers of an exploration
// (Task::visited), with Options::names. The text is a function of the graph alone.
#pragma once

#include <string>

#include "checker/execution/execution.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

std::string dot_text(const Graph& graph, const Execution& execution, const std::string& title);

}  // namespace tenterhook::checker
