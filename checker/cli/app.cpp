// The command line: verbs, flags, their help and their environment variables.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "checker/build_id.hpp"
#include "checker/cli/settings.hpp"
#include "checker/execution/crash.hpp"
#include "checker/explore/parallel.hpp"
#include "checker/explore/explorer.hpp"
#include "checker/litmus/test.hpp"
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

std::string at_least_one(std::string& text) {
  const bool none = text.find_first_not_of("0123456789") != std::string::npos ||
                    text.find_first_not_of('0') == std::string::npos;
  return none ? fmt::format("'{}' is no number from 1", text) : "";
}

CLI::Option* common_flags(CLI::App& app, Settings& s) {
  auto* json = option(app, "--json", s.json, "write one JSON object to FILE; - is standard output");
  auto* verbose = flag(app, "-v,--verbose", s.verbose, "say more");
  flag(app, "-q,--quiet", s.quiet, "say nothing but what was asked for")->excludes(verbose);
  return json;
}

// Conversions to an unsigned number take -1 for the largest one.
std::string no_less_than_zero(std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  constexpr double kLimit = 18446744073709551616.0;  // 2^64
  if (!text.empty() && *end == 0 && value >= 0 && value < kLimit) return "";
  return fmt::format("'{}' is no number from 0 to 2^64", text);
}

void exploring_flags(CLI::App& app, Settings& s) {
  option(app, "--seed", s.seed, "a number, or a commit's 40 hex digits; default 1");
  const CLI::Validator number(no_less_than_zero, "");
  option(app, "--runs", s.runs, "most executions; 0: no limit. Default, where a strategy has no "
                               "end of its own: the scenario's, with --defect 1,000,000")
      ->check(number);
  option(app, "--max-steps", s.max_steps, "of one execution; then a fair tail, then it is cut")
      ->check(number);
  option(app, "--time-budget", s.time_budget, "seconds, for the whole run")->check(number);
  app.add_option("-p,--parameter", s.parameters, "name=value of the scenario's parameters")
      ->envname("TENTERHOOK_PARAMETER")
      ->allow_extra_args(false);
}

void seeing_flags(CLI::App& app, Settings& s) {
  option(app, "--dump-executions", s.dump_executions,
         "print the first N complete executions as graphs, an event a line; of --explore dpor")
      ->check(CLI::Validator(no_less_than_zero, ""));
  option(app, "--dot", s.dot,
         "write one graph for Graphviz to FILE (- is standard output): the failing one, else with "
         "several models the smallest that sc lacks, else the first; of --explore dpor");
  flag(app, "--outcomes", s.outcomes,
       "print what the executions came to: values read and final values; of --explore dpor");
  flag(app, "--robust", s.robust,
       "print whether there are graphs that sc lacks, and the smallest; of --explore dpor");
}

void check_flags(CLI::App& app, Settings& s) {
  app.add_option("pattern", s.patterns, "scenarios, as runq/steal or 'runq/*'; default: all");
  option(app, "--target", s.target, "386, amd64, amd64p32, arm, power64, power64le or all");
  option(app, "--model", s.model, "sc, tso, arm, power, rc11 or rc11-2017");
  option(app, "--explore", s.explore, fmt::format("{} or relacy", fmt::join(strategies(), ", ")));
  option(app, "--search", s.search, "Relacy's scheduler: random, full or bound");
  exploring_flags(app, s);
  option(app, "-j,--jobs", s.jobs, "worker processes of --explore dpor; default: none");
  option(app, "--max-executions", s.runs, "the same as --runs")
      ->check(CLI::Validator(no_less_than_zero, ""));
  option(app, "--checkpoint", s.checkpoint,
         "of dpor: what is done and what is left, written every minute and at the end");
  option(app, "--resume", s.resume, "go on from a checkpoint of the same build");
  option(app, "--shard", s.shard, "i/n: of dpor, the i-th of n parts; see tenterhook merge");
  option(app, "--preemptions", s.preemptions,
         "most preemptions, of --explore bounded (default 2) and dpor (default: any number)");
  option(app, "--timeouts", s.timeouts, "most timeouts a site and execution");
  option(app, "--spurious", s.spurious, "most spurious wakes a site and execution");
  option(app, "--weak-cas", s.weak_cas, "most spurious failures of a weak compare-exchange");
  app.add_option("--order", s.orders, "FILE:LINE[:COLUMN]=ORDER[/FAILURE]: another memory order")
      ->envname("TENTERHOOK_ORDER")
      ->allow_extra_args(false);
  option(app, "--defect", s.defect, "put a known bug back: see tenterhook list");
  flag(app, "--keep-going", s.keep_going, "go on after a bug; one report a distinct one");
  flag(app, "--no-reduction", s.no_reduction, "exhaustive, bounded: no reduction; an oracle");
  flag(app, "--symmetry", s.symmetry,
       "of --explore dpor, sc and tso: of executions that differ "
       "by an exchange of identical threads one");
  flag(app, "--trace", s.trace, "print the failing execution, a column a thread");
  flag(app, "--reach", s.reach,
       "among the marks of --json: which compare-exchanges succeeded and failed, and, but for "
       "--explore dpor, from what to what the values of atomic cells changed");
  seeing_flags(app, s);
  option(app, "--artifact-dir", s.artifact_dir,
         "where schedule files go; default tenterhook-failures");
  common_flags(app, s);
}

