// What explorations of every kind share: they count executions, confirm failures and judge.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "checker/explore/dpor.hpp"
#include "checker/explore/explorer.hpp"

namespace tenterhook::checker {

// What explorations of every kind do with an execution.
class Exploration {
 public:
  Exploration(const Task& task, const Options& options)
      : task_(task), execution_(options), body_([&task] { task.what->body(task.values); }) {}

  Execution& execution() { return execution_; }
  const std::function<void()>& body() const { return body_; }
  Result& result() { return result_; }
  bool stopped() const { return stopped_; }
  bool over() const { return stopped_ || (task_.runs != 0 && runs_ >= task_.runs); }

  // Counts an execution.
  void ended(Outcome outcome);
  // The execution that failed; `decisions` repeat it.
  void failed(const std::vector<std::uint32_t>& decisions, std::uint64_t fingerprint);
  // A failure that is known; null: it is a new one.
  Found* known();
  void look_up();
  Result finish(const char* strategy, bool exhausted);
  const Task& task() const { return task_; }
  // A part of an exploration: its counts begin at nothing.
  void begin_part();
  std::uint64_t part_runs() const { return runs_; }
  Result& take_part();

 private:
  const Task& task_;
  Execution execution_;
  std::function<void()> body_;
  Result result_;
  std::set<GraphHash> graphs_;
  std::uint64_t runs_ = 0;
  bool stopped_ = false;
};

// Fills in the verdict and what it is bounded by.
void judge(const Task& task, const std::string& strategy, bool exhausted, bool stopped,
           Result& result);

// -- dpor --

inline constexpr const char* kNoPlaceForSignals =
    "a graph has no place for a signal between two steps";

// Runs the program along the graph that is next; false: there is none left.
bool explore_next(Exploration& exploration, Dpor& dpor);
Result explore_graphs(const Task& task, const Options& options);

}  // namespace tenterhook::checker
