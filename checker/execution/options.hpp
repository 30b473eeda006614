// What an execution is run with.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checker/program.hpp"

namespace tenterhook::checker {

// A change to one operation of the program, made at run time: `audit mutants`.
enum class MutationKind : std::uint8_t {
#define MUTATION(name, text) name,
#include "checker/execution/mutations.def"
#undef MUTATION
};

struct Mutation {
  MutationKind kind = MutationKind::none;
  std::string file;   // as in the source location
  unsigned line = 0;
  unsigned column = 0;
};

// Other orders for the operation at one place in the source: `--order`, `audit barriers`.
struct OrderAt {
  std::string file;      // as in the source location
  unsigned line = 0;
  unsigned column = 0;   // 0: every operation of the line
  std::memory_order order = std::memory_order_seq_cst;
  std::memory_order fail_order = std::memory_order_seq_cst;  // of a compare-exchange that fails
  friend bool operator==(const OrderAt&, const OrderAt&) = default;
};

// "runtime/runq.cpp:57:12=release", "…=acq_rel/relaxed".
std::string text(const OrderAt& order);
// false: it is no such text. Without a second order it is of_failure() of the first.
bool parse(std::string_view text, OrderAt& order);
// What remains of an order for the load of a compare-exchange that fails.
std::memory_order of_failure(std::memory_order order);

struct Options {
  std::string model = "sc";
  budgets budget;
  unsigned threads = 8;               // most virtual threads, the main one included
  std::uint64_t max_steps = 20'000;   // then a fair tail, then the execution is cut
  std::uint64_t max_events = 3'000;   // of one graph; then it is cut
  std::size_t stack_bytes = 256 * 1024;
  std::uint32_t defect = 0;           // defect_id of the one switched on; 0: none
  Mutation mutation;
  std::vector<OrderAt> orders;        // for these places, instead of the declared ones
  bool on_graphs = false;             // stepwise on a graph though the model has a machine
  bool last_first = false;            // directed: the last thread that can goes on, not the first
  bool symmetry = false;              // directed: look for identical threads
  bool graphs = false;                // hash each execution's graph
  bool trace = false;                 // keep a TraceEntry a step
  bool names = false;                 // on graphs: keep names of locations and places of events
  bool sites = false;                 // keep the places of all operations: Execution::sites()
  bool reach = false;                 // marks too: outcomes of compare-exchanges, changes of cells
  bool leaks = true;                  // report blocks that outlive the execution
};

// 128 bits: enough that two graphs never share a hash by chance.
struct GraphHash {
  std::uint64_t low = 0, high = 0;
  friend bool operator==(const GraphHash&, const GraphHash&) = default;
  friend auto operator<=>(const GraphHash&, const GraphHash&) = default;
};

}  // namespace tenterhook::checker
