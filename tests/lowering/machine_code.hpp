// Functions as objdump prints them (-d --no-show-raw-insn), read as far as a lowering needs it:
// what goes to memory, what orders it, where control goes, and what depends on the value read.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "arch/event.hpp"
#include "arch/target.hpp"

namespace tenterhook::tests {

struct instruction {
  std::uint64_t address = 0;
  std::string mnemonic;               // with the lock prefix, without .n, .w and branch hints
  std::vector<std::string> operands;  // split at the commas outside of brackets
  std::string text;                   // as printed
};

// By name, without the dot of a big-endian POWER entry point; in address order.
using functions = std::map<std::string, std::vector<instruction>>;
functions parse_disassembly(const std::string& text);

enum class flow { next, conditional, jump, leave, conditional_leave };

// What one instruction does.
struct meaning {
  flow goes = flow::next;
  std::uint64_t target = 0;  // of a jump
  arch::hardware event = arch::hardware::nothing;
  std::string spelling;      // the mnemonic as arch::instruction_of has it
  bool skips = false;        // the event happens on a condition
  bool compares = false;     // it sets the flags from its operands
  std::string unknown;       // a call, or a barrier that no lowering has
};

// Accesses of the stack are no events.
meaning meaning_of(const instruction& what, arch::memory_model model);

// The registers that an operand names.
std::vector<std::string> registers_in(const std::string& operand);

}  // namespace tenterhook::tests
