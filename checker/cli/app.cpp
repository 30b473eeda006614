// The command line: verbs, flags, their help and their environment variables.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cctype>
#include <csignal>

#include "checker/build_id.hpp"
#include "checker/cli/settings.hpp"
#include "checker/execution/crash.hpp"
#include "checker/replay/schedule.hpp"

namespace tenterhook::checker::cli {

volatile std::sig_atomic_t interrupted = 0;

namespace {

void on_interrupt(int signal) {
  if (interrupted != 0) {  // the second time: at once
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  interrupted = 1;
}

// TENTERHOOK_TIME_BUDGET for --time-budget.
std::string variable(const std::string& flag) {
  std::string name = "TENTERHOOK_";
  for (const char c : flag.substr(flag.rfind("--") + 2)) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

template <class T>
CLI::Option* option(CLI::App& app, const std::string& flag, T& value, const std::string& about) {
  return app.add_option(flag, value, about)->envname(variable(flag));
}

CLI::Option* flag(CLI::App& app, const std::string& name, bool& value, const std::string& about) {
  return app.add_flag(name, value, about)->envname(variable(name));
}

void common_flags(CLI::App& app, Settings& s) {
  option(app, "--json", s.json, "write one JSON object to FILE; - is standard output");
  flag(app, "-v,--verbose", s.verbose, "say more");
  flag(app, "-q,--quiet", s.quiet, "say nothing but what was asked for");
}

void exploring_flags(CLI::App& app, Settings& s) {
  option(app, "--seed", s.seed, "a number, or a commit's 40 hex digits; default 1");
  option(app, "--runs", s.runs, "most executions");
  option(app, "--max-steps", s.max_steps, "of one execution; then a fair tail, then it is cut");
  option(app, "--time-budget", s.time_budget, "seconds, for the whole run")
      ->check(CLI::NonNegativeNumber);
  app.add_option("-p,--parameter", s.parameters, "name=value of the scenario's parameters")
      ->envname("TENTERHOOK_PARAMETER")
      ->allow_extra_args(false);
}

void check_flags(CLI::App& app, Settings& s) {
  app.add_option("pattern", s.patterns, "scenarios, as runq/steal or 'runq/*'; default: all");
  option(app, "--target", s.target, "386, amd64, amd64p32, arm, power64, power64le or all");
  option(app, "--model", s.model, "sc, tso (arm, power, rc11: not there yet)");
  option(app, "--explore", s.explore, "exhaustive, bounded, random, pct or relacy");
  option(app, "--search", s.search, "Relacy's scheduler: random, full or bound");
  exploring_flags(app, s);
  option(app, "--preemptions", s.preemptions, "of --explore bounded; default 2");
  option(app, "--timeouts", s.timeouts, "most timeouts a site and execution");
  option(app, "--spurious", s.spurious, "most spurious wakes a site and execution");
  option(app, "--weak-cas", s.weak_cas, "most spurious failures of a weak compare-exchange");
  option(app, "--defect", s.defect, "put a known bug back: see tenterhook list");
  flag(app, "--keep-going", s.keep_going, "go on after a bug; one report a distinct one");
  flag(app, "--no-reduction", s.no_reduction, "exhaustive without sleep sets: an oracle");
  flag(app, "--trace", s.trace, "print the failing execution, a column a thread");
  option(app, "--artifact-dir", s.artifact_dir,
         "where schedule files go; default tenterhook-failures");
  common_flags(app, s);
}

constexpr const char* kExits =
    "\nexit codes: 0 pass, 1 bug, 2 wrong usage or unreadable file, 3 inconclusive,\n"
    "4 nothing ran or a coverage mark was missed, 5 internal, 6 schedule of another build diverged";

struct Verbs {
  CLI::App* list;
  CLI::App* check;
  CLI::App* replay;
  CLI::App* audit;
  CLI::App* mutants;
};

Verbs declare(CLI::App& app, Settings& s) {
  Verbs v{};
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("tenterhook, build {}", build_id()));
  app.footer(std::string("examples:\n  tenterhook check\n  tenterhook check 'runq/*' --model tso\n"
                         "  tenterhook replay tenterhook-failures/runq-steal.sc.schedule --trace\n") +
             kExits);
  v.list = app.add_subcommand("list", "scenarios, targets, models and defects");
  v.list->add_option("pattern", s.patterns, "scenarios, as 'runq/*'; default: all");
  common_flags(*v.list, s);
  v.list->footer("examples:\n  tenterhook list 'lfstack/*'\n  tenterhook list --json -");
  v.check = app.add_subcommand("check", "explore scenarios and report what fails");
  check_flags(*v.check, s);
  v.check->footer(std::string("examples:\n  tenterhook check runq/steal -p put=3 -p get=2\n"
                              "  tenterhook check 'lock/*' --explore pct --seed 7 --runs 100000\n"
                              "  tenterhook check --defect runqput-tail-relaxed --trace\n"
                              "  tenterhook check runq/steal --explore relacy --search full\n") +
                  kExits);
  v.replay = app.add_subcommand(
      "replay", "repeat a failing execution from its file; exit code 1: the failure is back");
  v.replay->add_option("file", s.file, "a schedule file")->required();
  flag(*v.replay, "--trace", s.trace, "print the execution, a column a thread");
  option(*v.replay, "--repeat", s.repeat, "times; every one must fail alike")
      ->check(CLI::PositiveNumber);
  common_flags(*v.replay, s);
  v.replay->footer(
      "example:\n  tenterhook replay tenterhook-failures/runq-steal.sc.schedule --trace");
  v.audit = app.add_subcommand("audit", "how much the scenarios notice");
  v.audit->require_subcommand(1);
  v.mutants = v.audit->add_subcommand(
      "mutants", "change each operation that the scenarios execute; list what none notices");
  v.mutants->add_option("pattern", s.patterns, "scenarios, as 'runq/*'; default: all");
  exploring_flags(*v.mutants, s);
  common_flags(*v.mutants, s);
  v.mutants->footer("example:\n  tenterhook audit mutants 'runq/*' 'globrunq/*'");
  return v;
}

std::string quoted(const std::string& word) {
  if (word.find_first_of(" *?'\"$\\") == std::string::npos && !word.empty()) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

int dispatch(const Verbs& v, const Settings& s, const Suite& suite) {
  if (v.list->parsed()) return list(s, suite);
  if (v.replay->parsed()) return replay(s, suite);
  if (v.mutants->parsed()) return audit_mutants(s, suite);
  return check(s, suite);
}

}  // namespace

int run_tool(int argc, char** argv, const Suite& suite) {
  CLI::App app{"Tenterhook checks a Go-style runtime: scheduler, locks, lock-free structures."};
  Settings s;
  const Verbs verbs = declare(app, s);
  try {
    app.parse(argc, argv);
    if (s.artifact_dir.empty()) s.artifact_dir = "tenterhook-failures";
    s.command = "tenterhook";
    for (int i = 1; i < argc; ++i) s.command += " " + quoted(argv[i]);
    if (verbs.check->parsed()) {
      if (verbs.check->count("--seed") == 0) s.command += " --seed " + s.seed;
      if (s.json != "-") fmt::print("{}\n", s.command);
    }
    if (s.json == "-") s.quiet = true;
    std::fflush(stdout);
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    catch_crashes();
    return dispatch(verbs, s, suite);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help, --version
    fmt::print(stderr, "tenterhook: {} (tenterhook --help)\n", e.what());
    return kUsage;
  } catch (const UsageError& e) {
    fmt::print(stderr, "tenterhook: {}\n", e.what());
    return kUsage;
  } catch (const ScheduleError& e) {
    fmt::print(stderr, "tenterhook: {}\n", e.what());
    return kUsage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "tenterhook: internal error: {}\n", e.what());
    return kInternal;
  }
}

}  // namespace tenterhook::checker::cli
