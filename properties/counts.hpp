// The programs whose numbers of executions are published: counts/*. They are written on the cells
// directly, not on the runtime, so that an explorer can be compared with other explorers.
//
// All threads start before any is joined; shared variables start at 0; an access is relaxed unless
// its program says otherwise; a failed `assume` blocks the execution, which is then not counted.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "properties/cells.hpp"
#include "properties/scenario.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

using word = platform::atomic<int>;
using row = cells<word>;

// A row of the catalogue. `threads` counts the main thread, at the largest n.
inline program program_of(const char* name, const char* about, unsigned threads,
                          std::vector<checker::parameter> parameters, void (*scenario)(run&)) {
  program result;
  result.name = std::string("counts/") + name;
  result.about = about;
  result.threads = threads;
  result.parameters = std::move(parameters);
  result.body = body(scenario);
  result.budget = budgets{0, 0, 0, 0};
  return result;
}

// The parameter n of most of the programs.
inline checker::parameter size(std::int64_t value, std::int64_t most, const char* about) {
  return {"n", value, 1, most, about};
}

void add_shapes(checker::catalogue& all);      // counts.cpp: litmus shapes and counters
void add_hardware(checker::catalogue& all);    // counts_hardware.cpp: the POWER and ARM shapes
void add_algorithms(checker::catalogue& all);  // counts_algorithms.cpp: locks, stacks, queues

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts
