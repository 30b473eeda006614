// The brute force: every candidate execution, then the model's predicate. It shares nothing with
// any explorer, so that explorers can be compared with it.
#pragma once

#include <set>
#include <string_view>

#include "tests/graphs/candidate.hpp"
#include "tests/graphs/graph.hpp"

namespace tenterhook::graphs {

using predicate = bool (*)(const candidate&);
predicate consistent(std::string_view model);

// The complete executions that the model allows: "sc", "tso", "rc11" or "rc11-2017"; of
// assembly: "sc", "tso", "power" or "arm".
std::set<graph> executions(const code& program, std::string_view model);
std::set<graph> executions(const program& p, std::string_view model);
std::set<graph> executions(const assembly_program& p, std::string_view model);

}  // namespace tenterhook::graphs
