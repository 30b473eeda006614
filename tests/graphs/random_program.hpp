// Random small programs, made so that many of them show what sc does not and many have a
// read-modify-write, and so that the brute force is done with each soon.
#pragma once

#include "checker/explore/rng.hpp"
#include "tests/graphs/program.hpp"

namespace tenterhook::graphs {

struct limits {
  unsigned most_threads = 4;       // at least 2
  unsigned most_of_thread = 5;     // instructions
  unsigned most_instructions = 9;  // of the program
  unsigned crossed = 4;            // of 10 programs: two of its threads begin as store buffering
  // About: reads from any write, in any coherence order.
  std::uint64_t most_candidates = 20'000;
  // At most: of starts, instructions, ends, and stores that leave their buffers.
  std::uint64_t most_interleavings = 1'000'000'000'000;
};

program random_program(checker::Rng& rng, const limits& within);

// Simpler programs, the simplest first: without a thread, without an instruction, with a simpler
// one.
std::vector<program> simpler(const program& p);

}  // namespace tenterhook::graphs
