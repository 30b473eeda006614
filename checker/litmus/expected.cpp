#include "checker/litmus/expected.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

#include "checker/litmus/scanner.hpp"

namespace tenterhook::checker::litmus {
namespace {

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> all(1);
  for (const char c : line) {
    if (c == '\t') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

// A line of the table, with the names of the header.
class Line {
 public:
  Line(const std::string& file, std::size_t number, const std::vector<std::string>& names,
       const std::string& text)
      : file_(file), number_(number), names_(names), cells_(columns(text)) {
    if (cells_.size() != names_.size()) {
      fail(fmt::format("{} columns where the header has {}", cells_.size(), names_.size()));
    }
  }
  [[noreturn]] void fail(const std::string& what) const {
    throw FileError(fmt::format("{}:{}: {}", file_, number_, what));
  }
  bool has(const char* name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }
  const std::string& get(const char* name) const {
    const auto at = std::find(names_.begin(), names_.end(), name);
    if (at == names_.end()) fail(fmt::format("the header has no column {}", name));
    return cells_[static_cast<std::size_t>(at - names_.begin())];
  }
  std::uint64_t count(const char* name) const {
    const auto value = number_in(get(name));
    if (!value || *value < 0) fail(fmt::format("column {}: '{}' is no count", name, get(name)));
    return static_cast<std::uint64_t>(*value);
  }
  // "0:r0=0; [x]=2; | 0:r0=1; [x]=2;". No state at all is "-"; one of nothing is empty.
  std::set<NamedState> states(const char* name) const {
    std::set<NamedState> all;
    const std::string& text = get(name);
    if (text == "-") return all;
    NamedState current;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
      if (word == "|") {
        all.insert(std::exchange(current, {}));
        continue;
      }
      const std::size_t equals = word.find('=');
      const auto value = equals == std::string::npos || word.back() != ';'
                             ? std::nullopt
                             : number_in(word.substr(equals + 1, word.size() - equals - 2));
      if (!value) fail(fmt::format("column {}: '{}' is no name=value;", name, word));
      current[word.substr(0, equals)] = *value;
    }
    all.insert(current);
    return all;
  }

 private:
  const std::string& file_;
  std::size_t number_;
  const std::vector<std::string>& names_;
  std::vector<std::string> cells_;
};

// What is left of herd's answer without the executions that buffer loads.
void remove_cycles(const Line& line, Expected& e) {
  for (const NamedState& s : line.states("lb_states")) e.states.erase(s);
  e.buffers_loads = true;
  e.only_by_cycles = line.get("needs_lb") == "verdict";
}

}  // namespace

Table::Table(const std::string& file, bool sc) : file_(file) {
  std::ifstream in(file);
  std::string text;
  if (!std::getline(in, text)) throw FileError(fmt::format("{}: cannot be read", file));
  const std::vector<std::string> names = columns(text);
  for (std::size_t number = 2; std::getline(in, text); ++number) {
    const Line line(file, number, names, text);
    Expected e;
    e.line = number;
    e.verdict = line.get(sc ? "sc_verdict" : "verdict");
    e.states = line.states(sc ? "sc_states" : "states");
    if (!sc && line.has("witnesses_pos")) {
      e.executions = line.count("witnesses_pos") + line.count("witnesses_neg");
    }
    if (!sc && line.has("flags")) e.race = line.get("flags") == "undef";
    if (!sc && line.has("needs_lb") && line.get("needs_lb") != "no") remove_cycles(line, e);
    if (!rows_.try_emplace(line.get("file"), e).second) {
      line.fail(fmt::format("{} is there twice", line.get("file")));
    }
  }
}

const Expected* Table::find(const std::string& name) const {
  const auto at = rows_.find(name.substr(name.rfind('/') + 1));
  return at == rows_.end() ? nullptr : &at->second;
}

NamedState named(const Test& test, const State& state) {
  NamedState all;
  for (std::size_t i = 0; i < state.size(); ++i) all[test.observed[i].name] = state[i];
  return all;
}

std::string text(const NamedState& state) {
  std::string out;
  for (const auto& [name, value] : state) {
    out += fmt::format("{}{}={};", out.empty() ? "" : " ", name, value);
  }
  return out;
}

std::optional<std::string> difference(const Test& test, const Ran& ran, const Expected& expected) {
  std::set<NamedState> ours;
  for (const auto& [state, count] : ran.states) ours.insert(named(test, state));
  std::string out;
  for (const NamedState& s : expected.states) {
    if (!ours.contains(s)) out += "missing " + text(s) + " ";
  }
  for (const NamedState& s : ours) {
    if (!expected.states.contains(s)) out += "not expected " + text(s) + " ";
  }
  const std::string said = verdict(test, ran);
  if (!expected.only_by_cycles && said != expected.verdict) {
    out += fmt::format("{} where {} is expected; ", said, expected.verdict);
  }
  if (ran.race != expected.race) out += ran.race ? "a race; " : "no race; ";
  if (out.empty()) return std::nullopt;
  out.erase(out.find_last_not_of(" ;") + 1);
  return out;
}

}  // namespace tenterhook::checker::litmus
