// The litmus tests of ../shared: the brute force has exactly the final states that herd7 7.58
// gives, under the model of the architecture, less those that need load buffering, and under sc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/graphs/litmus_program.hpp"

namespace tenterhook::graphs {
namespace {

namespace herd = checker::litmus;
struct suite {
  std::string folder, model;
  int compared;  // so many tests are there
  int weak;      // at least so many show what sc lacks
};

class litmus : public testing::TestWithParam<suite> {};

TEST_P(litmus, tests_have_the_states_that_herd_gives) {
  const std::string folder = TENTERHOOK_SHARED "/litmus/" + GetParam().folder + "/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "NOT COMPARED: " << folder << " is absent";
  const herd::Table table(folder + "expected.tsv", false), of_sc(folder + "expected.tsv", true);
  int compared = 0, plain = 0, weak = 0, buffering = 0;
  for (const auto& [file, expected] : table.rows()) {
    const herd::Test test = herd::read_test(folder + file);
    const herd::Expected& sc = *of_sc.find(file);
    EXPECT_EQ(final_states(test, GetParam().model), expected.states) << file;
    EXPECT_EQ(final_states(test, "sc"), sc.states) << file << " under sc";
    plain += test.plain;
    ++compared;
    weak += expected.states != sc.states;
    buffering += expected.buffers_loads;
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
