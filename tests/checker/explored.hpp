// Small hooked programs and their exploration, for tests/checker and tests/canary.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "checker/explore/explorer.hpp"
#include "properties/scenario.hpp"

namespace tenterhook::hooked::tests {

using checker::budgets;
using checker::Execution;
using checker::Failure;
using checker::FailureKind;
using checker::Outcome;
using checker::Result;
using checker::Task;
using checker::Verdict;
using properties::run;
using word = platform::atomic<std::uint32_t>;

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

inline constexpr budgets nothing_happens{0, 0, 0, 0};

// A program made of a function. Results leave it through variables of the test that need no
// memory: what operator new gives inside a virtual thread ends with the execution.
inline checker::program program_of(std::function<void(run&)> scenario, unsigned threads = 8) {
  checker::program p;
  p.name = "test/program";
  p.about = "a program of a test";
  p.threads = threads;
  p.budget = nothing_happens;
  p.body = [scenario = std::move(scenario)](const checker::parameters& values) {
    run t(values);
    scenario(t);
  };
  return p;
}

inline Task task_of(const checker::program& p, const std::string& strategy = "exhaustive",
                    const std::string& model = "sc") {
  Task task;
  task.what = &p;
  for (const checker::parameter& q : p.parameters) task.values[q.name] = q.value;
  task.strategy = strategy;
  task.options.model = model;
  task.options.budget = p.budget;
  return task;
}

// Every strategy that samples, and these before them.
inline std::vector<std::string> samplers(std::vector<std::string> names = {}) {
  for (const std::string& name : checker::strategies()) {
    if (checker::sampled(name)) names.push_back(name);
  }
  return names;
}

// Explores all interleavings of the function.
inline Result exhaust(std::function<void(run&)> scenario, const std::string& model = "sc",
                      budgets budget = nothing_happens) {
  checker::program p = program_of(std::move(scenario));
  p.budget = budget;
  return explore(task_of(p, "exhaustive", model));
}

// What went wrong, for messages; "": nothing did.
inline std::string failure_of(const Result& r) {
  return r.failures.empty() ? "" : r.failures.front().failure.signature();
}

inline bool fails_with(const Result& r, FailureKind kind) {
  return r.verdict == Verdict::bug && r.failures.front().failure.kind == kind &&
         r.failures.front().confirmed;
}

}  // namespace tenterhook::hooked::tests
