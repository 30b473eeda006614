// Small programs with a known verdict under Relacy, for tests/relacy.
#pragma once

#include "checker/program.hpp"

namespace tenterhook::relacy::tests {

checker::catalogue programs();

// Where the operations to mutate stand, once their program has run.
namespace lines {
extern unsigned publish, fence, compare, add;
}

}  // namespace tenterhook::relacy::tests
