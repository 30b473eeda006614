// Each defect is found by the scenario that its row names, within 60 s of CPU time on one core, by
// a schedule that replays 100 times of 100; and without the defect that scenario passes.
#include "properties/defects.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <sstream>

#include "tests/defects/tool.hpp"

namespace tenterhook::properties {

void PrintTo(const defect& d, std::ostream* to) { *to << d.name; }

}  // namespace tenterhook::properties

namespace tenterhook::tests {
namespace {

using properties::defect;

std::string parameters_of(const defect& d) {
  std::istringstream in{std::string(d.parameters)};
  std::string flags;
  for (std::string pair; in >> pair;) flags += " -p " + pair;
  return flags;
}

bool by_relacy(const defect& d) { return d.strategy == "relacy"; }

class Defects : public testing::TestWithParam<defect> {};

TEST_P(Defects, IsFoundReplaysAndIsGoneWithoutIt) {
  const defect& d = GetParam();
  if (by_relacy(d) && TENTERHOOK_WITH_RELACY == 0) GTEST_SKIP() << "built without Relacy";
  const Folder folder;
  const Ran found = run_tool(fmt::format("check {} --defect {} --json - --artifact-dir {}",
                                         d.scenario, d.name, folder.path()));
  ASSERT_EQ(found.exit_code, 1) << found.output;
  const nlohmann::json result = result_of(found);
  EXPECT_EQ(result.value("verdict", ""), "BUG");
  EXPECT_LT(result.value("cpu_seconds", 1e9), 60) << "of CPU time on one core";
  fmt::print("{}: {} after {} executions, {:.2f} s\n", d.name, result.value("signature", ""),
             result.value("execution", std::uint64_t{0}), result.value("cpu_seconds", 0.0));
  if (!by_relacy(d)) {
    ASSERT_TRUE(result["schedule"].is_string()) << found.output;
    const Ran again = run_tool(
        fmt::format("replay {} --repeat 100", result["schedule"].get<std::string>()));
    EXPECT_EQ(again.exit_code, 1) << again.output;
    EXPECT_NE(again.output.find("(100 of 100)"), std::string::npos) << again.output;
  }
  // ten times the executions that the defect needed
  const std::uint64_t runs = 10 * result.value("execution", std::uint64_t{1}) + 1'000;
  const std::string how = by_relacy(d) ? "" : fmt::format(" --model {}", d.model);
  const Ran clean = run_tool(fmt::format(
      "check {}{}{} --explore {} --runs {} --time-budget 120 --json - --artifact-dir {}",
      d.scenario, parameters_of(d), how, d.strategy, runs, folder.path()));
  EXPECT_EQ(clean.exit_code, 0) << clean.output;
  EXPECT_GT(result_of(clean).value("executions", 0), 0);
}

std::string name_of(const testing::TestParamInfo<defect>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Defects, testing::ValuesIn(properties::defects), name_of);

}  // namespace
}  // namespace tenterhook::tests
