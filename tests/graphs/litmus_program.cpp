#include "tests/graphs/litmus_program.hpp"

#include <stdexcept>
#include <vector>

#include "tests/graphs/brute.hpp"

namespace tenterhook::graphs {
namespace {

using checker::litmus::Arch;
using checker::litmus::Fence;
using checker::litmus::Instruction;
using checker::litmus::kFlags;
using checker::litmus::kNone;
using checker::litmus::Op;
using checker::litmus::Operand;
using checker::litmus::Test;

constexpr std::uint64_t one = 1;

// One thread, on one trail. A register knows the loads that its value depends on, syntactically.
class processor {
 public:
  processor(const Test& test, std::size_t thread, trail& memory)
      : test_(test), code_(test.threads[thread].code), memory_(memory) {
    for (const auto& r : test.threads[thread].registers) {
      registers_.push_back({static_cast<int>(r.initial), 0});
    }
  }

  void run() {
    for (std::size_t pc = 0; pc < code_.size();) pc = step(code_[pc], pc);
    std::vector<int> values;
    for (const auto& o : test_.observed) {
      const bool held = o.thread != kNone && static_cast<std::size_t>(o.place) < registers_.size();
      values.push_back(held ? registers_[static_cast<std::size_t>(o.place)].value : 0);
    }
    memory_.show(values);
  }

 private:
  struct word {
    int value;
    std::uint64_t loads;
  };

  word at(int reg) const {
    return reg == kNone ? word{0, 0} : registers_[static_cast<std::size_t>(reg)];
  }
  word at(const Operand& o) const {
    return o.reg == kNone ? word{static_cast<int>(o.number), 0} : at(o.reg);
  }
  void set(int reg, word w) {
    if (reg != kNone) registers_[static_cast<std::size_t>(reg)] = w;
  }
  int location(const Instruction& i) const {
    const int address = at(i.base).value + at(i.index).value + static_cast<int>(i.number);
    for (std::size_t l = 0; l < test_.locations.size(); ++l) {
      if (address == checker::litmus::address_of(l)) return static_cast<int>(l);
    }
    // a load that was not served yet has given 0
    if (memory_.waits_for() != -1 || memory_.blocked()) return 0;
    throw std::runtime_error(test_.file + ": the address of no location");
  }
  dependencies on(const Instruction& i) const {
    return {at(i.base).loads | at(i.index).loads, at(i.a).loads, control_};
  }

  std::size_t step(const Instruction& i, std::size_t pc) {
    const word a = at(i.a), b = at(i.b);
    const std::uint64_t both = a.loads | b.loads;
    switch (i.op) {
      case Op::move: set(i.dst, a); break;
      case Op::add: set(i.dst, {a.value + b.value, both}); break;
      case Op::exclusive_or: set(i.dst, {a.value ^ b.value, both}); break;
      case Op::equal: set(i.dst, {a.value == b.value, both}); break;
      case Op::differ: set(i.dst, {a.value != b.value, both}); break;
      case Op::compare: set(kFlags, {a.value - b.value, both}); break;
      case Op::branch: return i.target;
      case Op::branch_equal:
      case Op::branch_differ:
        control_ |= at(kFlags).loads;
        return (at(kFlags).value == 0) == (i.op == Op::branch_equal) ? i.target : pc + 1;
      case Op::fence: fence(i); break;
      default: access(i);
    }
    return pc + 1;
  }

  void access(const Instruction& i) {
    const word a = at(i.a);
    const std::uint64_t event = one << memory_.events_so_far();
    const int l = location(i);
    switch (i.op) {
      case Op::load_reserve:
        reserved_ = l;
        reservation_ = memory_.events_so_far();
        reservation_on_ = on(i).address;
        [[fallthrough]];
      case Op::load: set(i.dst, {load(i, l), event}); break;
      case Op::store:
        if (test_.arch == Arch::c) {
          memory_.store(l, a.value, i.order, i.plain);
        } else {
          memory_.machine_store(l, a.value, on(i));
        }
        break;
      case Op::exchange: set(i.dst, {memory_.exchange(l, a.value, i.order), event}); break;
      case Op::fetch_add: set(i.dst, {memory_.fetch_add(l, a.value, i.order), event}); break;
      case Op::compare_exchange: compare_exchange(i, l, event); break;
      default: store_conditional(i, l);
    }
  }

