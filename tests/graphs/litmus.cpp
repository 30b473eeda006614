// The C11 litmus tests of ../shared that are straight-line and all atomic: the brute force has
// exactly the final states that herd7 7.58 gives, with rc11.cat (the paper's,
// here rc11-2017) and with sc.cat.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <sstream>
#include <string>

#include "tests/graphs/brute.hpp"

namespace tenterhook::graphs {
namespace {

struct litmus {
  program code{0, {}};
  std::vector<std::string> variables;
  std::map<std::string, std::pair<std::size_t, std::size_t>> registers;  // "0:r1": thread, read
};

using state = std::map<std::string, int>;  // by "0:r1" and "[x]"

class reader {
 public:
  // Null: the test says what a small program cannot.
  std::optional<litmus> read(std::istream& in) {
    static const std::regex head(R"(\s*P\d+\s*\(.*\{\s*)"),
        zero(R"(\{(\s*\[\w+\]\s*=\s*0;?)*\s*\})");
    bool inside = false;
    for (std::string line; std::getline(in, line);) {
      if (std::regex_match(line, head)) {
        inside = true;
        test_.code.threads.emplace_back();
        reads_ = 0;
      } else if (inside && line.starts_with("}")) {
        inside = false;
      } else if (inside && line.find_first_not_of(' ') != std::string::npos) {
        if (!statement(line)) return std::nullopt;
      } else if (!inside && line.starts_with("{") && !std::regex_match(line, zero)) {
        return std::nullopt;
      }
    }
    test_.code.variables = static_cast<int>(test_.variables.size());
    return test_;
  }

 private:
  bool statement(const std::string& line) {
    static const std::regex write(R"(\s*atomic_store_explicit\((\w+),\s*(\w+),\s*(\w+)\);)"),
        fence_of(R"(\s*atomic_thread_fence\((\w+)\);)"),
        reading(R"(\s*int (\w+) = atomic_load_explicit\((\w+),\s*(\w+)\);)"),
        modifying(R"(\s*int (\w+) = atomic_(exchange|fetch_add)_explicit\((\w+),(\d+),(\w+)\);)");
    std::smatch m;
    thread& code = test_.code.threads.back();
    if (std::regex_match(line, m, write)) {
      const int v = variable(m[1]);
      const std::string value = m[2];
      if (std::isdigit(static_cast<unsigned char>(value[0])) != 0) {
        code.push_back(store(v, std::stoi(value), order(m[3])));
        return true;
      }
      if (value != last_) return false;
      code.push_back(store_last(v, 0, order(m[3])));
    } else if (std::regex_match(line, m, fence_of)) {
      code.push_back(fence(order(m[1])));
    } else if (std::regex_match(line, m, reading)) {
      code.push_back(load(variable(m[2]), order(m[3])));
      assigned(m[1]);
    } else if (std::regex_match(line, m, modifying)) {
      const auto make = m[2] == "exchange" ? exchange : fetch_add;
      code.push_back(make(variable(m[3]), std::stoi(m[4]), order(m[5])));
      assigned(m[1]);
    } else {
      return false;
    }
    return true;
  }

  int variable(const std::string& name) {
    auto& names = test_.variables;
    const auto at = std::find(names.begin(), names.end(), name);
    if (at != names.end()) return static_cast<int>(at - names.begin());
    names.push_back(name);
    return static_cast<int>(names.size()) - 1;
  }
  void assigned(const std::string& name) {
    const std::size_t t = test_.code.threads.size() - 1;
    last_ = name;
    test_.registers[fmt::format("{}:{}", t, name)] = {t, reads_++};
  }
  static std::memory_order order(const std::string& name) {
    static const std::map<std::string, std::memory_order> orders = {
        {"memory_order_relaxed", relaxed},
        {"memory_order_acquire", acquire},
        {"memory_order_release", release},
        {"memory_order_acq_rel", acq_rel},
        {"memory_order_seq_cst", seq_cst}};
    return orders.at(name);
  }

  litmus test_;
  std::string last_;  // register
  std::size_t reads_ = 0;
};

// "0:r0=1; [x]=2; | 0:r0=0; [x]=2;"
std::set<state> states_in(const std::string& text) {
  std::set<state> all;
  state current;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word == "|") {
      all.insert(current);
      current.clear();
      continue;
    }
    const std::size_t equals = word.find('=');
    current[word.substr(0, equals)] = std::stoi(word.substr(equals + 1));
  }
  all.insert(current);
  return all;
}

// Projected on what the expected states observe.
std::set<state> states_of(const litmus& test, const std::string& model, const state& like) {
  std::set<state> all;
  for (const outcome& o : outcomes_of(executions(test.code, model))) {
    state s;
    for (const auto& [key, value] : like) {
      if (const auto r = test.registers.find(key); r != test.registers.end()) {
        s[key] = o.reads.at(r->second.first).at(r->second.second);
        continue;
      }
      const auto& names = test.variables;
      const auto v = std::find(names.begin(), names.end(), key.substr(1, key.size() - 2));
      if (v != names.end()) s[key] = o.memory.at(static_cast<std::size_t>(v - names.begin()));
    }
    all.insert(s);
  }
  return all;
}

std::vector<std::string> cells(const std::string& line) {
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

TEST(litmus, c11_tests_have_the_states_that_herd_gives) {
  const std::string folder = TENTERHOOK_SHARED "/litmus/c11/";
  std::ifstream table(folder + "expected.tsv");
  if (!table) GTEST_SKIP() << "NOT COMPARED: " << folder << "expected.tsv is absent";
  std::string line;
  std::getline(table, line);
  const std::vector<std::string> names = cells(line);
  const auto column = [&](const std::vector<std::string>& row, const char* name) {
    const auto at = std::find(names.begin(), names.end(), name) - names.begin();
    return row.at(static_cast<std::size_t>(at));
  };
  int compared = 0, other = 0, weak = 0;
  while (std::getline(table, line)) {
    const auto row = cells(line);
    std::ifstream file(folder + column(row, "file"));
    const std::optional<litmus> test = reader().read(file);
    if (!test) {
      ++other;
      continue;
    }
    ++compared;
    const std::set<state> rc11 = states_in(column(row, "states"));
    const std::set<state> sc = states_in(column(row, "sc_states"));
    EXPECT_EQ(states_of(*test, "rc11-2017", *rc11.begin()), rc11) << row[0] << test->code;
    EXPECT_EQ(states_of(*test, "sc", *sc.begin()), sc) << row[0] << test->code;
    weak += rc11 != sc;
  }
  fmt::print("{} compared, of which {} are weak; {} are not straight-line or not atomic\n",
             compared, weak, other);
  EXPECT_GE(compared, 400);
}

}  // namespace
}  // namespace tenterhook::graphs
