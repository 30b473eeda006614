// `litmus FILE|DIR…`: runs litmus tests, prints what herd would, compares with a table.
#include "checker/litmus/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "checker/build_id.hpp"
#include "checker/cli/clock.hpp"
#include "checker/cli/row.hpp"
#include "checker/litmus/expected.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::cli {
namespace {

namespace fs = std::filesystem;

struct LitmusRow {
  litmus::Test test;
  std::string model;
  const litmus::Expected* expected = nullptr;
  litmus::Ran ran;
  std::optional<std::string> difference;
  double seconds = 0;

  bool agrees() const { return ran.problem.empty() && !difference; }
};

std::vector<std::string> files_of(const Settings& s) {
  std::vector<std::string> files;
  for (const std::string& given : s.files) {
    std::error_code error;
    if (!fs::is_directory(given, error)) {
      files.push_back(given);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::recursive_directory_iterator(given)) {
      if (entry.path().extension() == ".litmus") inside.push_back(entry.path().string());
    }
    if (inside.empty()) throw UsageError(fmt::format("{}: no .litmus file is in it", given));
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

std::string model_for(const Settings& s, const litmus::Test& test) {
  const std::string own = litmus::model_of(test.arch);
  if (s.model.empty() || s.model == own || s.model == "sc") return s.model.empty() ? own : s.model;
  if (s.model == "rc11" && test.arch == litmus::Arch::c) return s.model;
  throw UsageError(fmt::format("--model {}: {} is of {}, which runs under sc or {}", s.model,
                               test.file, text(test.arch), own));
}

// The tables by file. Each is read once.
class Tables {
 public:
  explicit Tables(const Settings& s) : s_(s) {}

  const litmus::Expected* find(const litmus::Test& test) {
    if (s_.expected.empty()) return nullptr;
    std::string file = s_.expected;
    if (file.find('/') == std::string::npos) {
      file = (fs::path(test.file).parent_path() / file).string();
    }
    auto at = tables_.find(file);
    if (at == tables_.end()) {
      at = tables_.emplace(file, litmus::Table(file, s_.model == "sc")).first;
    }
    const litmus::Expected* found = at->second.find(test.file);
    if (found == nullptr) throw UsageError(fmt::format("{}: no row for {}", file, test.file));
    met_[file].push_back(found);
    return found;
  }

  // Of a folder that was given, every test of its table must be there.
  void check_complete() const {
    for (const std::string& given : s_.files) {
      std::error_code error;
      if (!fs::is_directory(given, error)) continue;
      for (const auto& [file, table] : tables_) {
        const std::string folder = fs::path(file).parent_path().string();
        if (fs::path(file).parent_path() != fs::path(given)) continue;
        for (const auto& [name, row] : table.rows()) {
          if (fs::exists(fs::path(folder) / name, error)) continue;
          throw UsageError(fmt::format("{}:{}: {} is not there", file, row.line, name));
        }
      }
    }
  }

 private:
  const Settings& s_;
  std::map<std::string, litmus::Table> tables_;
  std::map<std::string, std::vector<const litmus::Expected*>> met_;
};

const char* asked(litmus::Quantifier q) {
  switch (q) {
    case litmus::Quantifier::exists: return "Allowed";
    case litmus::Quantifier::not_exists: return "Forbidden";
    case litmus::Quantifier::for_all: return "Required";
  }
  return "?";
}

// As herd and litmus print it: a line a state, its executions, a star if the proposition holds.
std::string report(const LitmusRow& row) {
  const litmus::Test& t = row.test;
  const litmus::Ran& r = row.ran;
  if (!r.unsupported.empty()) {
    return fmt::format("Test {} Unsupported\n{}: {}\n\n", t.name, t.file, r.unsupported);
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
  if (!r.problem.empty()) out += fmt::format("Problem {}\n", r.problem);
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

// A line an architecture, then the tests that herd answers with executions that buffer loads.
std::string closing(const std::vector<LitmusRow>& rows, double seconds) {
  struct Count {
    std::size_t tests = 0, agree = 0, disagree = 0, buffering = 0, races = 0, unsupported = 0;
    std::uint64_t executions = 0;
    double seconds = 0;
  };
  std::map<std::pair<litmus::Arch, std::string>, Count> counts;
  std::string buffering;
  for (const LitmusRow& row : rows) {
    Count& c = counts[{row.test.arch, row.model}];
    c.tests++;
    c.executions += row.ran.executions;
    c.seconds += row.seconds;
    c.races += row.ran.race;
    if (!row.ran.unsupported.empty()) {
      c.unsupported++;
    } else if (row.expected != nullptr) {
      (row.agrees() ? c.agree : c.disagree)++;
      c.buffering += row.expected->buffers_loads;
      if (row.expected->buffers_loads) buffering += fmt::format("  {}\n", row.test.file);
    }
  }
  std::string out;
  if (!buffering.empty()) {
    out += "without the states that need load buffering, a cycle of program order and reads-from:\n";
    out += buffering;
  }
  out += fmt::format("{:<8} {:<9} {:>6} {:>7} {:>9} {:>10} {:>6} {:>11} {:>11} {:>9}\n", "", "model",
                     "tests", "agree", "disagree", "buffering", "races", "unsupported",
                     "executions", "time");
  for (const auto& [key, c] : counts) {
    out += fmt::format("{:<8} {:<9} {:>6} {:>7} {:>9} {:>10} {:>6} {:>11} {:>11} {:>7.2f} s\n",
                       text(key.first), key.second.empty() ? "-" : key.second, c.tests, c.agree,
                       c.disagree, c.buffering, c.races, c.unsupported, c.executions, c.seconds);
  }
  return out + fmt::format("{} tests in {:.1f} s\n", rows.size(), seconds);
}

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
    out["expected"] = {{"verdict", row.expected->verdict},
                       {"states", row.expected->states.size()},
                       {"needs_load_buffering", row.expected->buffers_loads},
                       {"race", row.expected->race}};
    if (row.ran.unsupported.empty()) out["agree"] = row.agrees();
  }
  out["unsupported"] = nullptr;
  if (!row.ran.unsupported.empty()) out["unsupported"] = row.ran.unsupported;
  out["seconds"] = row.seconds;
  return out;
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

void run_row(LitmusRow& row) {
  const double begin = wall_seconds();
  row.ran = litmus::run(row.test, row.model, [] { return interrupted != 0; });
  row.seconds = wall_seconds() - begin;
  if (row.expected != nullptr && row.ran.unsupported.empty()) {
    row.difference = difference(row.test, row.ran, *row.expected);
  }
}

}  // namespace

int litmus(const Settings& s) {
  prepare_file("--json", s.json);
  const double begin = wall_seconds();
  Tables tables(s);
  std::vector<LitmusRow> rows;
  for (const std::string& file : files_of(s)) {
    LitmusRow row;
    row.test = litmus::read_test(file);
    row.model = model_for(s, row.test);
    row.expected = tables.find(row.test);
    rows.push_back(std::move(row));
  }
  tables.check_complete();
  bool wrong = false, supported = false;
  for (LitmusRow& row : rows) {
    run_row(row);
    if (interrupted != 0) return kInconclusive;
    wrong |= !row.agrees();
    supported |= row.ran.unsupported.empty();
    if (s.json == "-") continue;
    if (row.expected == nullptr || s.verbose) {
      if (!s.quiet) fmt::print("{}", report(row));
    } else if (!s.quiet || !row.agrees()) {
      fmt::print("{}", comparison(row));
    }
  }
  if (s.json != "-") fmt::print("{}", closing(rows, wall_seconds() - begin));
  if (!s.json.empty()) write_json(s, rows);
  return wrong ? kBug : supported ? kPass : kNothing;
}

}  // namespace tenterhook::checker::cli