void litmus_flags(CLI::App& app, Settings& s) {
  app.add_option("file", s.files, "litmus files, or folders of them")->required();
  option(app, "--model", s.model, "sc; default: the model of each test's architecture");
  option(app, "--expected", s.expected,
         "compare with this table; a name without '/' is looked for beside each test");
  option(app, "-j,--jobs", s.jobs, "processes; default: none but this one");
  common_flags(app, s);
  app.footer(
      "examples:\n  tenterhook litmus tests/litmus/x86.SB.litmus\n"
      "  tenterhook litmus tests/litmus --expected expected.tsv --model sc\n"
      "exit codes: 0 done, 1 a test disagrees with the table or cannot be explored,\n"
      "2 a file cannot be read, 4 no test was supported");
}

constexpr const char* kExits =
    "\nexit codes: 0 pass, 1 bug, 2 wrong usage or unreadable file, 3 inconclusive,\n"
    "4 nothing ran or a coverage mark was missed, 5 internal, 6 schedule of another build diverged";

struct Verbs {
  CLI::App* list;
  CLI::App* check;
  CLI::App* replay;
  CLI::App* merge;
  CLI::App* litmus;
  CLI::App* audit;
  CLI::App* mutants;
  CLI::App* lowering;
  CLI::App* barriers;
};

void audit_flags(CLI::App& app, Settings& s) {
  app.add_option("pattern", s.patterns, "scenarios, as 'runq/*'; default: all");
  option(app, "--seconds-each", s.seconds_each,
         "CPU seconds that a scenario may take for one change; default 3")
      ->check(CLI::Validator(no_less_than_zero, ""));
  exploring_flags(app, s);
  common_flags(app, s);
}

void declare_audits(Verbs& v, Settings& s) {
  v.audit->require_subcommand(1);
  v.mutants = v.audit->add_subcommand(
      "mutants", "change each operation that the scenarios execute; list what none notices");
  audit_flags(*v.mutants, s);
  v.mutants->footer("example:\n  tenterhook audit mutants 'runq/*' 'globrunq/*'");
  v.lowering = v.audit->add_subcommand(
      "lowering", "print what each target makes of each atomic operation and order");
  option(*v.lowering, "--target", s.target, "386, amd64, amd64p32, arm, power64, power64le or all");
  common_flags(*v.lowering, s);
  v.lowering->footer("example:\n  tenterhook audit lowering --target power64");
  v.barriers = v.audit->add_subcommand(
      "barriers", "weaken each memory order that the scenarios use; say where it is needed");
  audit_flags(*v.barriers, s);
  option(*v.barriers, "--target", s.target, "one target; default: every model that knows orders");
  option(*v.barriers, "--model", s.model, "one model; default: tso, arm, power and rc11");
  option(*v.barriers, "--artifact-dir", s.artifact_dir,
         "where schedule files go; default tenterhook-failures");
  v.barriers->footer("example:\n  tenterhook audit barriers 'runq/*' --json barriers.json");
}

