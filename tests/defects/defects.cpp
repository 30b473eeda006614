// Each defect is found by the scenario that its row names, within 60 s of CPU time on one core, by
// a schedule that replays 100 times of 100; and without the defect that scenario passes.
#include "properties/defects.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ostream>
#include <set>
#include <sstream>
#include <vector>

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

// Can dpor go through the row's scenario? Three threads of parfor are too many, and so are most
// whole schedulers: such rows sample by pos, or their scenarios' own plans say something else.
bool is_small(const defect& d) {
  if (d.scenario == "parfor/three" || d.strategy == "pos") return false;
  const Ran listed = run_tool(fmt::format("list {} --json -", d.scenario));
  const auto list = nlohmann::json::parse(listed.output, nullptr, false);
  if (list.is_discarded() || list["scenarios"].size() != 1) return true;
  return list["scenarios"][0].value("strategy", "") == "dpor";
}

class Defects : public testing::TestWithParam<defect> {
 protected:
  void SetUp() override {
    if (TENTERHOOK_SANITIZED != 0 && !is_small(GetParam())) {
      GTEST_SKIP() << "a whole runtime under a sanitizer takes too long";
    }
  }
};

TEST_P(Defects, IsFoundReplaysAndIsGoneWithoutIt) {
  const defect& d = GetParam();
  const Folder folder;
  const Ran found = run_tool(fmt::format("check {} --defect {} --json - --artifact-dir {}",
                                         d.scenario, d.name, folder.path()));
  ASSERT_EQ(found.exit_code, 1) << found.output;
  const nlohmann::json result = result_of(found);
  EXPECT_EQ(result.value("verdict", ""), "BUG");
  EXPECT_LT(result.value("cpu_seconds", 1e9), 60) << "of CPU time on one core";
  fmt::print("{}: {} after {} executions, {:.2f} s\n", d.name, result.value("signature", ""),
             result.value("execution", std::uint64_t{0}), result.value("cpu_seconds", 0.0));
  ASSERT_TRUE(result["schedule"].is_string()) << found.output;
  const Ran again =
      run_tool(fmt::format("replay {} --repeat 100", result["schedule"].get<std::string>()));
  EXPECT_EQ(again.exit_code, 1) << again.output;
  EXPECT_NE(again.output.find("(100 of 100)"), std::string::npos) << again.output;
  // all executions, or ten times those that the defect needed, and enough to meet every mark
  const std::uint64_t runs =
      10 * result.value("execution", std::uint64_t{1}) + (is_small(d) ? 10'000 : 1'000);
  const std::string bound = d.strategy == "dpor" ? "" : fmt::format(" --runs {}", runs);
  const Ran clean = run_tool(fmt::format(
      "check {}{} --model {} --explore {}{} --time-budget 400 --json - --artifact-dir {}",
      d.scenario, parameters_of(d), d.model, d.strategy, bound, folder.path()));
  EXPECT_EQ(clean.exit_code, 0) << clean.output;
  const nlohmann::json passed = result_of(clean);
  if (passed.value("verdict", "") == "VERIFIED") return;
  const auto count = [&](const char* name) { return passed.value(name, std::uint64_t{0}); };
  EXPECT_GE(count("executions") + count("blocked") + count("cut"), runs) << clean.output;
  EXPECT_GT(10 * count("executions"), 9 * runs) << "too many were not complete: " << clean.output;
}

// Found by dpor under exactly the models of its row; under the others its scenario is verified, and
// so on every target. Where dpor has too much to do the row's strategy finds it, under the row's
// model, and nothing is said of where it does not show.
TEST_P(Defects, ShowsUnderTheModelsOfItsRowAndNoOther) {
  const defect& d = GetParam();
  const Folder folder;
  const bool small = is_small(d);
  std::istringstream in{std::string(d.shows_on)};
  std::set<std::string> shows;
  for (std::string model; in >> model;) shows.insert(model);
  ASSERT_FALSE(shows.empty());
  for (const std::string model : {"sc", "tso", "arm", "power", "rc11"}) {
    const bool shown = shows.erase(model) != 0;
    if (!small && (!shown || model != d.model)) continue;
    const Ran ran = run_tool(
        fmt::format("check --defect {} --model {} --explore {} --time-budget 60 --json - "
                    "--artifact-dir {}",
                    d.name, model, small ? "dpor" : d.strategy, folder.path()));
    const nlohmann::json result = result_of(ran);
    EXPECT_EQ(result.value("verdict", ""), shown ? "BUG" : "VERIFIED") << model << ran.output;
    if (shown) {
      EXPECT_TRUE(result["schedule"].is_string()) << model << ": it does not replay";
    }
  }
  EXPECT_TRUE(shows.empty()) << "there is no model " << *shows.begin();
}

// What C++'s model shows in a small scenario, Relacy finds too.
class RelacyDefects : public Defects {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RelacyDefects);  // a build without Relacy has none

TEST_P(RelacyDefects, AreFoundByRelacy) {
  const defect& d = GetParam();
  if (!is_small(d)) GTEST_SKIP() << "a whole runtime";
  const Folder folder;
  const Ran ran =
      run_tool(fmt::format("check --defect {} --explore relacy --json - --artifact-dir {}", d.name,
                           folder.path()));
  EXPECT_EQ(result_of(ran).value("verdict", ""), "BUG") << ran.output;
}

// Bugs of fairness: a monitor names the loop that goes round without end.
TEST(Liveness, EachUnfairLoopIsNamed) {
  struct unfair {
    const char* defect;
    const char* loop;
  };
  for (const auto& [name, loop] : {
           unfair{"findrunnable-back-not-spinning", "findrunnable"},  // L08
           unfair{"findrunnable-global-first", "a loop of Gosched"},  // L09
           unfair{"retake-go16", "a loop of short system calls"},  // L10
           unfair{"schedule-endless-slice", "a chain of goroutines"},  // #52934
           unfair{"casgstatus-never-yields", "scang"},  // L15
           unfair{"startTheWorld-no-handoff", "a loop of stopTheWorld"},  // L20
       }) {
    const Folder folder;
    const Ran ran = run_tool(
        fmt::format("check --defect {} --json - --artifact-dir {}", name, folder.path()));
    const std::string signature = result_of(ran).value("signature", "");
    EXPECT_EQ(signature.rfind("livelock: ", 0), 0U) << name << ": " << ran.output;
    EXPECT_NE(signature.find(fmt::format(" in {} ", loop)), std::string::npos) << signature;
  }
}

std::vector<defect> relacy_defects() {
  static const std::set<std::string_view> not_shown = {
      "casgstatus-never-yields",  // nobody there has a processor to let go of
      "runqgrab-copy-after-cas",  // the ring wraps while a thief rests: not once in 1,000,000
      "runqsize-relaxed",         // two old values of one cell in a row: the same
  };
  std::vector<defect> all;
  for (const defect& d : properties::defects) {
    const bool shown = d.shows_on.find("rc11") != std::string_view::npos &&
                       d.strategy != "pos" && not_shown.count(d.name) == 0;
    if (shown && TENTERHOOK_WITH_RELACY != 0) all.push_back(d);
  }
  return all;
}

std::string name_of(const testing::TestParamInfo<defect>& info) {
  std::string name(info.param.name);
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, Defects, testing::ValuesIn(properties::defects), name_of);
INSTANTIATE_TEST_SUITE_P(All, RelacyDefects, testing::ValuesIn(relacy_defects()), name_of);

}  // namespace
}  // namespace tenterhook::tests
