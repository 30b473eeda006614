// The litmus tests of ../shared, and the project's own: the brute force has exactly the final
// states that herd7 7.58 gives, under the model of the architecture, less those that need load
// buffering, and under sc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/graphs/litmus_program.hpp"

namespace tenterhook::graphs {
namespace {

namespace herd = checker::litmus;
struct suite {
  std::string folder;
  int compared;  // so many tests are there
  int weak;      // at least so many show what sc lacks
};

struct tally {
  int compared = 0, weak = 0, buffering = 0, plain = 0;
};

// All that the folder's table has, under each test's own model and under sc.
tally compare(const std::string& folder) {
  const herd::Table table(folder + "expected.tsv", false), of_sc(folder + "expected.tsv", true);
  tally all;
  for (const auto& [file, expected] : table.rows()) {
    const herd::Test test = herd::read_test(folder + file);
    const herd::Expected& sc = *of_sc.find(file);
    EXPECT_EQ(final_states(test, model_of(test.arch)), expected.states) << file;
    EXPECT_EQ(final_states(test, "sc"), sc.states) << file << " under sc";
    ++all.compared;
    all.weak += expected.states != sc.states;
    all.buffering += expected.buffers_loads;
    all.plain += test.plain;
  }
  fmt::print(
      "{} compared, of which {} are weak, {} without the states of load buffering; {} have "
      "non-atomic accesses\n",
      all.compared, all.weak, all.buffering, all.plain);
  return all;
}

class litmus : public testing::TestWithParam<suite> {};

TEST_P(litmus, tests_have_the_states_that_herd_gives) {
  const std::string folder = TENTERHOOK_SHARED "/litmus/" + GetParam().folder + "/";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "NOT COMPARED: " << folder << " is absent";
  const tally all = compare(folder);
  EXPECT_EQ(all.compared, GetParam().compared);
  EXPECT_GE(all.weak, GetParam().weak);
}

INSTANTIATE_TEST_SUITE_P(herd, litmus,
                         testing::Values(suite{"x86", 465, 100},
                                         suite{"x86_64", 319, 90},
                                         suite{"power", 677, 400},
                                         suite{"armv7", 785, 440},
                                         suite{"c11", 641, 300}),
                         [](const auto& of) { return of.param.folder; });

// A plain clone has them.
TEST(litmus_of_our_own, tests_have_the_states_that_herd_gives) {
  const tally all = compare(TENTERHOOK_SHAPES);
  EXPECT_EQ(all.compared, 64);
  EXPECT_EQ(all.weak, 23);  // the table has two more, by load buffering
}

}  // namespace
}  // namespace tenterhook::graphs
