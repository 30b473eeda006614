#include "checker/litmus/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/execution/failure.hpp"
#include "checker/explore/explorer.hpp"
#include "checker/litmus/interpreter.hpp"

namespace tenterhook::checker::litmus {
namespace {

// Explores the interpreter's executions and says of each what `visited` wants to know.
Result explore_all(const Test& test, const std::string& model, Interpreter& interpreter,
                   const std::function<bool()>& stop,
                   std::function<void(const Graph&, Execution&)> visited) {
  program what;
  what.name = test.name;
  what.threads = static_cast<unsigned>(test.threads.size()) + 1;
  what.body = [&interpreter](const parameters&) { interpreter.body(); };
  what.budget = {0, 0, 0, 0};
  Task task;
  task.what = &what;
  task.strategy = "dpor";
  task.options.model = model;
  task.options.budget = what.budget;
  task.options.leaks = false;
  task.options.stack_bytes = 64 * 1024;
  task.stop = stop;
  task.visited = std::move(visited);
  return explore(task);
}

// Does the checker's own race detector, on plain cells, find a race?
bool race_on_plain_cells(const Test& test, const std::string& model,
                         const std::function<bool()>& stop, std::string& problem) {
  Interpreter interpreter(test, true);
  const Result result = explore_all(test, model, interpreter, stop, nullptr);
  if (result.failures.empty()) return false;
  const Failure& failure = result.failures.front().failure;
  if (failure.kind == FailureKind::race) return true;
  problem = failure.message;
  return false;
}

}  // namespace

Ran run(const Test& test, const std::string& model, const std::function<bool()>& stop) {
  Ran ran;
  GraphModel known{};
  if (test.arch == Arch::aarch64) {
    ran.unsupported = "AArch64: no target has it";
    return ran;
  }
  if (!graph_model(model, known)) {
    ran.unsupported = fmt::format("model {}: not there", model);
    return ran;
  }
  const bool races = test.plain && model.starts_with("rc11");
  Interpreter interpreter(test, false);
  const Result result = explore_all(
      test, model, interpreter, stop, [&](const Graph& graph, Execution& x) {
        if (x.outcome() != Outcome::complete) return;
        ran.states[interpreter.final_state(graph)]++;
        if (races && !ran.race) ran.race = interpreter.race(graph, x);
      });
  ran.executions = result.executions;
  if (!result.failures.empty()) {
    ran.problem = result.failures.front().failure.message;
  } else if (result.verdict != Verdict::verified) {
    ran.problem = fmt::format("{}: {}", text(result.verdict), result.bound);
  } else if (races && !test.mixed &&
             race_on_plain_cells(test, model, stop, ran.problem) != ran.race) {
    ran.problem = "the race detector and the graphs disagree about a race";
  }
  return ran;
}

const char* verdict(const Test& test, const Ran& ran) {
  const auto met = static_cast<std::size_t>(
      std::count_if(ran.states.begin(), ran.states.end(),
                    [&](const auto& state) { return holds(test, state.first); }));
  return met == 0 ? "Never" : met == ran.states.size() ? "Always" : "Sometimes";
}

}  // namespace tenterhook::checker::litmus
