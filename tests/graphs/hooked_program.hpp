// A small program on the hooked platform, for explorers: variable v is the cell x[v], thread t is
// the main thread's t-th start, and all start before any is joined.
#pragma once

#include <array>
#include <cstddef>

#include "properties/scenario.hpp"
#include "tests/graphs/assembly.hpp"
#include "tests/graphs/graph.hpp"
#include "tests/graphs/program.hpp"

namespace tenterhook::graphs {

// What an execution showed. Fixed in size and the caller's: what a virtual thread allocates ends
// with the execution. `complete` is set when all threads are joined.
struct observed {
  static constexpr std::size_t most_threads = 16, most_reads = 32, most_variables = 8;
  std::array<std::array<int, most_reads>, most_threads> reads{};
  std::array<std::size_t, most_threads> count{};
  std::array<int, most_variables> memory{};
  bool complete = false;
};

// Between executions. REQUIRES: seen.complete.
inline outcome outcome_of(const observed& seen, const program& p) {
  outcome o;
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    const auto first = seen.reads[t].begin();
    o.reads.emplace_back(first, first + static_cast<std::ptrdiff_t>(seen.count[t]));
  }
  o.memory.assign(seen.memory.begin(), seen.memory.begin() + p.variables);
  return o;
}

// One execution, on the main virtual thread. With `seen`, the main thread reads the variables at
// the end: reads that can see one value only.
void run_hooked(const program& p, hooked::properties::run& t, observed* seen = nullptr);

void run_hooked(const assembly_program& p, hooked::properties::run& t);
// The same, but neighbours with equal code are identical threads.
void run_identical(const program& p, hooked::properties::run& t);

}  // namespace tenterhook::graphs
