// Our explorers and Relacy on every scenario that runs under both: a scenario that we find clean
// under sc and tso must be clean under Relacy unless it is expected to fail in the C++ model. (For
// scenarios with a defect see defects.cpp.)
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

// Programs compared when this test was last changed: fewer are a step back.
constexpr unsigned kComparedBefore = 188;

struct Tally {
  unsigned compared = 0;
  std::vector<std::string> skipped;
};

TEST(Relacy, AgreesWithOurExplorersOnEverySmallScenario) {
  const Ran listed = run_tool("list --json -");
  const auto list = nlohmann::json::parse(listed.output, nullptr, false);
  ASSERT_FALSE(list.is_discarded());
  const Folder folder;
  Tally tally;
  for (const auto& scenario : list["scenarios"]) {
    const std::string name = scenario["name"];
    const Ran ours = run_tool(fmt::format("check {} --model sc --json - --artifact-dir {}", name,
                                          folder.path()));
    const Ran theirs = run_tool(
        fmt::format("check {} --explore relacy --runs 2000 --json - --artifact-dir {}", name,
                    folder.path()));
    const nlohmann::json a = result_of(ours), b = result_of(theirs);
    ASSERT_FALSE(a.is_null()) << ours.output;
    ASSERT_FALSE(b.is_null()) << theirs.output;
    if (b["verdict"] == "UNSUPPORTED") {
      tally.skipped.push_back(fmt::format("{} ({})", name, b["bound"].get<std::string>()));
      continue;
    }
    if (a["expected"] != b["expected"]) {
      tally.skipped.push_back(fmt::format("{} (other verdicts are due under sc and C++)", name));
      continue;
    }
    const bool we_fail = a["verdict"] == "BUG", they_fail = b["verdict"] == "BUG";
    EXPECT_EQ(we_fail, they_fail) << name << "\n" << ours.output << theirs.output;
    EXPECT_GT(b["executions"].get<std::uint64_t>(), 0U) << name;
    ++tally.compared;
  }
  fmt::print("compared: {}, skipped: {}\n", tally.compared, tally.skipped.size());
  for (const std::string& s : tally.skipped) fmt::print("  skipped {}\n", s);
  EXPECT_GE(tally.compared, kComparedBefore);
}

}  // namespace
}  // namespace tenterhook::tests
