// Small programs in assembly, for the models of POWER and ARM: plain loads and stores, barriers,
// ll/sc, and the dependencies of an access on earlier loads, which these machines keep. Variables
// start at 0.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tenterhook::graphs {

// full: sync, dmb, dsb; store: dmb st, dsb st; light: lwsync; instruction: isync, isb.
enum class barrier : std::uint8_t { none, full, store, light, eieio, instruction };

// What an event depends on: bit i is the thread's i-th event, a load. Threads have 64 at most.
struct dependencies {
  std::uint64_t address = 0;
  std::uint64_t data = 0;
  std::uint64_t control = 0;
  auto operator<=>(const dependencies&) const = default;
};

enum class opcode : std::uint8_t {
  load,
  store,
  load_reserve,       // lwarx, ldrex
  store_conditional,  // stwcx., strex: may fail; does without a reservation of its variable
  barrier,
  branch,         // skips the next instruction if the register of `address` is `value`
  branch_stored,  // skips it if the last store-conditional has succeeded
};

// Registers are counted backwards: 1 is what the last load has read, 2 the load before it; 0 is no
// register. A load that was never executed is no register either.
struct assembly_instruction {
  opcode what = opcode::load;
  int variable = 0;
  int value = 0;         // of stores and branches
  unsigned address = 0;  // the register that the address depends on, in vain
  unsigned data = 0;     // the register that a store's value depends on
  bool added = false;    // its value is added; else the dependency is in vain (an xor)
  barrier fence = barrier::none;
  auto operator<=>(const assembly_instruction&) const = default;
};

using assembly = std::vector<assembly_instruction>;

struct assembly_program {
  int variables = 2;
  std::vector<assembly> threads;
  auto operator<=>(const assembly_program&) const = default;
};

// For the tables of tests.
assembly_instruction ld(int variable, unsigned address = 0);
assembly_instruction st(int variable, int value, unsigned data = 0, unsigned address = 0);
assembly_instruction ll(int variable, unsigned address = 0);
assembly_instruction sc(int variable, int value, unsigned data = 0, unsigned address = 0);
assembly_instruction bar(barrier what);
assembly_instruction br(unsigned on, int value = -1);  // -1: falls through, but is a branch

bool has_rmw(const assembly_program& p);
// The same with a barrier between all instructions that access memory.
assembly_program fenced(const assembly_program& p, barrier what);

// A thread a line: "t0: x = 1; lwsync; r = y [a1]; if (r1 == 1) skip". [a1]: the address depends on
// the last load; [d2]: the value on the one before.
std::string text(const assembly_program& p);
std::ostream& operator<<(std::ostream& out, const assembly_program& p);

// Runs a thread on anything that has these operations. What depends on a load depends on it
// syntactically: a branch orders all that follows, wherever it goes.
template <class Memory>
void interpret(const assembly& code, Memory& memory) {
  struct loaded {
    int value;
    std::uint64_t event;  // its bit
  };
  constexpr std::uint64_t one = 1;
  std::vector<loaded> registers;
  const auto at = [&](unsigned back) {
    return back == 0 || back > registers.size() ? loaded{0, 0} : registers[registers.size() - back];
  };
  std::uint64_t control = 0, status = 0;  // what the last store-conditional's success depends on
  int reserved = -1;
  std::uint32_t reservation = 0;
  bool stored = false;
  for (std::size_t pc = 0; pc < code.size(); ++pc) {
    const assembly_instruction& i = code[pc];
    const loaded data = at(i.data);
    const int value = i.value + (i.added ? data.value : 0);
    const dependencies on{at(i.address).event, data.event, control};
    const std::uint32_t event = memory.events_so_far();
    switch (i.what) {
      case opcode::load_reserve:
        reserved = i.variable;
        reservation = event;
        [[fallthrough]];
      case opcode::load: {
        const int read = memory.machine_load(i.variable, on, i.what == opcode::load_reserve);
        registers.push_back({read, one << event});
        break;
      }
      case opcode::store: memory.machine_store(i.variable, value, on); break;
      case opcode::store_conditional:
        status = on.address | on.data;
        stored = reserved == i.variable &&
                 memory.machine_store_conditional(i.variable, reservation, value, on);
        reserved = -1;
        break;
      case opcode::barrier: memory.machine_barrier(i.fence, on); break;
      case opcode::branch:
        control |= on.address;
        pc += at(i.address).value == i.value ? 1 : 0;
        break;
      case opcode::branch_stored:
        control |= status;
        pc += stored ? 1 : 0;
        break;
    }
  }
}

}  // namespace tenterhook::graphs
