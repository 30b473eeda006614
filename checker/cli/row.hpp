// A row of a check: one program under one model with one strategy, and what came of it.
#pragma once

#include <string>
#include <vector>

#include "checker/cli/settings.hpp"
#include "checker/explore/explorer.hpp"
#include "checker/report/seen.hpp"

namespace tenterhook::checker::cli {

struct Row {
  const program* what = nullptr;
  parameters values;
  std::string target;      // "-": none asked for
  std::string model;       // "sc", "tso", …; of relacy "rc11"
  std::string strategy;
  std::string search;      // of relacy
  std::string raise = "none";  // of relacy: the machine whose lowering raises the orders
  std::string defect;      // "": none
  std::vector<OrderAt> orders;  // of --order
  std::uint64_t seed = 1, runs = 0, max_steps = 20'000;
  unsigned preemptions = 2;
  bool symmetry = false;   // of dpor
  bool reach = false;      // Options::reach
  bool bounded = false;    // dpor, at most so many preemptions
  budgets budget;
  bool keep_going = false;
  unsigned jobs = 0;       // of dpor; 0: in this process
  std::string checkpoint, resume;
  unsigned shard = 1, shards = 1;
  bool reduction = true;
  bool defaults = true;    // parameters as declared: every coverage mark must be met

  Seen seen;               // with what of it was asked for
  Result result;
  bool expected_bug = false;
  double seconds = 0, cpu_seconds = 0;
  std::string schedule;    // path of the schedule file; "": none
  std::string trace;       // relacy's history
  std::string repeat;      // a command that repeats the failure
};

// The rows that a check consists of. Throws UsageError.
std::vector<Row> plan_rows(const Settings& settings, const Suite& suite);

Task task_of(const Row& row);
// What a checkpoint of the row is of.
std::string identity_of(const Row& row);

// Executions that end a strategy that has no end of its own, where --runs does not say; 0: none.
// For a defect 1,000,000, twelve times what any seed tried needed: one that is not found is said.
std::uint64_t usual_runs(const Row& row);

// Did the row pass: a verdict that is no failure, or the bug that was expected?
bool passed(const Row& row);
int exit_code(const Row& row);

// Explores the row; stops when `stop` says so.
void run_row(Row& row, const std::function<bool()>& stop, bool show_progress);
// The same through tenterhook-relacy, which stands beside this executable.
void run_relacy(Row& row, double time_budget);

// Writes the failure as a schedule file into the directory, never over another file; returns its
// path. Throws UsageError when it cannot.
std::string save_schedule(const Row& row, const Found& found, const std::string& directory);
// Can files be created there? Throws UsageError. Creates the directory.
void prepare_directory(const std::string& directory);
// Can the file of that flag be written? Throws UsageError before the work is done, not after it.
void prepare_file(const char* flag, const std::string& file);

// Output.
std::string header_line();
std::string table_line(const Row& row);
std::string bug_text(const Row& row, bool with_trace);
// Of that flag, for errors. "-": standard output.
void write_text(const char* flag, const std::string& file, const std::string& text);
// The graph that --dot is for; "": no row has one.
const std::string& dot_of(const std::vector<Row>& rows);
// Was nothing left unexplored?
bool whole(const Row& row);
void write_json(const std::string& file, const std::string& command, const std::vector<Row>& rows);

}  // namespace tenterhook::checker::cli
