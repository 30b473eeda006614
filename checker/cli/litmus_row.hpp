// A litmus test that the tool runs, and what came of it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "checker/cli/settings.hpp"
#include "checker/litmus/expected.hpp"
#include "checker/litmus/run.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::cli {

struct LitmusRow {
  litmus::Test test;
  std::string model;
  const litmus::Expected* expected = nullptr;  // null: no table was given
  litmus::Ran ran;
  std::optional<std::string> difference;
  double seconds = 0;

  // REQUIRES: it was run. Without a table: nothing went wrong.
  bool agrees() const { return ran.problem.empty() && !difference; }
};

// Runs them all, in this process or in so many others, and tells of each in their order. Returns
// early when the tool is interrupted.
void run_rows(std::vector<LitmusRow>& rows, unsigned jobs,
              const std::function<void(const LitmusRow&)>& told);

// As herd and litmus print it: a line a state, its executions, a star if the proposition holds.
std::string report(const LitmusRow& row);
// One line: does it agree with the table?
std::string comparison(const LitmusRow& row);
// The tests that herd answers with executions that buffer loads, then a line an architecture.
std::string closing(const std::vector<LitmusRow>& rows, double seconds);
void write_json(const Settings& settings, const std::vector<LitmusRow>& rows);

}  // namespace tenterhook::checker::cli
