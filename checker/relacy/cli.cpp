#include "checker/relacy/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "checker/relacy/explore.hpp"
#include "platform/check.hpp"

namespace tenterhook::relacy {

namespace {

using json = nlohmann::ordered_json;

struct usage_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// As written on the command line.
struct Flags {
  std::string program, search = "random", defect, raise = "none", mutate;
  std::vector<std::string> values;
  bool list = false, json = false, no_trace = false;
  Settings settings;
};

std::int64_t number(const std::string& text, const std::string& of) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    throw usage_error(of + ": '" + text + "' is not a number");
  }
  return value;
}

const checker::program& find(const checker::catalogue& programs, const std::string& name) {
  for (const checker::program& p : programs) {
    if (p.name == name) return p;
  }
  throw usage_error("there is no program '" + name + "'; --list prints them");
}

checker::parameters values_of(const checker::program& program,
                              const std::vector<std::string>& given) {
  checker::parameters values;
  for (const checker::parameter& p : program.parameters) values[p.name] = p.value;
  for (const std::string& pair : given) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) throw usage_error("-p " + pair + ": write -p name=value");
    const std::string name = pair.substr(0, equals);
    const auto declared = std::find_if(program.parameters.begin(), program.parameters.end(),
                                       [&](const checker::parameter& p) { return p.name == name; });
    if (declared == program.parameters.end()) {
      throw usage_error(program.name + " has no parameter '" + name + "'");
    }
    const std::int64_t value = number(pair.substr(equals + 1), "-p " + name);
    if (value < declared->least || value > declared->most) {
      throw usage_error("-p " + name + ": " + std::to_string(value) + " is not in " +
                        std::to_string(declared->least) + ".." + std::to_string(declared->most));
    }
    values[name] = value;
  }
  return values;
}

Mutate mutation(const std::string& name) {
  if (name == "drop" || name == "drop-store" || name == "drop-fence") return Mutate::drop;
  if (name == "weaken") return Mutate::weaken;
  if (name == "split" || name == "cas-split") return Mutate::split;
  if (name == "fail-once" || name == "cas-fail-once") return Mutate::fail_once;
  throw usage_error("--mutate: '" + name +
                    "' is none of drop-store, drop-fence, weaken, cas-split, cas-fail-once");
}

// FILE:LINE:KIND or FILE:LINE:COLUMN:KIND.
Mutant mutant(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ':');) parts.push_back(part);
  if (parts.size() != 3 && parts.size() != 4) {
    throw usage_error("--mutate " + text + ": write FILE:LINE:KIND");
  }
  Mutant result;
  result.file = parts.front();
  result.line = static_cast<unsigned>(number(parts[1], "--mutate"));
  if (parts.size() == 4) result.column = static_cast<unsigned>(number(parts[2], "--mutate"));
  result.kind = mutation(parts.back());
  return result;
}

std::optional<arch::memory_model> raised(const std::string& name) {
  if (name == "none") return std::nullopt;
  if (name == "tso") return arch::memory_model::tso;
  if (name == "arm") return arch::memory_model::arm;
  if (name == "power") return arch::memory_model::power;
  throw usage_error("--raise: '" + name + "' is none of none, tso, arm, power");
}

Search search_of(const std::string& name) {
  for (const Search s : {Search::random, Search::full, Search::bound}) {
    if (name == text(s)) return s;
  }
  throw usage_error("--search: '" + name + "' is none of random, full, bound");
}

void declare(CLI::App& app, Flags& flags) {
  Settings& s = flags.settings;
  app.add_option("--program", flags.program, "the scenario to run");
  app.add_option("-p,--parameter", flags.values, "name=value, once a parameter");
  app.add_option("--search", flags.search, "random, full or bound")->capture_default_str();
  app.add_option("--seed", s.seed, "of --search random")->capture_default_str();
  app.add_option("--runs", s.runs, "most executions; 0: no limit")->capture_default_str();
  app.add_option("--preemptions", s.preemptions, "of --search bound")->capture_default_str();
  app.add_option("--time-budget", s.time_budget, "seconds")->capture_default_str();
  app.add_option("--max-steps", s.max_steps, "of one execution; more is a livelock")
      ->capture_default_str();
  app.add_option("--defect", flags.defect, "switch this defect on");
  app.add_option("--raise", flags.raise, "none, tso, arm or power: orders as lowered there")
      ->capture_default_str();
  app.add_option("--mutate", flags.mutate, "FILE:LINE[:COLUMN]:KIND");
  app.add_option("--state", s.from, "repeat the one execution of this state");
  app.add_flag("--no-trace", flags.no_trace, "do not record a failing execution");
  app.add_flag("--json", flags.json, "one JSON object (there is no other output)");
  app.add_flag("--list", flags.list, "the names of all programs");
}

