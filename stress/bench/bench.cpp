// tenterhook-bench: executions and steps per second of our `random` beside Relacy's random
// scheduler, on one scenario with the same parameters, in turns, and their ratio. Ours records
// every decision, as it always does; Relacy runs without its history, as it normally does.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/explore/explorer.hpp"
#include "checker/program.hpp"
#include "properties/scenario.hpp"

namespace {

namespace checker = tenterhook::checker;
namespace properties = tenterhook::TENTERHOOK_PLATFORM::properties;
using clock_type = std::chrono::steady_clock;

struct settings {
  std::string scenario = "runq/steal";
  std::vector<std::string> values = {"put=3", "get=2", "thieves=2"};
  double seconds = 2;  // a measurement
  unsigned rounds = 5;
  std::uint64_t seed = 1;
};

struct rate {
  double executions = 0;  // a second
  double steps = 0;
};

// The middle one by executions.
rate median(std::vector<rate> all) {
  std::sort(all.begin(), all.end(),
            [](const rate& a, const rate& b) { return a.executions < b.executions; });
  return all.at(all.size() / 2);
}

double since(clock_type::time_point start) {
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

checker::parameters values_of(const checker::program& program, const settings& s) {
  checker::parameters values;
  for (const auto& p : program.parameters) values[p.name] = p.value;
  for (const std::string& pair : s.values) {
    const std::size_t equals = pair.find('=');
    const auto at = values.find(pair.substr(0, equals));
    if (at == values.end() || equals == pair.npos) {
      throw std::invalid_argument("-p " + pair + ": not a parameter of " + program.name);
    }
    at->second = std::stoll(pair.substr(equals + 1));
  }
  return values;
}

rate measure_ours(const checker::program& program, const settings& s, const std::string& model) {
  checker::Task task;
  task.what = &program;
  task.values = values_of(program, s);
  task.strategy = "random";
  task.seed = s.seed;
  task.options.model = model;
  task.options.budget = program.budget;
  const auto start = clock_type::now();
  std::uint64_t asked = 0;
  // the clock is looked at once in 256 executions
  task.stop = [&] { return ++asked % 256 == 0 && since(start) >= s.seconds; };
  const checker::Result result = checker::explore(task);
  const double seconds = since(start);
  if (result.verdict == checker::Verdict::bug) {
    throw std::runtime_error(program.name + " has a bug under " + model);
  }
  const auto executions = result.executions + result.blocked + result.cut;
  return {static_cast<double>(executions) / seconds, static_cast<double>(result.steps) / seconds};
}

std::filesystem::path relacy_tool() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / "tenterhook-relacy";
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + command);
  std::string text;
  std::array<char, 4096> part;
  for (std::size_t n; (n = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
    text.append(part.data(), n);
  }
  if (pclose(pipe) != 0) throw std::runtime_error(command + " failed");
  return text;
}

rate measure_relacy(const settings& s) {
  std::string command = "'" + relacy_tool().string() + "' --program '" + s.scenario + "'";
  if (const char* emulator = std::getenv("TENTERHOOK_EMULATOR")) {
    command = fmt::format("'{}' {}", emulator, command);
  }
  for (const std::string& value : s.values) command += " -p '" + value + "'";
  command += fmt::format(" --search random --seed {} --time-budget {} --no-trace --json", s.seed,
                         s.seconds);
  const auto result = nlohmann::json::parse(output_of(command));
  if (result.at("verdict") != "NO BUG FOUND") {
    throw std::runtime_error("Relacy says " + result.at("verdict").get<std::string>());
  }
  const double seconds = result.at("seconds");
  const double executions =
      result.at("executions").get<double>() + result.at("blocked").get<double>();
  return {executions / seconds, result.at("steps").get<double>() / seconds};
}

void print(const std::string& name, const rate& r, const rate* relacy) {
  fmt::print("{:<16} {:>14.0f} {:>14.0f} {:>10.1f}", name, r.executions, r.steps,
             r.steps / r.executions);
  if (relacy != nullptr) {
    fmt::print(" {:>12.2f} {:>12.2f}", r.executions / relacy->executions, r.steps / relacy->steps);
  }
  fmt::print("\n");
}

int run(const settings& s) {
  const checker::catalogue all = properties::catalogue();
  const auto program =
      std::find_if(all.begin(), all.end(), [&](const auto& p) { return p.name == s.scenario; });
  if (program == all.end()) throw std::invalid_argument("no scenario is called " + s.scenario);
  const bool beside = std::filesystem::exists(relacy_tool());
  std::vector<rate> sc, tso, relacy;
  for (unsigned i = 0; i < s.rounds; ++i) {  // in turns: a busy machine is busy for all
    sc.push_back(measure_ours(*program, s, "sc"));
    if (beside) relacy.push_back(measure_relacy(s));
    tso.push_back(measure_ours(*program, s, "tso"));
  }
  fmt::print("{} {}, {} build, median of {} rounds of {} s\n", s.scenario, fmt::join(s.values, " "),
             TENTERHOOK_BUILD_TYPE, s.rounds, s.seconds);
  fmt::print("{:<16} {:>14} {:>14} {:>10}", "", "executions/s", "steps/s", "steps each");
  fmt::print("{}\n", beside ? "    ratio, executions and steps" : "");
  const rate other = beside ? median(relacy) : rate{};
  print("random, sc", median(sc), beside ? &other : nullptr);
  print("random, tso", median(tso), beside ? &other : nullptr);
  if (beside) {
    print("Relacy, random", other, nullptr);
  } else {
    fmt::print("tenterhook-relacy is not built: there is nothing to compare with\n");
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("tenterhook-bench: executions per second beside Relacy's");
  settings s;
  app.add_option("--scenario", s.scenario)->capture_default_str();
  app.add_option("-p,--parameter", s.values, "name=value")->capture_default_str();
  app.add_option("--seconds", s.seconds, "a measurement")->capture_default_str();
  app.add_option("--rounds", s.rounds)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--seed", s.seed)->capture_default_str();
  try {
    app.parse(argc, argv);
    return run(s);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return 0;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tenterhook-bench: {}\n", error.what());
    return 2;
  } catch (const std::invalid_argument& error) {
    fmt::print(stderr, "tenterhook-bench: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tenterhook-bench: {}\n", error.what());
    return 5;
  }
}
