// The explorer: how many threads the program has, the search, and the failing execution once more
// for its trace.
#include "checker/relacy/explore.hpp"

#include <limits>

#include "checker/relacy/interrupt.hpp"
#include "checker/relacy/run.hpp"
#include "checker/relacy/session.hpp"
#include "checker/relacy/trace.hpp"
#include "platform/check.hpp"

namespace tenterhook::relacy {

using engine::current;
using engine::failure_kind;

const char* text(Search search) {
  switch (search) {
    case Search::random: return "random";
    case Search::full: return "full";
    case Search::bound: return "bound";
  }
  return "";
}

const char* text(Verdict verdict) {
  switch (verdict) {
    case Verdict::no_bug_found: return "NO BUG FOUND";
    case Verdict::bug: return "BUG";
    case Verdict::inconclusive: return "INCONCLUSIVE";
    case Verdict::unsupported: return "UNSUPPORTED";
  }
  return "";
}

namespace {

// One call of Relacy's.
struct Pass {
  Search search = Search::random;
  unsigned threads = 1;
  std::uint64_t runs = 0;  // 0: no limit
  std::string from;        // Relacy's state; empty: from the start
  bool record = false;
};

struct Outcome {
  int crashed = 0;      // the signal
  std::string state;    // Relacy's, of the failing execution
  std::string history;  // if recorded
};

// The first execution of a seed. Relacy's random executions are numbered, and the number is the
// seed of its generator: neighbours are as good as strangers, and 32 bits of the number count.
std::string first_of(std::uint64_t seed) {
  return std::to_string(1 + static_cast<std::uint32_t>(seed * 0x9E3779B97F4A7C15U >> 32));
}

void forget_last_pass() {
  current.executions = current.blocked = current.steps = current.mutated = 0;
  current.finished = current.cut = current.left_behind = current.pool_too_small = false;
  current.marks.clear();
  current.labels.clear();
  current.kind = failure_kind::none;
  current.message = current.location = current.thread = "";
}

void run_guarded(const Pass& pass, rl::test_params& params, Outcome& outcome) {
  outcome.crashed = sigsetjmp(engine::signal_guard::crashed, 1);
  if (outcome.crashed == 0) {
    rl::ostringstream state;
    switch (pass.search) {
      case Search::random: engine::run_random(pass.threads, params, state); break;
      case Search::full: engine::run_full(pass.threads, params, state); break;
      case Search::bound: engine::run_bound(pass.threads, params, state); break;
    }
    outcome.state = state.str().c_str();
    return;
  }
  // On a fiber of a context that will not run again; what it holds is lost.
  current.note_failure(failure_kind::crash, "the program crashed", "", 0);
  current.executions++;
  rl::context_holder<>::instance_ = nullptr;
  std::ostringstream state;
  current.save(current.scheduler, state);
  outcome.state = state.str();
}

Outcome run(const Pass& pass) {
  const Settings& settings = *current.settings;
  std::ostringstream history;
  std::ostream nowhere(nullptr);
  rl::test_params params;
  params.iteration_count = ~rl::iteration_t{0};  // end_execution() counts
  params.output_stream = &history;
  params.progress_stream = &nowhere;
  params.collect_history = pass.record;
  params.search_type = pass.search == Search::random ? rl::sched_random
                       : pass.search == Search::full ? rl::sched_full
                                                     : rl::sched_bound;
  params.context_bound = settings.preemptions;
  params.execution_depth_limit = static_cast<unsigned>(
      std::min<std::uint64_t>(settings.max_steps, std::numeric_limits<unsigned>::max()));
  params.initial_state = pass.from.c_str();

  forget_last_pass();
  current.capacity = pass.threads;
  current.runs_left = pass.runs;
  Outcome outcome;
  run_guarded(pass, params, outcome);
  outcome.history = history.str();
  // A failed execution does not reach end_execution().
  if (current.kind != failure_kind::none && outcome.crashed == 0) current.executions++;
  return outcome;
}

// How many threads does the program start? Relacy's pool has a fixed size, and threads that never
// start are scheduled at the end, in every order.
unsigned pool_for(const Settings& settings) {
  run({Search::random, engine::max_threads, 1, first_of(settings.seed), false});
  if (current.pool_too_small) return engine::max_threads + 1;
  return std::max(engine::min_threads, current.started);
}

std::string bound_of(const Settings& settings, const Result& result) {
  const std::string count = std::to_string(result.executions + result.blocked) + " executions";
  std::string bound;
  switch (settings.search) {
    case Search::random: return "loads see at most 2 stale stores; random, " + count;
    case Search::full: bound = "loads see at most 1 stale store; full search"; break;
    case Search::bound:
      bound = "loads see at most 1 stale store; at most " + std::to_string(settings.preemptions) +
              " preemptions";
      break;
  }
  return bound + (result.finished ? ", " : ", unfinished: ") + count;
}

void report(const Settings& settings, Result& result) {
  result.executions = current.executions;
  result.blocked = current.blocked;
  result.steps = current.steps;
  result.finished = current.finished;
  result.threads = current.capacity;
  result.mutated = current.mutated;
  for (const char* mark : current.marks) result.marks.emplace_back(mark);
  std::sort(result.marks.begin(), result.marks.end());
  result.marks.erase(std::unique(result.marks.begin(), result.marks.end()), result.marks.end());
  result.bound = bound_of(settings, result);
  if (current.kind != failure_kind::none) {
    result.verdict = Verdict::bug;
    result.kind = engine::text(current.kind);
    result.message = current.message.c_str();
    result.location = current.location.c_str();
    result.thread = current.thread.c_str();
  } else if (result.executions == 0) {
    result.verdict = Verdict::inconclusive;
    result.message = "no execution ran to its end";
  } else {
    result.verdict = Verdict::no_bug_found;
  }
}

void add_trace(Pass pass, const Outcome& failed, Result& result) {
  pass.from = failed.state;
  pass.runs = 1;
  pass.record = true;
  const Outcome again = run(pass);
  result.trace = engine::readable_trace(again.history, current);
  if (current.message.c_str() != result.message || current.location.c_str() != result.location) {
    result.message +=
        " (a second run of the same execution did not fail so: the program depends "
        "on more than Relacy's choices)";
  }
}

Result unsupported(std::string why) {
  Result result;
  result.verdict = Verdict::unsupported;
  result.message = std::move(why);
  return result;
}

// Settings::from, taken apart: the pool's size, the number of the execution and, of a search that
// keeps a tree, its path: a count and as many triples (alternatives, the one taken, kind).
bool is_path(const std::string& from, Search search) {
  std::istringstream in(from);
  std::vector<std::uint64_t> n;
  for (std::uint64_t value; in >> value;) n.push_back(value);
  if (!in.eof() || n.size() < 2) return false;
  if (n[0] < engine::min_threads || n[0] > engine::max_threads) return false;
  if (search == Search::random) return n.size() == 2;
  if (n.size() < 3 || n[2] > n.size() || n.size() != 3 + 3 * n[2]) return false;
  for (std::size_t i = 3; i < n.size(); i += 3) {
    if (n[i + 1] >= n[i] || n[i + 2] > rl::sched_type_user) return false;
  }
  return true;
}

void repeat_only(const std::string& from, Pass& pass) {
  std::istringstream in(from);
  in >> pass.threads >> std::ws;
  std::getline(in, pass.from);
  pass.runs = 1;
}

Result search(const Settings& settings) {
  const std::string too_many = "the program starts more threads than Relacy's pool of " +
                               std::to_string(engine::max_threads) + " holds";
  Pass pass{settings.search, engine::min_threads, settings.runs, "", false};
  if (settings.search == Search::random) pass.from = first_of(settings.seed);
  if (!settings.from.empty()) {
    repeat_only(settings.from, pass);
  } else {
    pass.threads = pool_for(settings);
    if (pass.threads > engine::max_threads) return unsupported(too_many);
  }

  Result result;
  const double start = engine::seconds_now();
  current.deadline = start + settings.time_budget;
  Outcome outcome = run(pass);
  while (current.pool_too_small) {  // some executions start more threads than the first one did
    if (++pass.threads > engine::max_threads) return unsupported(too_many);
    outcome = run(pass);
  }
  result.seconds = engine::seconds_now() - start;
  report(settings, result);
  if (result.verdict != Verdict::bug) return result;
  result.state = std::to_string(pass.threads) + " " + outcome.state;
  while (result.state.back() == ' ') result.state.pop_back();
  if (settings.trace && outcome.crashed == 0) add_trace(pass, outcome, result);
  return result;
}

}  // namespace

bool is_state(const std::string& text, Search search) { return is_path(text, search); }

Result explore(const checker::program& program, const checker::parameters& values,
               const Settings& settings) {
  if (!program.relacy) return unsupported("the program cannot run under Relacy");
  current.program = &program;
  current.values = &values;
  current.settings = &settings;
  current.altering = settings.raise.has_value() || settings.mutant.kind != Mutate::none;
  platform::detail::defect_on = settings.defect;
  const engine::signal_guard guard;
  Result result = search(settings);
  platform::detail::defect_on = 0;
  return result;
}

}  // namespace tenterhook::relacy
