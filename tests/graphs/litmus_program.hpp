// A litmus test as the brute force runs it, on candidate executions instead of the checker's
// machine: a second reading of what the instructions of checker/litmus mean.
#pragma once

#include <set>
#include <string>

#include "checker/litmus/expected.hpp"

namespace tenterhook::graphs {

// The final states that the model allows.
std::set<checker::litmus::NamedState> final_states(const checker::litmus::Test& test,
                                                   const std::string& model);

}  // namespace tenterhook::graphs
