#include "checker/explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/execution/hash.hpp"
#include "checker/explore/exploration.hpp"
#include "checker/explore/parallel.hpp"
#include "checker/explore/pct.hpp"
#include "checker/explore/pos.hpp"
#include "checker/explore/random.hpp"
#include "checker/explore/replay.hpp"
#include "checker/explore/rff.hpp"
#include "checker/explore/search.hpp"
#include "checker/explore/surw.hpp"

namespace tenterhook::checker {
namespace {

// Times that a failure must come back before it is reported.
constexpr unsigned kConfirmations = 3;
constexpr std::uint64_t kProgressEvery = 1024;

std::string budgets_text(const budgets& b) {
  std::string text;
  const auto add = [&](const char* what, unsigned n) {
    if (n != 0) text += fmt::format("{}{} <= {}", text.empty() ? "" : ", ", what, n);
  };
  add("timeouts", b.timeouts);
  add("spurious wakes", b.spurious);
  add("weak CAS failures", b.weak_cas);
  add("signals", b.signals);
  return text;
}

void meet(Result& result, const std::vector<std::string>& marks) {
  for (const std::string& mark : marks) {
    const auto at = std::lower_bound(result.marks.begin(), result.marks.end(), mark);
    if (at == result.marks.end() || *at != mark) result.marks.insert(at, mark);
  }
}

// Repeats a failing execution: it must come back as it was.
bool confirm(Execution& execution, const Task& task, const Found& found) {
  DecisionReplay replay(found.decisions);
  for (unsigned i = 0; i < kConfirmations; ++i) {
    replay.begin();
    const Outcome outcome =
        execution.run([&task] { task.what->body(task.values); }, replay);
    if (outcome != Outcome::failed || execution.fingerprint() != found.fingerprint ||
        execution.failure().signature() != found.failure.signature()) {
      return false;
    }
  }
  return true;
}

std::vector<TraceEntry> trace_of(Execution& execution, const Task& task,
                                 const std::vector<std::uint32_t>& decisions) {
  repeat(execution, task, decisions);
  execution.options().trace = task.options.trace;
  return execution.trace();
}

}  // namespace

const char* text(Verdict verdict) {
  switch (verdict) {
    case Verdict::verified: return "VERIFIED";
    case Verdict::no_bug: return "NO BUG FOUND";
    case Verdict::bug: return "BUG";
    case Verdict::inconclusive: return "INCONCLUSIVE";
    case Verdict::unsupported: return "UNSUPPORTED";
    case Verdict::nothing_ran: return "NOTHING RAN";
  }
  return "?";
}

void judge(const Task& task, const std::string& strategy, bool exhausted, bool stopped,
           Result& result) {
  for (const std::string& mark : task.what->marks) {
    if (!std::binary_search(result.marks.begin(), result.marks.end(), mark)) {
      result.missed.push_back(mark);
    }
  }
  std::string environment = budgets_text(task.options.budget);
  if (task.symmetry && strategy == "dpor") {
    environment += environment.empty() ? "" : ", ";
    environment += "identical threads in one order";
  }
  if (!result.failures.empty()) {
    result.verdict = Verdict::bug;
    return;
  }
  if (result.executions == 0 && !stopped) {
    result.verdict = Verdict::nothing_ran;
    result.bound = fmt::format("no execution was complete ({} blocked, {} cut)", result.blocked,
                               result.cut);
    return;
  }
  const bool whole = exhausted && !stopped && result.cut == 0;
  if (strategy == "exhaustive" || strategy == "dpor") {
    result.verdict = whole ? Verdict::verified : Verdict::inconclusive;
    if (whole && task.bounded) {
      result.verdict = Verdict::no_bug;
      result.bound = fmt::format("preemptions <= {}{}{}", task.preemptions,
                                 environment.empty() ? "" : ", ", environment);
    } else if (whole) {
      result.bound = environment;
    } else {
      result.bound = fmt::format("{} executions, {} cut", result.executions, result.cut);
      if (result.explored > 0) {
        result.bound += fmt::format(", an estimated {:.2g} % of all", 100 * result.explored);
      }
      if (result.total > 0) {
        result.bound += fmt::format(", which are {:.2g} +- {:.2g}", result.total, result.deviation);
      }
    }
  } else if (strategy == "bounded") {
    result.verdict = whole ? Verdict::no_bug : Verdict::inconclusive;
    result.bound = fmt::format("{}preemptions <= {}{}{}", whole ? "" : "not all of ",
                               task.preemptions, environment.empty() ? "" : ", ", environment);
  } else {
    result.verdict = result.executions == 0 ? Verdict::inconclusive : Verdict::no_bug;
    result.bound = fmt::format("{} {} executions", result.executions, strategy);
  }
}


const std::vector<std::string>& strategies() {
  static const std::vector<std::string> names = {
#define STRATEGY(name, about) name,
#include "checker/explore/strategies.def"
#undef STRATEGY
  };
  return names;
}

bool sampled(const std::string& strategy) {
  for (const char* const name : {"random", "pct", "pos", "surw", "rff"}) {
    if (strategy == name) return true;
  }
  return false;
}

std::unique_ptr<Strategy> make_strategy(const Task& task) {
  SearchStrategy::Settings search;
  search.backwards = task.backwards;
  if (task.strategy == "random") return std::make_unique<RandomStrategy>(task.seed);
  if (task.strategy == "pct") return std::make_unique<PctStrategy>(task.seed, task.depth);
  if (task.strategy == "pos") return std::make_unique<PosStrategy>(task.seed);
  if (task.strategy == "rff") return std::make_unique<RffStrategy>(task.seed);
  if (task.strategy == "surw") return std::make_unique<SurwStrategy>(task.seed);
  if (task.strategy == "exhaustive") {
    search.sleep = task.reduction;
    return std::make_unique<SearchStrategy>(search);
  }
  if (task.strategy == "bounded") {
    search.name = "bounded";
    search.sleep = false;
    search.bounded = true;
    search.remember = task.reduction;
    search.preemptions = task.preemptions;
    return std::make_unique<SearchStrategy>(search);
  }
  return nullptr;
}

Found* Exploration::known() {
  const std::string signature = execution_.failure().signature();
  for (Found& f : result_.failures) {
    if (f.failure.signature() == signature) return &f;
  }
  return nullptr;
}

void Exploration::failed(const std::vector<std::uint32_t>& decisions, std::uint64_t fingerprint) {
  Found found{execution_.failure(), decisions, fingerprint, runs_, 1, false, {}};
  found.confirmed = confirm(execution_, task_, found);
  if (result_.failures.empty()) found.trace = trace_of(execution_, task_, found.decisions);
  result_.failures.push_back(std::move(found));
  stopped_ = !task_.keep_going;
}

void Exploration::ended(Outcome outcome) {
  ++runs_;
  result_.steps += execution_.steps();
  result_.digest = mix(result_.digest, execution_.fingerprint());
  switch (outcome) {
    case Outcome::complete:
      result_.executions++;
      if (execution_.options().graphs) graphs_.insert(execution_.graph());
      break;
    case Outcome::blocked: result_.blocked++; break;
    case Outcome::redundant: result_.redundant++; break;
    case Outcome::cut: result_.cut++; break;
    case Outcome::failed: break;
  }
}

void Exploration::begin_part() {
  result_ = {};
  runs_ = 0;
  stopped_ = false;
}

Result& Exploration::take_part() {
  meet(result_, execution_.marks());
  result_.applied = execution_.applied();
  return result_;
}

void Exploration::look_up() {
  if (task_.progress && runs_ % kProgressEvery == 0) task_.progress(result_);
  if (task_.stop && task_.stop()) stopped_ = true;
}

Result Exploration::finish(const char* strategy, bool exhausted) {
  meet(result_, execution_.marks());
  result_.graphs = graphs_.size();
  result_.sites = execution_.sites();
  result_.applied = execution_.applied();
  const std::string name = strategy;
  const bool complete = name == "exhaustive" || name == "bounded" || name == "dpor";
  const bool limited = complete && !exhausted && task_.runs != 0 && runs_ >= task_.runs;
  judge(task_, name, exhausted, stopped_ || limited, result_);
  return std::move(result_);
}

Result explore(const Task& task) {
  Options options = task.options;
  options.threads = std::max(options.threads, task.what->threads);
  if (task.strategy == "dpor") {
    options.on_graphs = true;
    // elsewhere the younger may come before what its elder reads (graph/symmetry.hpp)
    options.symmetry = task.symmetry && (options.model == "sc" || options.model == "tso");
    options.last_first = task.last_first && !task.symmetry;  // the elder twin goes first
    return task.jobs != 0 ? explore_in_parallel(task, options) : explore_graphs(task, options);
  }
  auto strategy = make_strategy(task);
  options.graphs = task.strategy == "exhaustive" || task.strategy == "bounded";
  Exploration e(task, options);
  Execution& x = e.execution();
  while (!e.over() && strategy->begin()) {
    const Outcome outcome = x.run(e.body(), *strategy);
    strategy->end(outcome, x.steps());
    e.ended(outcome);
    if (outcome == Outcome::failed) {
      if (Found* known = e.known()) {
        known->times++;
      } else {
        e.failed(x.decisions(), x.fingerprint());
      }
    }
    e.look_up();
  }
  return e.finish(strategy->name(), strategy->exhausted());
}

Outcome repeat(Execution& execution, const Task& task,
               const std::vector<std::uint32_t>& decisions) {
  execution.options().trace = true;
  DecisionReplay replay(decisions);
  replay.begin();
  return execution.run([&task] { task.what->body(task.values); }, replay);
}

}  // namespace tenterhook::checker
