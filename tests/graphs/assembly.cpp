#include "tests/graphs/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

namespace tenterhook::graphs {
namespace {

const char* name(barrier what) {
  switch (what) {
    case barrier::none: return "nop";
    case barrier::full: return "sync";
    case barrier::store: return "dmb.st";
    case barrier::light: return "lwsync";
    case barrier::eieio: return "eieio";
    case barrier::instruction: return "isync";
  }
  return "?";
}

std::string operand(const assembly_instruction& i) {
  return i.data != 0 && i.added ? fmt::format("r{} + {}", i.data, i.value)
                                : fmt::format("{}", i.value);
}

std::string marks(const assembly_instruction& i) {
  std::string all;
  if (i.address != 0) all += fmt::format(" [a{}]", i.address);
  if (i.data != 0) all += fmt::format(" [d{}]", i.data);
  return all;
}

std::string text(const assembly_instruction& i) {
  const char variable = "xyzuvw"[i.variable];
  switch (i.what) {
    case opcode::load: return fmt::format("r = {}{}", variable, marks(i));
    case opcode::store: return fmt::format("{} = {}{}", variable, operand(i), marks(i));
    case opcode::load_reserve: return fmt::format("r = ll {}{}", variable, marks(i));
    case opcode::store_conditional:
      return fmt::format("sc {} = {}{}", variable, operand(i), marks(i));
    case opcode::barrier: return name(i.fence);
    case opcode::branch: return fmt::format("if (r{} == {}) skip", i.address, i.value);
    case opcode::branch_stored: return "if (stored) skip";
  }
  return "?";
}

}  // namespace

assembly_instruction ld(int variable, unsigned address) {
  return {opcode::load, variable, 0, address};
}

assembly_instruction st(int variable, int value, unsigned data, unsigned address) {
  return {opcode::store, variable, value, address, data};
}

assembly_instruction ll(int variable, unsigned address) {
  return {opcode::load_reserve, variable, 0, address};
}

assembly_instruction sc(int variable, int value, unsigned data, unsigned address) {
  return {opcode::store_conditional, variable, value, address, data};
}

assembly_instruction bar(barrier what) { return {opcode::barrier, 0, 0, 0, 0, false, what}; }

assembly_instruction br(unsigned on, int value) { return {opcode::branch, 0, value, on}; }

bool has_rmw(const assembly_program& p) {
  return std::any_of(p.threads.begin(), p.threads.end(), [](const assembly& t) {
    return std::any_of(t.begin(), t.end(), [](const assembly_instruction& i) {
      return i.what == opcode::store_conditional;
    });
  });
}

assembly_program fenced(const assembly_program& p, barrier what) {
  assembly_program result{p.variables, {}};
  for (const assembly& t : p.threads) {
    assembly& code = result.threads.emplace_back();
    bool skips = false;  // what may be skipped has its barrier before its branch
    for (const assembly_instruction& i : t) {
      if (!skips) code.push_back(bar(what));
      code.push_back(i);
      skips = i.what == opcode::branch || i.what == opcode::branch_stored;
    }
  }
  return result;
}

std::string text(const assembly_program& p) {
  std::string all;
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    all += fmt::format("t{}:", t);
    for (const assembly_instruction& i : p.threads[t]) all += fmt::format(" {};", text(i));
    all += "\n";
  }
  return all;
}

std::ostream& operator<<(std::ostream& out, const assembly_program& p) {
  return out << "\n" << text(p);
}

}  // namespace tenterhook::graphs
