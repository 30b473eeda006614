// The checker's graph of an execution of run_hooked() as one of ours.
#pragma once

#include "checker/execution/execution.hpp"
#include "tests/graphs/graph.hpp"

namespace tenterhook::graphs {

// Thread t is slot t + 1: the main thread, slot 0, starts and joins them and accesses nothing.
// Needs Options::names, since the cells have ended.
graph translated(const checker::Graph& g, checker::Execution& x, std::size_t threads,
                 int variables);

}  // namespace tenterhook::graphs
