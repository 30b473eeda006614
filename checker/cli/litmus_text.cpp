// What `litmus` prints and writes.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "checker/build_id.hpp"
#include "checker/cli/litmus_row.hpp"
#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {
namespace {

const char* asked(litmus::Quantifier q) {
  switch (q) {
    case litmus::Quantifier::exists: return "Allowed";
    case litmus::Quantifier::not_exists: return "Forbidden";
    case litmus::Quantifier::for_all: return "Required";
  }
  return "?";
}

// Of the tests of one architecture.
struct Count {
  std::size_t tests = 0, agree = 0, disagree = 0, buffering = 0, races = 0, unsupported = 0;
  std::uint64_t executions = 0;
  double seconds = 0;

  void add(const LitmusRow& row) {
    tests++;
    executions += row.ran.executions;
    seconds += row.seconds;
    races += row.ran.race;
    if (!row.ran.unsupported.empty()) {
      unsupported++;
    } else if (row.expected != nullptr) {
      (row.agrees() ? agree : disagree)++;
      buffering += row.expected->buffers_loads;
    }
  }
};

nlohmann::ordered_json to_json(const LitmusRow& row) {
  nlohmann::ordered_json out;
  out["name"] = row.test.name;
  out["file"] = row.test.file;
  out["model"] = row.model;
  const bool ran = row.ran.unsupported.empty() && row.ran.problem.empty();
  out["verdict"] = nullptr;
  if (ran) out["verdict"] = verdict(row.test, row.ran);
  out["states"] = nlohmann::ordered_json::array();
  for (const auto& [state, count] : row.ran.states) {
    out["states"].push_back({{"state", text(row.test, state)}, {"executions", count}});
  }
  out["race"] = row.ran.race;
  out["expected"] = nullptr;
  out["agree"] = nullptr;
  if (row.expected != nullptr) {
    auto states = nlohmann::ordered_json::array();
    for (const litmus::NamedState& s : row.expected->states) states.push_back(litmus::text(s));
    out["expected"] = {{"verdict", row.expected->verdict},
                       {"states", states},
                       {"needs_load_buffering", row.expected->buffers_loads},
                       {"race", row.expected->race}};
    if (row.ran.unsupported.empty()) out["agree"] = row.agrees();
  }
  out["unsupported"] = nullptr;
  if (!row.ran.unsupported.empty()) out["unsupported"] = row.ran.unsupported;
  out["problem"] = nullptr;
  if (!row.ran.problem.empty()) out["problem"] = row.ran.problem;
  out["seconds"] = row.seconds;
  return out;
}

}  // namespace

std::string report(const LitmusRow& row) {
  const litmus::Test& t = row.test;
  const litmus::Ran& r = row.ran;
  if (!r.unsupported.empty()) {
    return fmt::format("Test {} Unsupported\n{}: {}\n\n", t.name, t.file, r.unsupported);
  }
  if (!r.problem.empty()) {  // what was explored until then says nothing
    return fmt::format("Test {} Problem\n{}: {}\n\n", t.name, t.file, r.problem);
  }
  std::uint64_t positive = 0;
  std::string states;
  for (const auto& [state, count] : r.states) {
    const bool met = holds(t, state);
    if (met) positive += count;
    states += fmt::format("{:<8}{}>{}\n", count, met ? '*' : ':', text(t, state));
  }
  std::string out = fmt::format("Test {} {}\nStates {}\n{}", t.name, asked(t.quantifier),
                                r.states.size(), states);
  const std::string said = verdict(t, r);
  const bool ok = t.quantifier == litmus::Quantifier::exists      ? said != "Never"
                  : t.quantifier == litmus::Quantifier::not_exists ? said == "Never"
                                                                   : said == "Always";
  if (r.race) out += "Undefined: two accesses race\n";
  out += fmt::format("{}\nWitnesses\nPositive: {} Negative: {}\nCondition {}\n", ok ? "Ok" : "No",
                     positive, r.executions - positive, t.condition);
  out += fmt::format("Observation {} {} {} {}\nTime {} {:.2f}\n", t.name, said, positive,
                     r.executions - positive, t.name, row.seconds);
  return out + "\n";
}

std::string comparison(const LitmusRow& row) {
  const litmus::Ran& r = row.ran;
  if (!r.unsupported.empty()) {
    return fmt::format("unsupported  {}  {}\n", row.test.file, r.unsupported);
  }
  if (!r.problem.empty()) return fmt::format("DISAGREES    {}  {}\n", row.test.file, r.problem);
  if (row.difference) return fmt::format("DISAGREES    {}  {}\n", row.test.file, *row.difference);
  return fmt::format("agrees       {}  {}, {} states, {} executions{}\n", row.test.file,
                     verdict(row.test, r), r.states.size(), r.executions,
                     r.race ? ", a race" : "");
}

std::string closing(const std::vector<LitmusRow>& rows, double seconds) {
  std::map<std::pair<litmus::Arch, std::string>, Count> counts;
  std::string buffering;
  for (const LitmusRow& row : rows) {
    counts[{row.test.arch, row.model}].add(row);
    const bool told = row.ran.unsupported.empty() && row.expected != nullptr;
    if (told && row.expected->buffers_loads) buffering += fmt::format("  {}\n", row.test.file);
  }
  std::string out;
  if (!buffering.empty()) {
    out +=
        "without the states that need load buffering, a cycle of program order and reads-from:\n";
    out += buffering;
  }
  out += fmt::format("{:<8} {:<9} {:>6} {:>7} {:>9} {:>10} {:>6} {:>11} {:>11} {:>9}\n", "",
                     "model", "tests", "agree", "disagree", "buffering", "races", "unsupported",
                     "executions", "time");
  for (const auto& [key, c] : counts) {
    out += fmt::format("{:<8} {:<9} {:>6} {:>7} {:>9} {:>10} {:>6} {:>11} {:>11} {:>7.2f} s\n",
                       text(key.first), key.second.empty() ? "-" : key.second, c.tests, c.agree,
                       c.disagree, c.buffering, c.races, c.unsupported, c.executions, c.seconds);
  }
  return out + fmt::format("{} tests in {:.1f} s\n", rows.size(), seconds);
}

void write_json(const Settings& s, const std::vector<LitmusRow>& rows) {
  nlohmann::ordered_json out;
  out["schema"] = 1;
  out["build"] = build_id();
  out["command"] = s.command;
  out["results"] = nlohmann::ordered_json::array();
  for (const LitmusRow& row : rows) out["results"].push_back(to_json(row));
  write_text("--json", s.json, out.dump(2) + "\n");
}

}  // namespace tenterhook::checker::cli
