// Small programs of C++ as POWER and ARMv7 run them: each operation becomes barriers, accesses and
// a branch, compiled alone: its dependencies end with it. A loop of ll/sc is its last round.
//
// Source: Sewell, "C/C++11 mappings to processors", with leading barriers, as GCC and Clang have
// it; on ARM an acquire is a dmb. RC11 is compiled so soundly to POWER (Lahav et al., PLDI 2017).
// Less sound is what GCC makes of a compare-exchange with release and acquire that fails.
#pragma once

#include <string>

#include "tests/graphs/candidate.hpp"

namespace tenterhook::graphs {

// The memory of interpret() for one thread.
class lowered_memory {
 public:
  lowered_memory(trail& memory, bool power) : memory_(memory), power_(power) {}

  int load(int variable, std::memory_order order) {
    control_ = 0;
    if (order == seq_cst) bar(barrier::full);
    const auto read = memory_.events_so_far();
    const int value = memory_.machine_load(variable, on(), false);
    acquired(order, read);
    return value;
  }
  void store(int variable, int value, std::memory_order order) {
    released(order);
    memory_.machine_store(variable, value, on());
    if (!power_ && order == seq_cst) bar(barrier::full);
  }
  int fetch_add(int variable, int value, std::memory_order order) {
    return modify(
        variable, order, [&](int old) { return old + value; }, true);
  }
  int exchange(int variable, int value, std::memory_order order) {
    return modify(
        variable, order, [&](int) { return value; }, false);
  }
  // As GCC 12 has it: an order of failure above that of success makes both seq_cst, and what is
  // behind a failure is what is behind a success, or nothing if failure is relaxed.
  int compare_exchange(int variable, int expected, int value, std::memory_order order,
                       std::memory_order failure) {
    const bool above = failure == seq_cst || (failure == acquire && order == relaxed);
    if (above) order = seq_cst;
    released(order);
    const auto read = memory_.events_so_far();
    const int old = memory_.machine_load(variable, on(), true);
    control_ |= std::uint64_t{1} << read;
    if (old == expected) memory_.machine_store_exclusive(variable, read, value, on());
    if (old == expected || failure != relaxed) acquired(order, read);
    return old;
  }
  void fence(std::memory_order order) {
    control_ = 0;
    bar(power_ && order != seq_cst ? barrier::light : barrier::full);
  }

 private:
  template <class Change>
  int modify(int variable, std::memory_order order, Change change, bool depends) {
    released(order);
    const auto read = memory_.events_so_far();
    const int old = memory_.machine_load(variable, on(), true);
    dependencies d = on();
    if (depends) d.data = std::uint64_t{1} << read;
    memory_.machine_store_exclusive(variable, read, change(old), d);
    acquired(order, read);
    return old;
  }

  dependencies on() const { return {0, 0, control_}; }
  void bar(barrier what) { memory_.machine_barrier(what, on()); }
  void released(std::memory_order order) {
    control_ = 0;
    if (order == seq_cst) return bar(barrier::full);
    if (order == release || order == acq_rel) bar(power_ ? barrier::light : barrier::full);
  }
  // On POWER a branch on what was read, and an isync.
  void acquired(std::memory_order order, std::uint32_t read) {
    if (order == relaxed || order == release) return;
    if (power_) control_ |= std::uint64_t{1} << read;
    bar(power_ ? barrier::instruction : barrier::full);
  }

  trail& memory_;
  const bool power_;
  std::uint64_t control_ = 0;
};

// REQUIRES: p outlives it; `model` is "power" or "arm".
inline code lowered(const program& p, const std::string& model) {
  code result{p.variables, {}};
  for (const thread& t : p.threads) {
    result.threads.push_back([&t, power = model == "power"](trail& memory) {
      lowered_memory machine(memory, power);
      interpret(t, machine);
    });
  }
  return result;
}

}  // namespace tenterhook::graphs
