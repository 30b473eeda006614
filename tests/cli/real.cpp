// Scenarios as they are in real life: with time, in which timeouts fire, and a monitor in each
// runtime. By themselves most are strict, since time hides lost wakeups.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

TEST(real, every_scenario_passes_with_time_and_each_whole_runtime_with_a_monitor) {
  const Folder folder;
  unsigned monitored = 0;
  for (const std::string model : {"sc", "rc11"}) {
    const Ran ran = run_tool(fmt::format(
        "check '*/*' --timeouts 1 --model {} --explore pos --runs {} --keep-going "
        "--artifact-dir {} --json -",
        model, model == "sc" ? 100 : 20, folder.path()));
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << ran.output;
    for (const auto& result : json["results"]) {
      if (result.value("expected", "") == "bug") continue;
      EXPECT_NE(result.value("verdict", ""), "BUG") << result.dump(2);
      const auto& marks = result["marks"];
      if (std::find(marks.begin(), marks.end(), "world/real") == marks.end()) continue;
      ++monitored;
      if (model != "sc") continue;
      EXPECT_GE(result.value("executions", 0), 90) << result.dump(2);
    }
  }
  fmt::print("{} rows with a monitor\n", monitored);
  EXPECT_GE(monitored, 70U);
}

}  // namespace
}  // namespace tenterhook::tests
