// The abstract machines of sc and x86-TSO (Owens, Sarkar, Sewell, TPHOLs 2009), run over plain
// arrays in every interleaving: a look at the outcomes that knows nothing of execution graphs.
#pragma once

#include <set>

#include "tests/graphs/graph.hpp"
#include "tests/graphs/program.hpp"

namespace tenterhook::graphs {

// `buffered`: each thread has a first-in first-out store buffer; otherwise the machine is sc's.
std::set<outcome> machine_outcomes(const program& p, bool buffered);

}  // namespace tenterhook::graphs
