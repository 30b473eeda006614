// `tenterhook litmus` from outside: what it prints, its exit codes, its JSON.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

const std::string own = TENTERHOOK_LITMUS;

bool says(const Ran& ran, const std::string& what) {
  return ran.output.find(what) != std::string::npos;
}

void spit(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

constexpr const char* kHeader = "file\tverdict\tstates\n";
constexpr const char* kStates =
    "0:EAX=0; 1:EAX=0; | 0:EAX=0; 1:EAX=1; | 0:EAX=1; 1:EAX=0; | 0:EAX=1; 1:EAX=1;";

TEST(litmus_verb, prints_what_herd_prints) {
  const Ran ran = run_tool("litmus " + own + "/x86.SB.litmus");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_TRUE(says(ran, "Test SB Allowed\nStates 4\n1       *>0:EAX=0; 1:EAX=0;\n")) << ran.output;
  EXPECT_TRUE(says(ran, "Condition exists (0:EAX=0 /\\ 1:EAX=0)\n")) << ran.output;
  EXPECT_TRUE(says(ran, "\nObservation SB Sometimes 1 3\n")) << ran.output;
  const Ran sc = run_tool("litmus --model sc " + own + "/x86.SB.litmus");
  EXPECT_TRUE(says(sc, "\nObservation SB Never 0 3\n")) << sc.output;
}

TEST(litmus_verb, compares_a_folder_with_its_table) {
  const Ran ran = run_tool("litmus " + own + " --expected expected.tsv -q --json -");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  const auto json = nlohmann::json::parse(ran.output, nullptr, false);
  ASSERT_EQ(json["results"].size(), 64U) << ran.output;
  for (const auto& r : json["results"]) EXPECT_EQ(r["agree"], true) << r.dump();
  const Ran text = run_tool("litmus " + own + " --expected expected.tsv");
  EXPECT_TRUE(says(text, "without the states that need load buffering")) << text.output;
  EXPECT_TRUE(says(text, "ppc.LB+addr+po.litmus\n")) << text.output;
  EXPECT_TRUE(says(text, "\n64 tests in ")) << text.output;
}

TEST(litmus_verb, processes_find_what_one_finds) {
  const auto results = [](const std::string& jobs) {
    const Ran ran = run_tool("litmus " + own + " --json - " + jobs);
    auto json = nlohmann::json::parse(ran.output, nullptr, false);
    for (auto& r : json["results"]) r.erase("seconds");
    return json["results"];
  };
  const auto alone = results("");
  ASSERT_EQ(alone.size(), 64U);
  EXPECT_EQ(results("-j 3"), alone);
}

TEST(litmus_verb, a_disagreement_is_exit_code_1) {
  const Folder folder;
  const std::string table = folder.path() + "/t.tsv";
  const std::string run = "litmus " + own + "/x86.SB.litmus --expected " + table;
  spit(table, fmt::format("{}x86.SB.litmus\tSometimes\t{}\n", kHeader, kStates));
  EXPECT_EQ(run_tool(run).exit_code, 0);
  spit(table, fmt::format("{}x86.SB.litmus\tNever\t{}\n", kHeader, kStates));
  const Ran verdict = run_tool(run);
  EXPECT_EQ(verdict.exit_code, 1);
  EXPECT_TRUE(says(verdict, "Sometimes where Never is expected")) << verdict.output;
  spit(table, fmt::format("{}x86.SB.litmus\tSometimes\t{} | 0:EAX=2; 1:EAX=0;\n", kHeader,
                          std::string(kStates).substr(19)));
  const Ran states = run_tool(run);
  EXPECT_EQ(states.exit_code, 1);
  EXPECT_TRUE(says(states, "missing 0:EAX=2; 1:EAX=0")) << states.output;
  EXPECT_TRUE(says(states, "not expected 0:EAX=0; 1:EAX=0")) << states.output;
}

TEST(litmus_verb, a_race_is_told_and_compared) {
  const Ran ran = run_tool("litmus " + own + "/c.MPna+rlx+acq.litmus");
  EXPECT_TRUE(says(ran, "Undefined: two accesses race\n")) << ran.output;
  const Ran other = run_tool("litmus " + own + "/c.MPna+rel+acq.litmus");
  EXPECT_FALSE(says(other, "Undefined")) << other.output;
}

TEST(litmus_verb, a_test_that_cannot_be_run_has_no_verdict) {
  const Folder folder;
  const std::string test = folder.path() + "/t.litmus";
  spit(test, "PPC t\n{ 0:r1=x; }\n P0 ;\n stw r3,4(r1) ;\nexists (x=0)\n");
  const Ran ran = run_tool("litmus " + test);
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_TRUE(says(ran, "Test t Problem\n" + test + ": ")) << ran.output;
  EXPECT_FALSE(says(ran, "Observation")) << ran.output;
  const Ran listed = run_tool("litmus " + test + " --json -");
  EXPECT_EQ(listed.exit_code, 1);
  const auto json = nlohmann::json::parse(listed.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << listed.output;
  EXPECT_TRUE(json["results"][0]["verdict"].is_null()) << listed.output;
  EXPECT_TRUE(json["results"][0]["problem"].is_string()) << listed.output;
}

// More processes than tests.
TEST(litmus_verb, each_test_is_run_once_however_many_processes_there_are) {
  const Ran ran = run_tool("litmus " + own + "/x86.SB.litmus " + own + "/x86.LB.litmus -j 200");
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_TRUE(says(ran, "Observation SB Sometimes")) << ran.output;
  EXPECT_TRUE(says(ran, "Observation LB Never")) << ran.output;
}

void refuses(const std::string& arguments, const std::string& what) {
  const Ran ran = run_tool("litmus " + arguments);
  EXPECT_EQ(ran.exit_code, 2) << ran.output;
  EXPECT_EQ(ran.output, "tenterhook: " + what + "\n");
}

TEST(litmus_verb, wrong_input_is_one_sentence_and_exit_code_2) {
  const Folder folder;
  const std::string test = folder.path() + "/t.litmus", table = folder.path() + "/t.tsv";
  refuses(test, test + ": cannot be read");
  refuses(folder.path(), folder.path() + ": no .litmus file is in it");
  spit(test, "X86 t\n{}\n P0 ;\n HLT ;\nexists (x=0)\n");
  refuses(test, test + ":4: 'HLT' is not read");
  refuses(own + "/x86.SB.litmus --model power",
          "--model power: " + own + "/x86.SB.litmus is of X86, which runs under sc or tso");
  refuses(own + "/x86.SB.litmus --expected " + table, table + ": cannot be read");
  refuses(own + "/x86.SB.litmus -j 0", "-j: 0 is no number from 1 to 256");
  refuses(own + "/x86.SB.litmus -j 99999", "-j: 99999 is no number from 1 to 256");
  spit(table, kHeader);
  refuses(own + "/x86.SB.litmus --expected " + table,
          table + ": no row for " + own + "/x86.SB.litmus");
  spit(table, std::string(kHeader) + "x86.SB.litmus\tSometimes\n");
  refuses(own + "/x86.SB.litmus --expected " + table,
          table + ":2: 2 columns where the header has 3");
  spit(table, std::string(kHeader) + "x86.SB.litmus\tSometimes\tEAX\n");
  refuses(own + "/x86.SB.litmus --expected " + table,
          table + ":2: column states: 'EAX' is no name=value;");
}

TEST(litmus_verb, without_a_supported_test_nothing_ran) {
  const Folder folder;
  const std::string test = folder.path() + "/t.litmus";
  spit(test, "AArch64 t\n{}\n P0 ;\n DMB SY ;\nexists (x=0)\n");
  const Ran ran = run_tool("litmus " + test);
  EXPECT_EQ(ran.exit_code, 4) << ran.output;
  EXPECT_TRUE(says(ran, "AArch64: no target has it")) << ran.output;
}

}  // namespace
}  // namespace tenterhook::tests
