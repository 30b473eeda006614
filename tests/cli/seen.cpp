// The flags that show what was explored.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

std::string slurp(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool says(const Ran& ran, const std::string& what) {
  return ran.output.find(what) != std::string::npos;
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

TEST(seen, flags_need_an_exploration_on_graphs) {
  const Folder folder;
  const std::string dot = folder.path() + "/old.dot";
  std::ofstream(dot) << "mine\n";
  for (const std::string& flag :
       {std::string("--dump-executions 1"), "--dot " + dot, std::string("--outcomes"),
        std::string("--robust")}) {
    for (const std::string strategy : {"random", "exhaustive", "relacy"}) {
      const Ran ran = run_tool(fmt::format("check runq/steal --explore {} {} --artifact-dir {}",
                                           strategy, flag, folder.path()));
      EXPECT_EQ(ran.exit_code, 2) << ran.output;
      EXPECT_TRUE(says(ran, flag.substr(0, flag.find(' ')) + " shows execution graphs")) << flag;
      EXPECT_TRUE(says(ran, "it does not go with " + strategy)) << ran.output;
    }
  }
  EXPECT_EQ(slurp(dot), "mine\n");
}

TEST(seen, a_drawing_that_cannot_be_written_is_refused_before_the_work) {
  const Folder folder;
  for (const std::string& file : {std::string("/proc/none/x.dot"), folder.path()}) {
    const Ran ran = run_tool(fmt::format("check counts/sb --dot {} --artifact-dir {}", file,
                                         folder.path()));
    EXPECT_EQ(ran.exit_code, 2) << ran.output;
    EXPECT_TRUE(says(ran, "--dot " + file + ": cannot be written")) << ran.output;
    EXPECT_FALSE(says(ran, "VERIFIED")) << ran.output;
  }
  const Ran both = run_tool("check counts/sb --dot - --json - --artifact-dir " + folder.path());
  EXPECT_EQ(both.exit_code, 2) << both.output;
  EXPECT_EQ(run_tool("check counts/sb --dump-executions -1").exit_code, 2);
}

TEST(seen, executions_are_dumped_up_to_their_number) {
  const Folder folder;
  for (const auto& [asked, shown] : {std::pair{2, 2U}, std::pair{9, 4U}}) {
    const Ran ran = run_tool(
        fmt::format("check counts/sb --model tso -q --dump-executions {} --artifact-dir {}", asked,
                    folder.path()));
    EXPECT_EQ(ran.exit_code, 0);
    EXPECT_EQ(times(ran.output, " of counts/sb under tso:\n"), shown) << ran.output;
    EXPECT_EQ(times(ran.output, "0: W.rlx x["), 2 * shown) << ran.output;
  }
}

// What an operation is on the machine; but a store of two words shows no read.
TEST(seen, barriers_have_their_names) {
  const Folder folder;
  const auto dump = [&](const std::string& flags) {
    return run_tool("check " + flags + " -q --dump-executions 1 --artifact-dir " + folder.path());
  };
  const Ran power = dump("counts/mpra --model power"), arm = dump("counts/mpra --model arm");
  EXPECT_TRUE(says(power, ": lwsync")) << power.output;
  EXPECT_TRUE(says(power, ": isync or isb")) << power.output;
  EXPECT_TRUE(says(arm, ": sync or dmb")) << arm.output;
  const auto outcome = [&](const std::string& model) {
    const Ran ran = run_tool("check parfor/once -p threads=1 -q --outcomes --artifact-dir " +
                             folder.path() + " --model " + model);
    const std::size_t from = ran.output.find(":>");
    return ran.output.substr(from, ran.output.find('\n', from) - from);
  };
  EXPECT_NE(outcome("power").find("parfor.pos"), std::string::npos) << outcome("power");
  EXPECT_EQ(outcome("arm"), outcome("power"));
}

TEST(seen, outcomes_and_robustness_are_printed_and_in_the_json) {
  const Folder folder;
  const std::string flags = "--robust --artifact-dir " + folder.path();
  const Ran ran = run_tool("check counts/sb --model tso --outcomes " + flags);
  EXPECT_TRUE(says(ran, "\nStates 4\n")) << ran.output;
  EXPECT_TRUE(says(ran, "\nNOT robust: 1 of 4 graphs")) << ran.output;
  const auto weak = result_of(run_tool("check counts/sb --model tso --json - " + flags));
  EXPECT_EQ(weak.value("robust", true), false) << weak;
  EXPECT_EQ(weak.value("weak_graphs", 0), 1) << weak;
  const auto strong = result_of(run_tool("check counts/sb --model sc --json - " + flags));
  EXPECT_EQ(strong.value("robust", false), true) << strong;
  EXPECT_EQ(strong.value("weak_graphs", 7), 0) << strong;
  const auto some = result_of(run_tool("check counts/sb --model sc --runs 1 --json - " + flags));
  ASSERT_TRUE(some.contains("robust"));
  EXPECT_TRUE(some["robust"].is_null()) << some;
  const auto none = result_of(run_tool("check counts/sb --model tso --json - --artifact-dir " +
                                       folder.path()));
  EXPECT_FALSE(none.contains("robust")) << none;
}

// The failing execution; else with several models the smallest that sc lacks; else the first.
TEST(seen, the_drawing_is_the_one_that_tells_most) {
  const Folder folder;
  const auto drawn = [&](const std::string& what) {
    const std::string file = folder.path() + "/graph.dot";
    std::ofstream(file) << "old\n";
    run_tool(fmt::format("check {} --dot {} --artifact-dir {}", what, file, folder.path()));
    const std::string first = slurp(file);
    run_tool(fmt::format("check {} --dot {} --artifact-dir {}", what, file, folder.path()));
    EXPECT_EQ(slurp(file), first) << "the same text each time";
    EXPECT_TRUE(first.starts_with("digraph execution {\n")) << first;
    return first;
  };
  const std::string failing = drawn("counts/petersonbug");
  EXPECT_NE(failing.find("counts/petersonbug under tso, the failing execution"), failing.npos);
  EXPECT_GE(times(failing, ", color=red, "), 4U) << failing;
  const std::string weak = drawn("counts/iriw");
  EXPECT_NE(weak.find("counts/iriw under rc11: none of sc's"), weak.npos) << weak;
  EXPECT_EQ(times(weak, ", color=red, "), 6U) << weak;
  const std::string first = drawn("counts/iriw --model sc");
  EXPECT_NE(first.find("label=\"counts/iriw under sc\""), first.npos) << first;
  EXPECT_EQ(times(first, "color=red"), 0U) << first;
  const Ran out = run_tool("check counts/sb --model sc -q --dot - --artifact-dir " + folder.path());
  EXPECT_TRUE(says(out, "digraph execution {")) << out.output;
}

// Beside marks: what compare-exchanges came to, and how cells changed.
TEST(seen, reach_is_among_the_marks) {
  const Folder folder;
  const auto marks = [&](const std::string& flags) {
    const auto result = result_of(run_tool("check runq/steal --model sc --json - --artifact-dir " +
                                           folder.path() + " " + flags));
    return result["marks"].dump();
  };
  for (const std::string strategy : {"--explore dpor", "--explore random"}) {
    const std::string reached = marks("--reach " + strategy);
    EXPECT_TRUE(std::regex_search(reached, std::regex("cas runtime/runq.cpp:[0-9]+ failed")));
    EXPECT_TRUE(std::regex_search(reached, std::regex("cas runtime/runq.cpp:[0-9]+ succeeded")));
    EXPECT_EQ(marks(strategy).find("\"cas "), std::string::npos) << "only where asked for";
  }
  const std::string changed = marks("--reach --explore random");
  EXPECT_NE(changed.find("\"cell runqhead 0 1\""), std::string::npos) << changed;
  EXPECT_NE(changed.find("\"cell runnext 0 set\""), std::string::npos) << changed;
}

}  // namespace
}  // namespace tenterhook::tests
