// Our explorers and Relacy on every scenario: what one finds, under sc, the other finds too, and
// what one finds clean is clean for both. Relacy knows the model of C++ only, so where that is to
// say something else than sc our answer under rc11 counts. (For scenarios with a defect see
// defects.cpp.)
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

// Programs compared when this test was last changed: fewer are a step back.
constexpr unsigned kComparedBefore = 203;

// The scenarios that are not compared under sc, and why: these and no others. One that does not run
// under Relacy is not compared at all, and its reason is what the tool says.
constexpr const char* kOtherVerdict = "right under sc, wrong in C++: compared under rc11";
const std::map<std::string, std::string> kExceptions = {
    {"counts/petersonbug", kOtherVerdict},
};

// What a check of the scenario comes to; {} if it says nothing.
nlohmann::json checked(const std::string& name, const std::string& how) {
  const Folder folder;
  const Ran ran =
      run_tool(fmt::format("check {} {} --json - --artifact-dir {}", name, how, folder.path()));
  const nlohmann::json result = result_of(ran);
  EXPECT_TRUE(result.is_object()) << name << " " << how << ": " << ran.output;
  return result.is_object() ? result : nlohmann::json::object();
}

bool is_bug(const nlohmann::json& result) {
  const std::string verdict = result.value("verdict", "");
  EXPECT_TRUE(verdict == "BUG" || verdict == "VERIFIED" || verdict == "NO BUG FOUND")
      << result.dump(1);
  return verdict == "BUG";
}

TEST(Relacy, AgreesWithOurExplorersOnEveryScenario) {
  const Ran listed = run_tool("list --json -");
  const auto list = nlohmann::json::parse(listed.output, nullptr, false);
  ASSERT_FALSE(list.is_discarded());
  unsigned compared = 0;
  std::map<std::string, std::string> exceptions;
  for (const auto& scenario : list["scenarios"]) {
    const std::string name = scenario["name"];
    const nlohmann::json theirs = checked(name, "--explore relacy --runs 2000");
    if (theirs.value("verdict", "") == "UNSUPPORTED") {
      exceptions[name] = theirs.value("bound", "");
      continue;
    }
    nlohmann::json ours = checked(name, "--model sc");
    if (ours.value("expected", "") != theirs.value("expected", "")) {
      exceptions[name] = kOtherVerdict;
      ours = checked(name, "--model rc11");
    }
    EXPECT_EQ(is_bug(ours), is_bug(theirs)) << ours.dump(1) << "\n" << theirs.dump(1);
    EXPECT_GT(theirs.value("executions", std::uint64_t{0}), 0U) << name;
    ++compared;
  }
  fmt::print("compared: {}, not under sc: {}\n", compared, exceptions.size());
  for (const auto& [name, why] : exceptions) fmt::print("  {}: {}\n", name, why);
  EXPECT_EQ(exceptions, kExceptions);
  EXPECT_GE(compared, kComparedBefore);
}

}  // namespace
}  // namespace tenterhook::tests
