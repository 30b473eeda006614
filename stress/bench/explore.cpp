// tenterhook-bench-explore: complete executions per CPU-second of `dpor`, beside the figures
// published of GenMC and Nidhugg, and beside our own `exhaustive`, measured in the same run, in
// turns, where it can answer.
#include <fmt/format.h>
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/explore/explorer.hpp"
#include "checker/program.hpp"
#include "properties/scenario.hpp"

namespace {

namespace checker = tenterhook::checker;
namespace properties = tenterhook::TENTERHOOK_PLATFORM::properties;

struct row {
  std::string scenario;
  checker::parameters values;
  std::string model;
  double genmc = 0, nidhugg = 0;  // published; 0: not
  bool blocked = false;           // published with those that an assumption ended
};

// Published: "Speed to beat" of ../shared/counts.md. GenMC 0.10.3 without symmetry reduction,
// in-place revisiting and shortcuts; Nidhugg with optimal exploration. Complete executions per
// CPU-second on a machine like the ones that this is developed on, not on the one it runs on.
const std::vector<row> rows = {
    {"counts/readers", {{"n", 16}}, "sc", 82'000, 2'300},
    {"counts/cl", {{"n", 3}, {"push", 3}, {"take", 3}}, "sc", 77'000, 4'300},
    {"counts/cl", {{"n", 3}, {"push", 3}, {"take", 3}}, "rc11", 46'000},
    {"counts/lastzero", {{"n", 12}}, "sc", 15'700, 2'200},
    {"counts/fib", {{"n", 6}}, "sc", 11'600, 7'100},
    {"counts/fib", {{"n", 6}}, "rc11", 14'200},
    {"counts/ainc", {{"n", 7}}, "sc", 7'100, 5'900},
    {"counts/treiber", {{"n", 4}}, "sc", 23'000, 5'300, true},
    {"counts/race1", {{"n", 10}}, "sc", 17'000},
    {"counts/indexer", {{"n", 15}}, "sc", 1'400},
    // of the runtime; nobody published these
    {"runq/thieves", {}, "sc"},
    {"runq/thieves", {}, "rc11"},
    {"lock/three", {}, "sc"},
    {"lock/three", {}, "rc11"},
    {"sema/mutex", {}, "sc"},
    {"sema/mutex", {}, "rc11"},
};

struct settings {
  std::string pattern;  // of scenarios
  double seconds = 2;   // of CPU, a measurement
  unsigned rounds = 3;
};

struct rate {
  double executions = 0;    // complete ones, a CPU-second
  double blocked = 0;       // likewise
  std::uint64_t whole = 0;  // executions of a whole exploration; 0: it was stopped before its end
};

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

rate median(std::vector<rate> all) {
  std::sort(all.begin(), all.end(),
            [](const rate& a, const rate& b) { return a.executions < b.executions; });
  return all.at(all.size() / 2);
}

checker::Task task_of(const checker::program& program, const row& r, const std::string& strategy) {
  checker::Task task;
  task.what = &program;
  for (const auto& p : program.parameters) {
    const auto given = r.values.find(p.name);
    task.values[p.name] = given == r.values.end() ? p.value : given->second;
  }
  task.strategy = strategy;
  task.options.model = r.model;
  task.options.budget = program.budget;
  return task;
}

// Explorations one after another for that time; the last is stopped.
rate measure(const checker::program& program, const row& r, const std::string& strategy,
             double seconds) {
  checker::Task task = task_of(program, r, strategy);
  const double start = cpu_seconds();
  std::uint64_t asked = 0, executions = 0, blocked = 0;
  // the clock is looked at once in 64 executions
  task.stop = [&] { return ++asked % 64 == 0 && cpu_seconds() - start >= seconds; };
  rate measured;
  double spent = 0;
  do {
    const checker::Result result = checker::explore(task);
    if (!result.failures.empty() || result.verdict == checker::Verdict::unsupported) {
      throw std::runtime_error(
          fmt::format("{} under {}: {}", r.scenario, r.model, checker::text(result.verdict)));
    }
    if (result.verdict == checker::Verdict::verified) measured.whole = result.executions;
    executions += result.executions;
    blocked += result.blocked;
    spent = cpu_seconds() - start;
  } while (spent < seconds);
  measured.executions = static_cast<double>(executions) / spent;
  measured.blocked = static_cast<double>(blocked) / spent;
  return measured;
}

std::string number(double n) {
  return n == 0 ? "-" : n < 10 ? fmt::format("{:.1f}", n) : fmt::format("{:.0f}", n);
}

std::string ratio(double ours, double theirs) {
  return theirs == 0 ? "-" : fmt::format("{:.2f}", ours / theirs);
}

std::string name_of(const row& r) {
  std::string name = r.scenario;
  for (const auto& [parameter, value] : r.values) name += fmt::format(" {}={}", parameter, value);
  return name;
}

void print(const row& r, const rate& dpor, const rate* exhaustive) {
  const double beside = exhaustive == nullptr ? 0 : exhaustive->executions;
  const double ours = dpor.executions + (r.blocked ? dpor.blocked : 0);
  fmt::print("{:<28} {:<5} {:>7} {:>7.0f} {:>8} {:>6} {:>6} {:>8} {:>6} {:>10} {:>8}\n",
             name_of(r), r.model, dpor.whole == 0 ? "-" : fmt::format("{}", dpor.whole),
             dpor.executions, number(dpor.blocked), number(r.genmc), ratio(ours, r.genmc),
             number(r.nidhugg), ratio(ours, r.nidhugg), number(beside),
             ratio(dpor.executions, beside));
  std::fflush(stdout);
}

void measure_row(const checker::program& program, const row& r, const settings& s) {
  const bool beside = r.model == "sc" || r.model == "tso";  // exhaustive can answer
  std::vector<rate> dpor, exhaustive;
  for (unsigned i = 0; i < s.rounds; ++i) {
    dpor.push_back(measure(program, r, "dpor", s.seconds));
    if (beside) exhaustive.push_back(measure(program, r, "exhaustive", s.seconds));
  }
  const rate other = beside ? median(exhaustive) : rate{};
  print(r, median(dpor), beside ? &other : nullptr);
}

int run(const settings& s) {
  const checker::catalogue all = properties::catalogue();
  fmt::print("complete executions per CPU-second, {} build, median of {} rounds of {} s\n",
             TENTERHOOK_BUILD_TYPE, s.rounds, s.seconds);
  fmt::print("{:<28} {:<5} {:>7} {:>7} {:>8} {:>6} {:>6} {:>8} {:>6} {:>10} {:>8}\n", "", "model",
             "graphs", "dpor", "blocked", "GenMC", "ratio", "Nidhugg", "ratio", "exhaustive",
             "ratio");
  for (const row& r : rows) {
    if (r.scenario.find(s.pattern) == std::string::npos) continue;
    const auto program = std::find_if(all.begin(), all.end(),
                                      [&](const auto& p) { return p.name == r.scenario; });
    if (program == all.end()) throw std::invalid_argument("no scenario is called " + r.scenario);
    measure_row(*program, r, s);
  }
  fmt::print(
      "GenMC and Nidhugg: as published, of another machine; for counts/treiber these figures and\n"
      "the ratios to them count blocked executions, too. graphs: those of the whole exploration,\n"
      "if it came to its end in time\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("tenterhook-bench-explore: complete executions per CPU-second of dpor");
  settings s;
  app.add_option("pattern", s.pattern, "scenarios with this in their name");
  app.add_option("--seconds", s.seconds, "of CPU, a measurement")->capture_default_str();
  app.add_option("--rounds", s.rounds)->check(CLI::PositiveNumber)->capture_default_str();
  try {
    app.parse(argc, argv);
    return run(s);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return 0;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tenterhook-bench-explore: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tenterhook-bench-explore: {}\n", error.what());
    return 5;
  }
}
