// Explores a program with one of Relacy's schedulers. Free of Relacy's headers: the command line,
// the tests and the report see only this.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arch/target.hpp"
#include "checker/program.hpp"

namespace tenterhook::relacy {

enum class Search { random, full, bound };

const char* text(Search search);

// A change to the operations of one source line, made at run time.
enum class Mutate {
  none,
  drop,       // a store or a fence does not happen
  weaken,     // the order one step down: seq_cst, then acquire, release or acq_rel, then relaxed
  split,      // a compare-exchange or other read-modify-write as a load and a store
  fail_once,  // a compare-exchange fails, once an execution
};

struct Mutant {
  Mutate kind = Mutate::none;
  std::string file;  // the end of the source file's path
  unsigned line = 0;
  unsigned column = 0;  // 0: any
};

struct Settings {
  Search search = Search::random;
  std::uint64_t seed = 0;            // of random: decides the first execution; they follow in order
  std::uint64_t runs = 0;            // most executions; 0: no limit
  unsigned preemptions = 2;          // of bound
  double time_budget = 60;           // seconds; looked at between executions
  std::uint64_t max_steps = 20'000;  // of one execution; longer is a livelock
  std::uint32_t defect = 0;          // defect_id of the one switched on; 0: none
  std::optional<arch::memory_model> raise;  // orders count as what this machine's lowering gives
  Mutant mutant;
  std::string from;   // a state that Result::state printed: repeat that execution only
  bool trace = true;  // run a failing execution again to record it
};

enum class Verdict { no_bug_found, bug, inconclusive, unsupported };

const char* text(Verdict verdict);

struct Result {
  Verdict verdict = Verdict::inconclusive;
  std::uint64_t executions = 0;  // that ran to their end, the failing one included
  std::uint64_t blocked = 0;     // ended by a false assumption
  std::uint64_t steps = 0;       // scheduling decisions
  double seconds = 0;            // wall time of the search, without the trace
  bool finished = false;         // full, bound: every execution within the bound was run
  unsigned threads = 0;          // size of the pool
  std::uint64_t mutated = 0;     // operations that the mutant changed
  std::vector<std::string> marks;
  std::string bound;  // what "no bug found" means
  // of a bug; message also of the others where there is a reason to tell
  std::string kind;  // as in checker/execution/failures.def
  std::string message;
  std::string location;  // file:line
  std::string thread;    // who did it
  std::string state;     // --from of a run that repeats it
  std::string trace;     // the failing execution, a line a step
};

// Is the text a state of that search, as Result::state has them?
bool is_state(const std::string& text, Search search);

// REQUIRES: settings.from is empty or a state of the search, of this program and these settings.
// Never throws for a failing program. Not reentrant.
Result explore(const checker::program& program, const checker::parameters& values,
               const Settings& settings);

}  // namespace tenterhook::relacy
