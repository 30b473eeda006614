// A failing history shrinks to a small program, and ends in a schedule file that replays: shown by
// switching a defect on, so each row also shows that a property of histories.cpp can fail.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "checker/cli/suite.hpp"
#include "properties/scenario.hpp"
#include "tests/properties/history_programs.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::tests {
namespace {

// A smaller program must fail whenever it can: so a complete search of few preemptions comes first.
const std::vector<way> ways = {{"bounded", "sc", 2'000}, {"random", "sc", 200}, {"pct", "sc", 200}};

struct row {
  const char* defect;
  const protocol* of;
  std::size_t most_ops;  // of the program that it shrinks to: about one over the least
};

void PrintTo(const row& r, std::ostream* out) { *out << r.defect; }

class Shrinking : public testing::TestWithParam<row> {};

const row kRows[] = {
    row{"runqget-no-cas", &runq, 3}, row{"runqget-runnext-plain", &runq, 4},
    row{"runqgrab-runnext-plain", &runq, 4}, row{"runqput-runnext-plain", &runq, 4},
    row{"runqputslow-no-cas", &runq, 4}, row{"runqput-tail-before-slot", &runq, 3},
    row{"runqgrab-copy-after-cas", &runq, 4}, row{"runqempty-go16", &runq, 4},
    row{"runqgrab-no-consistency-check", &runq, 5},
    row{"globrunqputbatch-unlocked", &globrunq, 3}, row{"unlock-forgets-sleeper", &globrunq, 3},
    row{"lock-sleeper-locked", &globrunq, 4}, row{"lfstack-no-counter", &lfstack, 8},
    row{"lfstack-next-after-cas", &lfstack, 4}, row{"lfstackpush-cas64-failure", &lfstack, 4},
    row{"lfstackpop-rebuilds-word", &lfstack, 5}, row{"semacquire-no-retry", &sema, 3},
    row{"semacquire-noteclear-late", &sema, 3}, row{"semacquire-nwait-late", &sema, 3},
    row{"semrelease-nwait-first", &sema, 3}, row{"semrelease-wakes-any", &sema, 6},
    row{"note-wakeup-before-state", &sema, 3}};

// All; under the address sanitizer, which is slow, some.
std::vector<row> shrunk() {
  std::vector<row> some;
  for (std::size_t i = 0; i < std::size(kRows); i += sanitized ? 9 : 1) some.push_back(kRows[i]);
  return some;
}

INSTANTIATE_TEST_SUITE_P(Defects, Shrinking, testing::ValuesIn(shrunk()), [](const auto& test) {
  std::string name = test.param.defect;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

int run_tool(std::vector<std::string> arguments, const std::string& defect) {
  checker::cli::Suite suite;
  suite.programs = hooked::properties::catalogue();
  suite.defects.push_back({defect, "", "", "", "", "sc", "exhaustive", "", ""});
  arguments.insert(arguments.begin(), "tenterhook");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  return checker::cli::run_tool(static_cast<int>(argv.size()), argv.data(), suite);
}

std::vector<std::string> check_command(const history_program& program, const std::string& folder) {
  std::vector<std::string> command = {"check", program.scenario, "--artifact-dir", folder};
  for (const auto& [name, value] : program.values) {
    command.insert(command.end(), {"-p", fmt::format("{}={}", name, value)});
  }
  return command;
}

TEST_P(Shrinking, EndsInASmallProgramAndAScheduleFileThatReplays) {
  const auto [defect, of, most_ops] = GetParam();
  effort spent;
  history_program smallest;
  std::optional<broken> failure;  // of the smallest
  const examined result = holds(defect, 500, [&] {
    const history_program program = *programs(*of);
    auto found = explore(program, ways, defect, spent);
    if (!found) return;
    smallest = program;
    failure = std::move(found);
    RC_FAIL(failure->found.failure.signature());
  });
  ASSERT_FALSE(result.holds) << "no program shows the defect";
  ASSERT_TRUE(failure) << result.text;
  fmt::print("  {} programs, {} executions; then: {}{}\n  {}\n", spent.programs, spent.executions,
             "tenterhook check ", rc::toString(smallest), failure->found.failure.signature());
  EXPECT_LE(smallest.ops(), most_ops) << result.text;
  EXPECT_TRUE(failure->found.confirmed);
  EXPECT_FALSE(explore(smallest, ways, "", spent)) << "it fails without the defect, too";

  const std::string folder = testing::TempDir() + "shrinking-" + defect;
  std::filesystem::create_directories(folder);
  const std::string file = checker::cli::save_schedule(failure->row, failure->found, folder);
  EXPECT_EQ(run_tool({"replay", file, "--repeat", "100", "-q"}, defect), 1);
  auto command = check_command(smallest, folder);
  command.insert(command.end(),
                 {"--defect", defect, "--model", "sc", "--explore", failure->row.strategy, "-q"});
  EXPECT_EQ(run_tool(command, defect), 1);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace tenterhook::tests
