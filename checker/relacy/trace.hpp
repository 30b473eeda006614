// Relacy's history of the failing execution, with names in the place of addresses and indices.
#pragma once

#include <string>

#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::engine {

// `history` is what Relacy printed. A line a step: "thread: what, in function, file(line)".
std::string readable_trace(const std::string& history, const session& of);

}  // namespace tenterhook::relacy::engine
