// Explores one program under one model with one strategy: executions until the strategy has no
// more, a limit is reached or a bug is found.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "checker/execution/execution.hpp"
#include "checker/program.hpp"

namespace tenterhook::checker {

enum class Verdict : std::uint8_t {
  verified,      // every execution was explored, none fails
  no_bug,        // none found within the bound that is told
  bug,
  inconclusive,  // stopped before its end
  unsupported,   // the model or the strategy cannot answer
  nothing_ran,   // no complete execution, or a coverage mark was missed
};

const char* text(Verdict verdict);

struct Result;

// How to explore. Thread safety: none.
struct Task {
  const program* what = nullptr;
  parameters values;
  std::string strategy = "exhaustive";
  Options options;
  std::uint64_t seed = 1;
  std::uint64_t runs = 0;          // most executions; 0: no limit
  unsigned preemptions = 2;        // of bounded, and of dpor if `bounded`
  bool bounded = false;            // of dpor
  unsigned depth = 3;              // of pct
  bool reduction = true;           // of exhaustive and bounded
  bool backwards = false;          // of exhaustive: alternatives in the other order
  bool symmetry = false;           // of dpor: identical threads in one order, not with last_first
  bool last_first = false;         // of dpor: the last thread that can go on adds the next event
  bool keep_going = false;         // count failures of other signatures too
  std::function<bool()> stop;      // asked between executions; null: never
  std::function<void(const Result& so_far)> progress;  // called now and then; null: not
  // of dpor, in processes of its own
  unsigned jobs = 0;               // worker processes; 0: none, in this process
  std::uint64_t quantum = 20'000;  // executions of a unit of work before it comes back
  std::string checkpoint, resume;  // files; "": none
  std::string identity;            // what a checkpoint is of: another's is refused
  std::function<bool()> checkpoint_due;  // asked now and then; null: only at the end
  unsigned shard = 1, shards = 1;  // this one's part of the tree
  // Of dpor: called after each execution that is complete or failed, which is the one that
  // Execution has: its graph, names and outcome are valid there. Null: not.
  std::function<void(const Graph&, Execution&)> visited;
};

struct Found {
  Failure failure;
  std::vector<std::uint32_t> decisions;
  std::uint64_t fingerprint = 0;
  std::uint64_t execution = 0;     // its number, from 1; with jobs as their results came back
  std::uint64_t times = 1;         // executions with its signature
  bool confirmed = false;          // it came back when repeated
  std::vector<TraceEntry> trace;   // of the first failure only
};

struct Result {
  Verdict verdict = Verdict::inconclusive;
  std::string bound;               // of no_bug and inconclusive; assumptions of verified
  std::uint64_t executions = 0;    // complete ones
  std::uint64_t blocked = 0;       // ended by a false assumption
  std::uint64_t redundant = 0;     // abandoned by the reduction
  std::uint64_t cut = 0;           // reached the step limit
  std::uint64_t steps = 0;
  double explored = 0;             // dpor: estimated part of the whole, in [0, 1]
  double total = 0;                // dpor: estimated number of complete executions; 0: not known
  double deviation = 0;            // of `total`
  std::uint64_t died = 0;          // workers that died; what they did was done again
  std::uint64_t graphs = 0;        // distinct execution graphs of the complete ones; 0: not counted
  std::vector<Found> failures;     // by first occurrence; with keep_going, one a signature
  std::vector<std::string> marks;  // coverage marks met, sorted
  std::vector<std::string> missed;
  std::vector<Execution::Site> sites;  // with Options::sites
  std::vector<bool> applied;       // of Options::orders, by number: was an operation there met?
  std::uint64_t digest = 0;        // of all fingerprints in order: equal for equal explorations
};

// The names that Task::strategy takes.
const std::vector<std::string>& strategies();
// Those that draw executions from the seed and never come to an end of their own.
bool sampled(const std::string& strategy);
std::unique_ptr<Strategy> make_strategy(const Task& task);  // null: no such name

Result explore(const Task& task);

// Repeats one execution with a trace. The outcome and the trace are the execution's. Decisions name
// threads by slot, and slots belong to the Execution that met them: Found::trace is for others.
Outcome repeat(Execution& execution, const Task& task, const std::vector<std::uint32_t>& decisions);

}  // namespace tenterhook::checker
