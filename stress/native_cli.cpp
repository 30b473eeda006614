#include "stress/native_cli.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <stdexcept>

#include "stress/native_runner.hpp"

namespace tenterhook::stress {
namespace {

enum exit_code { pass = 0, bug = 1, usage = 2, inconclusive = 3, nothing = 4, internal = 5 };

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct flags {
  std::vector<std::string> patterns;
  std::vector<std::string> values;  // name=value
  bool list = false;
  stress::limits limits;
};

volatile int interrupted = 0;

void declare(CLI::App& app, flags& f) {
  app.add_option("PATTERN", f.patterns, "scenarios: names or globs, as 'runq/*'; none: all");
  app.add_option("-p,--parameter", f.values, "name=value, for each scenario that has it");
  app.add_option("--runs", f.limits.runs, "most runs of a scenario; 0: no limit")
      ->envname("TENTERHOOK_RUNS")
      ->capture_default_str();
  app.add_option("--seconds", f.limits.seconds, "most time for a scenario; 0: no limit")
      ->envname("TENTERHOOK_SECONDS")
      ->capture_default_str();
  app.add_option("--hang", f.limits.hang, "a run that takes more seconds hangs")
      ->envname("TENTERHOOK_HANG")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_flag("--list", f.list, "print the scenarios' names");
}

bool selected(const checker::program& program, const std::vector<std::string>& patterns) {
  if (!program.native) return false;
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
           return fnmatch(pattern.c_str(), program.name.c_str(), 0) == 0;
         });
}

std::vector<const checker::program*> select(const checker::catalogue& all, const flags& f) {
  std::vector<const checker::program*> result;
  for (const checker::program& program : all) {
    if (selected(program, f.patterns)) result.push_back(&program);
  }
  for (const std::string& pattern : f.patterns) {
    const bool used = std::any_of(result.begin(), result.end(), [&](const checker::program* p) {
      return selected(*p, {pattern});
    });
    if (!used) throw usage_error("no scenario is called '" + pattern + "'; --list prints them");
  }
  if (result.empty()) throw usage_error("there is no scenario to run");
  return result;
}

struct assignment {
  std::string name;
  std::int64_t value;
};

std::vector<assignment> assignments(const std::vector<std::string>& given) {
  std::vector<assignment> result;
  for (const std::string& pair : given) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) throw usage_error("-p " + pair + ": write -p name=value");
    std::int64_t value = 0;
    const char* const end = pair.data() + pair.size();
    const auto [stop, error] = std::from_chars(pair.data() + equals + 1, end, value);
    if (error != std::errc() || stop != end || equals + 1 == pair.size()) {
      throw usage_error("-p " + pair + ": the value is not a number");
    }
    result.push_back({pair.substr(0, equals), value});
  }
  return result;
}

checker::parameters values_of(const checker::program& program, const std::vector<assignment>& given,
                              std::vector<bool>& used) {
  checker::parameters values;
  for (const checker::parameter& p : program.parameters) {
    values[p.name] = p.value;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (given[i].name != p.name) continue;
      if (given[i].value < p.least || given[i].value > p.most) {
        throw usage_error(fmt::format("-p {}: {} is not in {}..{} of {}", p.name, given[i].value,
                                      p.least, p.most, program.name));
      }
      values[p.name] = given[i].value;
      used[i] = true;
    }
  }
  return values;
}

// Some programs are there to be wrong; on real threads they may be caught, or not.
bool may_fail(const checker::program& program, const checker::parameters& values) {
  return std::any_of(program.expects.begin(), program.expects.end(),
                     [&](const checker::expectation& e) {
                       if (e.verdict != "bug") return false;
                       return checker::holds(e.when, values);
                     });
}

// What a scenario came to, as the table and the exit code have it.
struct verdict {
  const char* text;
  exit_code code;
};

verdict judge(const report& r, bool expected) {
  switch (r.result) {
    case outcome::passed: return {"NO BUG FOUND", pass};
    case outcome::failed: return expected ? verdict{"BUG, expected", pass} : verdict{"BUG", bug};
    case outcome::hung: return {"HUNG", bug};
    case outcome::nothing_ran: return {"NOTHING RAN", nothing};
    case outcome::interrupted: return {"INTERRUPTED", inconclusive};
  }
  return {"?", internal};
}

void print_command(int argc, char** argv) {
  std::string command;
  for (int i = 0; i < argc; ++i) {
    const std::string word = argv[i];
    const bool plain = word.find_first_of(" *?[]'\"$\\") == word.npos;
    command += (i == 0 ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  fmt::print("{}\n", command);
}

struct job {
  const checker::program* program;
  checker::parameters values;
};

std::vector<job> jobs_of(const checker::catalogue& all, const flags& f) {
  const auto given = assignments(f.values);
  std::vector<bool> used(given.size(), false);
  std::vector<job> jobs;
  for (const checker::program* program : select(all, f)) {
    jobs.push_back({program, values_of(*program, given, used)});
  }
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!used[i]) throw usage_error("no scenario here has a parameter '" + given[i].name + "'");
  }
  return jobs;
}

exit_code run_jobs(const std::vector<job>& jobs, const flags& f) {
  fmt::print("{:<24} {:<14} {:>10} {:>10} {:>8} {:>10}\n", "scenario", "verdict", "runs", "blocked",
             "seconds", "runs/s");
  std::vector<exit_code> met;
  for (const job& j : jobs) {
    const report r = run_native(*j.program, j.values, f.limits, &interrupted);
    const verdict v = judge(r, may_fail(*j.program, j.values));
    const double rate = r.seconds > 0 ? static_cast<double>(r.runs) / r.seconds : 0;
    fmt::print("{:<24} {:<14} {:>10} {:>10} {:>8.2f} {:>10.0f}\n", j.program->name, v.text, r.runs,
               r.blocked, r.seconds, rate);
    if (v.code != pass && !r.message.empty()) fmt::print("{}", r.message);
    std::fflush(stdout);
    met.push_back(v.code);
    if (v.code == inconclusive) break;
  }
  for (const exit_code worst : {bug, inconclusive, nothing, internal}) {
    if (std::find(met.begin(), met.end(), worst) != met.end()) return worst;
  }
  fmt::print("{} scenarios on real threads: no bug found\n", met.size());
  return pass;
}

exit_code run(const flags& f, const checker::catalogue& all, int argc, char** argv) {
  if (f.limits.runs == 0 && f.limits.seconds <= 0) {
    throw usage_error("--runs 0 and --seconds 0 together never end");
  }
  const std::vector<job> jobs = jobs_of(all, f);
  if (f.list) {
    for (const job& j : jobs) fmt::print("{}\n", j.program->name);
    return pass;
  }
  print_command(argc, argv);
  std::signal(SIGINT, [](int) { interrupted = 1; });
  std::signal(SIGTERM, [](int) { interrupted = 1; });
  return run_jobs(jobs, f);
}

}  // namespace

int run_tool(int argc, char** argv, const checker::catalogue& all) {
  CLI::App app("tenterhook-native: runs the scenarios again and again on real threads");
  flags f;
  declare(app, f);
  try {
    app.parse(argc, argv);
    return run(f, all, argc, argv);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return pass;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tenterhook-native: {}\n", error.what());
    return usage;
  } catch (const usage_error& error) {
    fmt::print(stderr, "tenterhook-native: {}\n", error.what());
    return usage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tenterhook-native: internal error: {}\n", error.what());
    return internal;
  }
}

}  // namespace tenterhook::stress
