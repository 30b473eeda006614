// Small concurrent programs: what explorers and the brute force are compared on. Variables start at
// 0; a thread remembers the last value that it has read, which is 0 before its first read.
#pragma once

#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace tenterhook::graphs {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

enum class op : std::uint8_t {
  load,
  store,
  fetch_add,
  exchange,
  compare_exchange,  // the strong one; a failed one is a load with the order of failure
  fence,
  skip_if,  // skips the next instruction if the last value read equals `value`
};

struct instruction {
  op what = op::load;
  int variable = 0;
  int value = 0;           // the operand
  bool dependent = false;  // the operand is `value` plus the last value read
  int expected = 0;        // of compare_exchange
  std::memory_order order = relaxed;
  std::memory_order failure = relaxed;  // of compare_exchange
  auto operator<=>(const instruction&) const = default;
};

using thread = std::vector<instruction>;

struct program {
  int variables = 2;
  std::vector<thread> threads;
  auto operator<=>(const program&) const = default;
};

// For the tables of tests.
instruction load(int variable, std::memory_order order = relaxed);
instruction store(int variable, int value, std::memory_order order = relaxed);
instruction store_last(int variable, int plus, std::memory_order order = relaxed);
instruction fetch_add(int variable, int value, std::memory_order order = relaxed);
instruction exchange(int variable, int value, std::memory_order order = relaxed);
instruction compare_exchange(int variable, int expected, int value,
                             std::memory_order order = relaxed,
                             std::memory_order failure = relaxed);
instruction fence(std::memory_order order = seq_cst);
instruction skip_if(int value);

bool is_rmw(op what);
bool accesses_memory(op what);
bool has_rmw(const program& p);

// A thread a line: "t0: x.store(1, relaxed); r = y.load(acquire); if (r == 1) skip".
std::string text(const instruction& i);
std::string text(const program& p);
std::ostream& operator<<(std::ostream& out, const program& p);

// Runs a thread on anything that has these operations.
template <class Memory>
void interpret(const thread& code, Memory& memory) {
  int last = 0;
  for (std::size_t at = 0; at < code.size(); ++at) {
    const instruction& i = code[at];
    const int value = i.value + (i.dependent ? last : 0);
    switch (i.what) {
      case op::load: last = memory.load(i.variable, i.order); break;
      case op::store: memory.store(i.variable, value, i.order); break;
      case op::fetch_add: last = memory.fetch_add(i.variable, value, i.order); break;
      case op::exchange: last = memory.exchange(i.variable, value, i.order); break;
      case op::compare_exchange:
        last = memory.compare_exchange(i.variable, i.expected, value, i.order, i.failure);
        break;
      case op::fence: memory.fence(i.order); break;
      case op::skip_if: at += last == i.value ? 1 : 0; break;
    }
  }
}

}  // namespace tenterhook::graphs