Verbs declare(CLI::App& app, Settings& s) {
  Verbs v{};
  app.require_subcommand(1);
  app.set_version_flag("--version", fmt::format("tenterhook, build {}", build_id()));
  app.footer(
      std::string("examples:\n  tenterhook check\n  tenterhook check 'runq/*' --model tso\n"
                  "  tenterhook replay tenterhook-failures/runq-steal.sc.schedule --trace\n") +
      kExits);
  v.list = app.add_subcommand("list", "scenarios, targets, models, strategies and defects");
  v.list->add_option("pattern", s.patterns, "scenarios, as 'runq/*'; default: all");
  common_flags(*v.list, s)->expected(0, 1);
  v.list->footer("examples:\n  tenterhook list 'lfstack/*'\n  tenterhook list --json");
  v.check = app.add_subcommand("check", "explore scenarios and report what fails");
  check_flags(*v.check, s);
  v.check->footer(std::string("examples:\n  tenterhook check runq/steal -p put=3 -p get=2\n"
                              "  tenterhook check 'lock/*' --explore pct --seed 7 --runs 100000\n"
                              "  tenterhook check --defect runqput-tail-relaxed --trace\n"
                              "  tenterhook check runq/steal --explore relacy --search full\n"
                              "  tenterhook check counts/sb --model tso --robust --outcomes\n") +
                  kExits);
  v.replay = app.add_subcommand(
      "replay", "repeat a failing execution from its file; exit code 1: the failure is back");
  v.replay->add_option("file", s.file, "a schedule file")->required();
  flag(*v.replay, "--trace", s.trace, "print the execution, a column a thread");
  option(*v.replay, "--repeat", s.repeat, "times; every one must fail alike")
      ->check(CLI::Validator(at_least_one, ""));
  common_flags(*v.replay, s);
  v.replay->footer(
      "example:\n  tenterhook replay tenterhook-failures/runq-steal.sc.schedule --trace");
  v.merge = app.add_subcommand("merge", "add up the finished shards of one exploration");
  v.merge->add_option("file", s.files, "the checkpoints of all its shards")->required();
  common_flags(*v.merge, s);
  v.merge->footer(
      "example:\n  tenterhook check counts/fib -p n=6 --model sc --shard 1/2 --checkpoint 1.ck\n"
      "  tenterhook check counts/fib -p n=6 --model sc --shard 2/2 --checkpoint 2.ck\n"
      "  tenterhook merge 1.ck 2.ck");
  v.litmus = app.add_subcommand(
      "litmus", "run litmus tests of herd's formats (X86, X86_64, PPC, ARM, C), each by dpor");
  litmus_flags(*v.litmus, s);
  v.audit = app.add_subcommand("audit", "how much the scenarios notice; what is taken as given");
  declare_audits(v, s);
  return v;
}

std::string quoted(const std::string& word) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("_-+=./:,@%").find(static_cast<char>(c)) !=
                                       std::string_view::npos;
  };
  if (!word.empty() && std::all_of(word.begin(), word.end(), plain)) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// The settings that came from the environment, in front of the command that repeats the run.
std::string environment_of(const CLI::App& verb) {
  std::string settings;
  for (const CLI::Option* o : verb.get_options()) {
    const std::string name = o->get_envname();
    const char* value = name.empty() ? nullptr : std::getenv(name.c_str());
    if (value != nullptr && *value != 0) settings += name + "=" + quoted(value) + " ";
  }
  return settings;
}

int dispatch(const Verbs& v, const Settings& s, const Suite& suite) {
  if (v.list->parsed()) return list(s, suite);
  if (v.replay->parsed()) return replay(s, suite);
  if (v.merge->parsed()) return merge(s, suite);
  if (v.litmus->parsed()) return litmus(s);
  if (v.mutants->parsed()) return audit_mutants(s, suite);
  if (v.lowering->parsed()) return audit_lowering(s);
  if (v.barriers->parsed()) return audit_barriers(s, suite);
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
    if (verbs.list->count("--json") != 0 && s.json.empty()) s.json = "-";
    s.command = environment_of(*app.get_subcommands().front()) + "tenterhook";
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
  } catch (const litmus::FileError& e) {
    fmt::print(stderr, "tenterhook: {}\n", e.what());
    return kUsage;
  } catch (const CheckpointError& e) {
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
