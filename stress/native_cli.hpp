// The command line of tenterhook-native, over any catalogue: also of its test.
#pragma once

#include "checker/program.hpp"

namespace tenterhook::stress {

// Returns the exit code: 0 pass, 1 bug or hang, 2 usage, 3 interrupted, 4 nothing ran, 5 internal.
int run_tool(int argc, char** argv, const checker::catalogue& all);

}  // namespace tenterhook::stress
