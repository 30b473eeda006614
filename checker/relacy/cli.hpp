// The command line of tenterhook-relacy, over any catalogue of programs.
#pragma once

#include "checker/program.hpp"

namespace tenterhook::relacy {

// Prints one JSON object on standard output. Exit codes: 0 a verdict was printed, whichever; 2 a
// usage error, one sentence on standard error; 5 an internal error.
int run_tool(int argc, char** argv, const checker::catalogue& programs);

}  // namespace tenterhook::relacy
