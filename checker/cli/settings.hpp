// The command line as the user gave it, and what every verb shares: errors, exit codes, names.
#pragma once

#include <csignal>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "checker/cli/suite.hpp"

namespace tenterhook::checker::cli {

// DESIGN: 0 pass, 1 bug, 2 usage or unreadable file, 3 inconclusive, 4 nothing ran or a mark was
// missed, 5 internal, 6 an intact schedule file of another build diverged.
enum Exit { kPass = 0, kBug = 1, kUsage = 2, kInconclusive = 3, kNothing = 4, kInternal = 5,
            kDiverged = 6 };

// Wrong input: one sentence that names what and where. Ends the tool with kUsage.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Flags; an empty string or optional was not given.
struct Settings {
  std::vector<std::string> patterns;
  std::vector<std::string> parameters;    // name=value
  std::vector<std::string> orders;        // place=order
  std::string expected;                   // of litmus: a table
  std::string target, model, explore, search, defect, json, artifact_dir, file, dot;
  std::string seed = "1";
  std::optional<std::uint64_t> runs, max_steps;
  std::optional<unsigned> jobs;
  std::string checkpoint, resume, shard;  // files; "i/n"
  std::vector<std::string> files;         // of merge
  std::optional<unsigned> preemptions, timeouts, spurious, weak_cas;
  double time_budget = 0;                 // seconds; 0: none
  double seconds_each = 3;                // CPU seconds of a scenario, for one change of an audit
  std::uint64_t dump_executions = 0;
  bool outcomes = false, robust = false;
  bool keep_going = false, trace = false, verbose = false, quiet = false, no_reduction = false;
  bool symmetry = false, reach = false;
  std::string command;                    // that repeats this run
  unsigned repeat = 1;                    // of replay
};

// Set by SIGINT and SIGTERM: stop between executions.
extern volatile std::sig_atomic_t interrupted;

bool matches(std::string_view glob, std::string_view name);
// The names that are most like `wrong`, for "did you mean"; at most three, may be empty.
std::vector<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names);
// "; did you mean a or b?" or "".
std::string hint(const std::string& wrong, const std::vector<std::string>& names);

// FNV-1a, 32 bits, of a defect's name: the platform's defect_id at run time.
std::uint32_t defect_hash(const std::string& name);

std::uint64_t seed_number(const std::string& text);  // throws UsageError
void check_jobs(const Settings& settings);  // is -j a number of processes? Throws UsageError

// The programs that match any pattern; all without a pattern. Throws UsageError for a pattern that
// matches none.
std::vector<const program*> select(const Suite& suite, const std::vector<std::string>& patterns);
const DefectRow& find_defect(const Suite& suite, const std::string& name);  // throws UsageError
const program& find_program(const Suite& suite, const std::string& name);  // throws UsageError
// A program's values: its defaults, overridden. Throws UsageError for a wrong value. A name that
// the program does not have is left to check_parameters.
parameters values_of(const program& what, const std::vector<std::string>& given);
// Each given name must be a parameter of one of the programs. Throws UsageError.
void check_parameters(const std::vector<const program*>& programs,
                      const std::vector<std::string>& given);

int list(const Settings& settings, const Suite& suite);
int check(const Settings& settings, const Suite& suite);
int replay(const Settings& settings, const Suite& suite);
int litmus(const Settings& settings);
int merge(const Settings& settings, const Suite& suite);
int audit_mutants(const Settings& settings, const Suite& suite);
int audit_lowering(const Settings& settings);
int audit_barriers(const Settings& settings, const Suite& suite);

}  // namespace tenterhook::checker::cli
