// Random small programs in assembly, for power or arm, made so that many of them show what sc does
// not, and so that the brute force is done with each soon.
#pragma once

#include <string_view>

#include "tests/graphs/assembly.hpp"
#include "tests/graphs/random_program.hpp"

namespace tenterhook::graphs {

// `model`: "power" or "arm", whose barriers are in it.
assembly_program random_assembly(checker::Rng& rng, std::string_view model, const limits& within);

// Simpler programs, the simplest first: without a thread, without an instruction, with fewer
// dependencies.
std::vector<assembly_program> simpler(const assembly_program& p);

}  // namespace tenterhook::graphs
