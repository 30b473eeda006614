// Can the native runner fail? Programs that break, crash, hang or never run must end in their exit
// codes, and a hang in time.
#include <gtest/gtest.h>

#include <csignal>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "stress/native_cli.hpp"
#include "stress/native_runner.hpp"

namespace tenterhook::stress {
namespace {

namespace platform = tenterhook::TENTERHOOK_PLATFORM::platform;

checker::program program(const char* name, void (*body)(const checker::parameters&)) {
  checker::program result;
  result.name = name;
  result.parameters = {{"n", 1, 0, 9, "a number"}};
  result.body = body;
  return result;
}

void good(const checker::parameters& values) {
  platform::check(values.at("n") != 3, "n is not three");
}
void silent(const checker::parameters&) { platform::assume(false); }
void crashing(const checker::parameters&) { std::raise(SIGKILL); }
void hanging(const checker::parameters&) {
  for (;;) platform::usleep(1000);
}

// A thread other than the main one breaks the promise.
void breaking(const checker::parameters&) {
  platform::join_thread(platform::start_thread(
      "breaker", [](void*) { platform::check(false, "nothing breaks"); }, nullptr));
}

int tool(std::vector<std::string> words) {
  checker::catalogue all = {program("a/breaking", breaking), program("a/crashing", crashing),
                            program("a/good", good),         program("a/hanging", hanging),
                            program("a/silent", silent),     program("b/wrong", breaking)};
  all.back().expects = {{"tso", "bug", "n=2"}};
  words.insert(words.begin(), "tenterhook-native");
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  return run_tool(static_cast<int>(pointers.size()), pointers.data(), all);
}

TEST(Native, APassingScenarioIsRunAsOftenAsAsked) {
  const report r = run_native(program("a/good", good), {{"n", 1}}, {50, 0, 30}, nullptr);
  EXPECT_EQ(r.result, outcome::passed);
  EXPECT_EQ(r.runs, 50U);
  EXPECT_EQ(tool({"a/good"}), 0);
}

TEST(Native, ABrokenPromiseOfAnyThreadIsABugAndItsWordsAreKept) {
  const report r = run_native(program("a/breaking", breaking), {{"n", 1}}, {50, 0, 30}, nullptr);
  EXPECT_EQ(r.result, outcome::failed);
  EXPECT_NE(r.message.find("nothing breaks"), std::string::npos) << r.message;
  EXPECT_EQ(tool({"a/breaking"}), 1);
  EXPECT_EQ(tool({"a/good", "-p", "n=3"}), 1);
}

TEST(Native, ACrashIsABugAndTheOthersStillRun) { EXPECT_EQ(tool({"a/[cg]*"}), 1); }

TEST(Native, AHangEndsTheScenario) {
  const report r = run_native(program("a/hanging", hanging), {}, {50, 0, 0.2}, nullptr);
  EXPECT_EQ(r.result, outcome::hung);
  EXPECT_LT(r.seconds, 10);
  EXPECT_EQ(tool({"a/hanging", "--hang", "0.2"}), 1);
}

TEST(Native, RunsWhoseAssumptionsFailAreNoPass) { EXPECT_EQ(tool({"a/silent", "--runs", "3"}), 4); }

TEST(Native, AnExpectedBugIsNoFailure) {
  EXPECT_EQ(tool({"b/wrong", "-p", "n=2"}), 0);
  EXPECT_EQ(tool({"b/wrong", "-p", "n=1"}), 1);
}

TEST(Native, WrongInputIsOneSentenceAndCodeTwo) {
  EXPECT_EQ(tool({"a/nothing"}), 2);
  EXPECT_EQ(tool({"a/good", "-p", "n=x"}), 2);
  EXPECT_EQ(tool({"a/good", "-p", "n=99"}), 2);
  EXPECT_EQ(tool({"a/good", "-p", "m=1"}), 2);
  EXPECT_EQ(tool({"--runs", "many"}), 2);
  EXPECT_EQ(tool({"--runs", "0", "--seconds", "0"}), 2);
}

}  // namespace
}  // namespace tenterhook::stress
