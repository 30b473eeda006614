// All ways through a compiled operation, as events: to be compared with those of arch/lowering.hpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "arch/instructions.hpp"
#include "arch/lowering.hpp"
#include "tests/lowering/machine_code.hpp"

namespace tenterhook::tests {

// One way is a line of text, "event:instruction event:instruction …"; branches are their event
// alone, and those behind everything else are left out. A store_conditional says what it waits for
// of the value read: "store_conditional(control):strex"; a way around it starts with "differs:".
struct ways {
  std::set<std::string> lines;
  bool loops = false;  // some way comes back after its store_conditional or locked_rmw
  friend bool operator==(const ways&, const ways&) = default;
};

// Of the compiled function. A function that is too long to be one operation gives the line
// "too long".
ways walked(const std::vector<instruction>& code, arch::memory_model model);

// Of the table: done, and for a compare-exchange also the ways that fail.
ways expected(const arch::target_info& port, const arch::lowering_row& row);

// Of given lowerings of the row, by outcome: `expected` is this of those in the table.
using lowerings = std::map<arch::outcome, arch::lowering>;
ways ways_of(const arch::target_info& port, const arch::lowering_row& row, const lowerings& all);

// The lowerings of the row in the table.
lowerings lowerings_of(const arch::target_info& port, const arch::lowering_row& row);

std::string text(const ways& all);

}  // namespace tenterhook::tests
