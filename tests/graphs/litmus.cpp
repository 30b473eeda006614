// The litmus tests of ../shared: the brute force has exactly the final states that herd7 7.58
// gives, under the model of the architecture, less those that need load buffering, and under sc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/graphs/litmus_program.hpp"

namespace tenterhook::graphs {
namespace {

namespace herd = checker::litmus;
using state = std::map<std::string, std::string>;  // by "0:r1" and "[x]"

// "0:r0=1; [x]=2; | 0:r0=0; [x]=2;"
std::set<state> states_in(const std::string& text) {
  std::set<state> all;
  if (text == "-") return all;
  state current;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (word == "|") {
      all.insert(current);
      current.clear();
      continue;
    }
    const std::size_t equals = word.find('=');
    current[word.substr(0, equals)] = word.substr(equals + 1);
  }
  all.insert(current);
  return all;
}

std::set<state> states_of(const herd::Test& test, const std::string& model) {
  std::set<state> all;
  for (const std::string& s : final_states(test, model)) all.merge(states_in(s));
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

struct suite {
  std::string folder, model;
  int compared;  // so many tests are there
  int weak;      // at least so many show what sc lacks
};

class litmus : public testing::TestWithParam<suite> {};

TEST_P(litmus, tests_have_the_states_that_herd_gives) {
  const std::string folder = TENTERHOOK_SHARED "/litmus/" + GetParam().folder + "/";
  std::ifstream table(folder + "expected.tsv");
  if (!table) GTEST_SKIP() << "NOT COMPARED: " << folder << "expected.tsv is absent";
  std::string line;
  std::getline(table, line);
  const std::vector<std::string> names = cells(line);
  int compared = 0, plain = 0, weak = 0, buffering = 0;
  while (std::getline(table, line)) {
    const auto row = cells(line);
    const auto column = [&](const char* name) {
      const auto at = std::find(names.begin(), names.end(), name) - names.begin();
      return row.at(static_cast<std::size_t>(at));
    };
    const herd::Test test = herd::read_test(folder + column("file"));
    plain += test.plain;
    std::set<state> expected = states_in(column("states"));
    const std::set<state> cyclic = states_in(column("lb_states"));
    for (const state& s : cyclic) expected.erase(s);
    EXPECT_EQ(states_of(test, GetParam().model), expected) << row[0];
    const std::set<state> sc = states_in(column("sc_states"));
    EXPECT_EQ(states_of(test, "sc"), sc) << row[0] << " under sc";
    ++compared;
    weak += expected != sc;
    buffering += !cyclic.empty();
  }
  fmt::print(
      "{} compared, of which {} are weak, {} without the states of load buffering; {} have "
      "non-atomic accesses\n",
      compared, weak, buffering, plain);
  EXPECT_EQ(compared, GetParam().compared);
  EXPECT_GE(weak, GetParam().weak);
}

INSTANTIATE_TEST_SUITE_P(herd, litmus,
                         testing::Values(suite{"x86", "tso", 465, 100},
                                         suite{"x86_64", "tso", 319, 90},
                                         suite{"power", "power", 677, 400},
                                         suite{"armv7", "arm", 785, 440},
                                         suite{"c11", "rc11-2017", 641, 300}),
                         [](const auto& of) { return of.param.folder; });

}  // namespace
}  // namespace tenterhook::graphs
