// Programs that must fail: one for each kind of failure that an execution can report. They prove
// that the harness is alive, and that each kind is found and named.
//
// A canary is named canary/KIND, where KIND is the kind's text in checker/execution/failures.def
// with a dash for each space: canary/use-after-free must end in the report "use after free".
#pragma once

#include <functional>

#include "checker/program.hpp"

namespace tenterhook::hooked::canary {

// All canaries, sorted by name. Each expects `bug` under every model.
checker::catalogue canaries();

void add_threads(checker::catalogue& all);  // threads.cpp: scheduling, races, promises
void add_memory(checker::catalogue& all);   // memory.cpp: what one thread does to its memory

// The same programs without their faults, of the same names: each must pass.
checker::catalogue repaired();  // repaired.cpp

// A row of the catalogue, hooked only.
checker::program canary(const char* kind, const char* about, unsigned threads,
                        std::function<void(const checker::parameters&)> body);

}  // namespace tenterhook::hooked::canary