std::string quoted(const std::string& word) { return "'" + word + "'"; }

std::string repeat_command(const Flags& flags, const Result& result) {
  std::string command = "tenterhook-relacy --program " + flags.program;
  for (const std::string& value : flags.values) command += " -p " + value;
  command += " --search " + flags.search;
  if (flags.search == "bound") {
    command += " --preemptions " + std::to_string(flags.settings.preemptions);
  }
  command += " --max-steps " + std::to_string(flags.settings.max_steps);
  if (!flags.defect.empty()) command += " --defect " + flags.defect;
  if (flags.raise != "none") command += " --raise " + flags.raise;
  if (!flags.mutate.empty()) command += " --mutate " + quoted(flags.mutate);
  return command + " --state " + quoted(result.state);
}

json report(const Flags& flags, const checker::parameters& values, const Result& result) {
  json out;
  out["verdict"] = text(result.verdict);
  out["scenario"] = flags.program;
  out["params"] = values;
  out["search"] = flags.search;
  out["raise"] = flags.raise;
  out["defect"] = flags.defect;
  out["seed"] = flags.settings.seed;
  out["executions"] = result.executions;
  out["blocked"] = result.blocked;
  out["steps"] = result.steps;
  out["seconds"] = result.seconds;
  out["finished"] = result.finished;
  out["threads"] = result.threads;
  out["bound"] = result.bound;
  out["marks"] = result.marks;
  if (!flags.mutate.empty()) out["mutated"] = result.mutated;
  if (!result.message.empty()) out["message"] = result.message;
  if (result.verdict == Verdict::bug) {
    out["kind"] = result.kind;
    out["location"] = result.location;
    out["thread"] = result.thread;
    out["state"] = result.state;
    out["repeat"] = repeat_command(flags, result);
    out["trace"] = result.trace;
  }
  return out;
}

int list(const checker::catalogue& programs) {
  json names = json::array();
  for (const checker::program& p : programs) {
    if (p.relacy) names.push_back(p.name);
  }
  std::puts(json{{"programs", names}}.dump().c_str());
  return 0;
}

int run(const Flags& given, const checker::catalogue& programs) {
  Flags flags = given;
  if (flags.list) return list(programs);
  if (flags.program.empty()) throw usage_error("--program is missing; --list prints them all");
  const checker::program& program = find(programs, flags.program);
  const checker::parameters values = values_of(program, flags.values);
  Settings& s = flags.settings;
  s.search = search_of(flags.search);
  if (!s.from.empty() && !is_state(s.from, s.search)) {
    throw usage_error("--state: this is no state of --search " + flags.search);
  }
  s.raise = raised(flags.raise);
  if (!flags.mutate.empty()) s.mutant = mutant(flags.mutate);
  if (!flags.defect.empty()) s.defect = platform::defect_id(flags.defect.c_str());
  s.trace = !flags.no_trace;
  const Result result = explore(program, values, s);
  std::puts(
      report(flags, values, result).dump(2, ' ', false, json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace

int run_tool(int argc, char** argv, const checker::catalogue& programs) {
  CLI::App app("tenterhook-relacy: explores a scenario with Relacy's schedulers");
  Flags flags;
  declare(app, flags);
  try {
    app.parse(argc, argv);
    return run(flags, programs);
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "tenterhook-relacy: %s\n", error.what());
    return 2;
  } catch (const usage_error& error) {
    std::fprintf(stderr, "tenterhook-relacy: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "tenterhook-relacy: internal error: %s\n", error.what());
    return 5;
  }
}

}  // namespace tenterhook::relacy