  int load(const Instruction& i, int l) {
    if (test_.arch == Arch::c) return memory_.load(l, i.order, i.plain);
    return memory_.machine_load(l, on(i), i.op == Op::load_reserve);
  }

  void compare_exchange(const Instruction& i, int l, std::uint64_t event) {
    const int expected = at(i.old).value;
    const int value = at(i.b).value;
    const int seen = memory_.compare_exchange(l, expected, value, i.order, i.fail_order);
    set(i.old, {seen, event});
    set(i.dst, {seen == expected, event});
  }

  // Whether it stores depends on all that it reads, as herd7 has it, and on where the reservation
  // is; not on the value that was loaded with it.
  void store_conditional(const Instruction& i, int l) {
    dependencies d = on(i);
    d.data |= reservation_on_;
    const bool stored =
        reserved_ == l && memory_.machine_store_conditional(l, reservation_, at(i.a).value, d);
    set(i.dst, {stored ? 0 : 1, d.address | d.data});
    reserved_ = -1;
    reservation_on_ = 0;
  }

  void fence(const Instruction& i) {
    const dependencies d{0, 0, control_};
    switch (i.fence) {
      case Fence::full: return memory_.machine_barrier(barrier::full, d);
      case Fence::store: return memory_.machine_barrier(barrier::store, d);
      case Fence::light: return memory_.machine_barrier(barrier::light, d);
      case Fence::eieio: return memory_.machine_barrier(barrier::eieio, d);
      case Fence::instruction: return memory_.machine_barrier(barrier::instruction, d);
      case Fence::order: return memory_.fence(i.order);
    }
  }

  const Test& test_;
  const std::vector<Instruction>& code_;
  trail& memory_;
  std::vector<word> registers_;
  std::uint64_t control_ = 0;  // the loads that branches so far depend on
  int reserved_ = -1;
  std::uint32_t reservation_ = 0;
  std::uint64_t reservation_on_ = 0;
};

int last_value(const candidate& c, const code& program, std::size_t location) {
  const auto& writes = c.result.coherence[location];
  if (writes.empty()) return program.initially(static_cast<int>(location));
  const auto [thread, access] = writes.back();
  const auto& accesses = c.result.threads[static_cast<std::size_t>(thread)];
  return accesses[static_cast<std::size_t>(access)].value;
}

}  // namespace

std::set<checker::litmus::NamedState> final_states(const Test& test, const std::string& model) {
  code program{static_cast<int>(test.locations.size()), {}};
  for (const auto& l : test.locations) program.initial.push_back(static_cast<int>(l.initial));
  for (std::size_t t = 0; t < test.threads.size(); ++t) {
    program.threads.push_back([&test, t](trail& memory) { processor(test, t, memory).run(); });
  }
  const auto allows = consistent(model);
  std::set<checker::litmus::State> states;
  for_each_candidate(program, [&](const candidate& c) {
    checker::litmus::State state;
    for (std::size_t i = 0; i < test.observed.size(); ++i) {
      const auto& o = test.observed[i];
      state.push_back(o.thread == kNone ? last_value(c, program, static_cast<std::size_t>(o.place))
                                        : c.shown[static_cast<std::size_t>(o.thread)][i]);
    }
    if (!states.contains(state) && allows(c)) states.insert(state);
  });
  std::set<checker::litmus::NamedState> all;
  for (const auto& s : states) all.insert(named(test, s));
  return all;
}

}  // namespace tenterhook::graphs
