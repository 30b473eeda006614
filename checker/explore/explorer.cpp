#include "checker/explore/explorer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checker/execution/hash.hpp"
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

void judge(const Task& task, const Strategy& strategy, bool stopped, Result& result) {
  for (const std::string& mark : task.what->marks) {
    if (!std::binary_search(result.marks.begin(), result.marks.end(), mark)) {
      result.missed.push_back(mark);
    }
  }
  const std::string environment = budgets_text(task.options.budget);
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
  const bool whole = strategy.exhausted() && !stopped && result.cut == 0;
  if (strategy.name() == std::string("exhaustive")) {
    result.verdict = whole ? Verdict::verified : Verdict::inconclusive;
    if (whole) {
      result.bound = environment;
    } else {
      result.bound = fmt::format("{} executions, {} cut at {} steps", result.executions,
                                 result.cut, task.options.max_steps);
    }
  } else if (strategy.name() == std::string("bounded")) {
    result.verdict = whole ? Verdict::no_bug : Verdict::inconclusive;
    result.bound = fmt::format("{}preemptions <= {}{}{}", whole ? "" : "not all of ",
                               task.preemptions, environment.empty() ? "" : ", ", environment);
  } else {
    result.verdict = result.executions + result.cut == 0 ? Verdict::inconclusive : Verdict::no_bug;
    result.bound = fmt::format("{} {} executions", result.executions, strategy.name());
  }
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
    search.preemptions = task.preemptions;
    return std::make_unique<SearchStrategy>(search);
  }
  return nullptr;
}

Result explore(const Task& task) {
  Result result;
  auto strategy = make_strategy(task);
  Options options = task.options;
  options.graphs = task.strategy == "exhaustive" || task.strategy == "bounded";
  options.threads = std::max(options.threads, task.what->threads);
  Execution execution(options);
  const std::function<void()> body = [&task] { task.what->body(task.values); };
  std::set<GraphHash> graphs;
  std::uint64_t runs = 0;
  bool stopped = false;
  while (!stopped && (task.runs == 0 || runs < task.runs) && strategy->begin()) {
    const Outcome outcome = execution.run(body, *strategy);
    strategy->end(outcome, execution.steps());
    ++runs;
    result.steps += execution.steps();
    result.digest = mix(result.digest, execution.fingerprint());
    switch (outcome) {
      case Outcome::complete:
        result.executions++;
        if (options.graphs) graphs.insert(execution.graph());
        break;
      case Outcome::blocked: result.blocked++; break;
      case Outcome::redundant: result.redundant++; break;
      case Outcome::cut: result.cut++; break;
      case Outcome::failed: {
        const std::string signature = execution.failure().signature();
        const auto known = std::find_if(
            result.failures.begin(), result.failures.end(),
            [&](const Found& f) { return f.failure.signature() == signature; });
        if (known != result.failures.end()) {
          known->times++;
          break;
        }
        Found found{execution.failure(), execution.decisions(), execution.fingerprint(), runs, 1,
                    false};
        found.confirmed = confirm(execution, task, found);
        if (result.failures.empty()) found.trace = trace_of(execution, task, found.decisions);
        result.failures.push_back(std::move(found));
        stopped = !task.keep_going;
        break;
      }
    }
    if (task.progress && runs % kProgressEvery == 0) task.progress(runs);
    if (task.stop && task.stop()) stopped = true;
  }
  if (task.runs != 0 && runs >= task.runs && !strategy->exhausted() &&
      (task.strategy == "exhaustive" || task.strategy == "bounded")) {
    stopped = true;
  }
  meet(result, execution.marks());
  result.graphs = graphs.size();
  result.sites = execution.sites();
  judge(task, *strategy, stopped, result);
  return result;
}

Outcome repeat(Execution& execution, const Task& task,
               const std::vector<std::uint32_t>& decisions) {
  execution.options().trace = true;
  DecisionReplay replay(decisions);
  replay.begin();
  return execution.run([&task] { task.what->body(task.values); }, replay);
}

}  // namespace tenterhook::checker
