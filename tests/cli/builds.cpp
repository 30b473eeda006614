// One seed, one source: the same executions, traces and schedule files, byte for byte, in every
// process, wherever the system puts it, in a build of another type (Debug beside Release), and in a
// build for another machine, whatever its word size and byte order.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <vector>

#include "properties/defects.hpp"
#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

constexpr const char* kOther = TENTERHOOK_OTHER_TOOL;

// What a run said and the files that it left, without the times that it took.
struct Left {
  int exit_code = -1;
  std::string output;
  std::map<std::string, std::string> files;
  friend bool operator==(const Left&, const Left&) = default;
};

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Less "0.12 s" of the table, the seconds of the JSON, and those of the summary.
std::string without_times(const std::string& text) {
  std::istringstream in(text);
  std::string kept;
  for (std::string line; std::getline(in, line); kept += line + '\n') {
    if (line.find("seconds\":") != std::string::npos) line.clear();
    line = line.substr(0, line.find(" executions in "));
    for (std::size_t at; (at = line.find(" s  ")) != std::string::npos;) {
      std::size_t from = at;
      while (from > 0 && std::strchr(" .0123456789", line[from - 1]) != nullptr) --from;
      line.replace(from, at + 4 - from, " | ");
    }
  }
  return kept;
}

Left run_in_folder(const std::string& tool, const std::string& arguments) {
  const Folder folder;
  const Ran ran = run_program(fmt::format("cd {} && {} {}", folder.path(), tool, arguments));
  Left left{ran.exit_code, without_times(ran.output), {}};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
    if (!entry.is_regular_file()) continue;
    left.files[entry.path().filename().string()] = content_of(entry.path());
  }
  return left;
}

// "" or why the two tools cannot be compared.
std::string incomparable() {
  if (!std::filesystem::exists(kOther)) return fmt::format("there is no {}", kOther);
  const std::string mine = run_tool("--version").output;
  const std::string other = run_program(fmt::format("{} --version", kOther)).output;
  return mine == other ? "" : fmt::format("{} is of other sources: {}", kOther, other);
}

class builds : public testing::Test {
 protected:
  void SetUp() override {
    const std::string why = incomparable();
    if (why.empty()) return;
    if (TENTERHOOK_OTHER_TOOL_DEMANDED != 0) FAIL() << why;
    GTEST_SKIP() << why;
  }
};

// What both tools leave behind, each time.
Left same(const std::string& arguments, int exit_code) {
  const Left first = run_in_folder(TENTERHOOK_TOOL, arguments);
  EXPECT_EQ(first.exit_code, exit_code) << arguments << "\n" << first.output;
  for (const char* tool : {TENTERHOOK_TOOL, kOther}) {
    const Left again = run_in_folder(tool, arguments);
    EXPECT_EQ(first.exit_code, again.exit_code) << tool << " " << arguments;
    EXPECT_EQ(first.output, again.output) << tool << " " << arguments;
    EXPECT_EQ(first.files, again.files) << tool << " " << arguments;
  }
  return first;
}

// All; with a sanitized build, which is slow, each third.
std::vector<properties::defect> compared_defects() {
  std::vector<properties::defect> all;
  const std::size_t step = TENTERHOOK_OTHER_TOOL_DEMANDED != 0 ? 1 : 3;
  for (std::size_t i = 0; i < std::size(properties::defects); i += step) {
    all.push_back(properties::defects[i]);
  }
  return all;
}

TEST_F(builds, each_defect_has_one_trace_and_one_schedule_file) {
  unsigned compared = 0;
  for (const properties::defect& d : compared_defects()) {
    const std::string arguments =
        fmt::format("check {} --defect {} --trace", d.scenario, d.name);
    const Left left = same(arguments, 1);
    EXPECT_NE(left.output.find("   step"), std::string::npos) << left.output;
    EXPECT_EQ(left.files.size(), 1U) << arguments;
    ++compared;
  }
  fmt::print("{} defects compared with {}\n", compared, kOther);
  EXPECT_GE(compared, 25U);
}

// Both tools replay a file of that folder, and say the same.
void replay_says_the_same(const std::string& folder, const std::string& file) {
  const std::string in_folder = fmt::format("cd {} && ", folder);
  const std::string replay = fmt::format("replay {} --trace", file);
  const Ran mine = run_program(fmt::format("{}{} {}", in_folder, TENTERHOOK_TOOL, replay));
  const Ran other = run_program(fmt::format("{}{} {}", in_folder, kOther, replay));
  EXPECT_EQ(mine.exit_code, 1) << file << "\n" << mine.output;
  EXPECT_NE(mine.output.find("   step"), std::string::npos) << mine.output;
  EXPECT_EQ(mine.exit_code, other.exit_code) << file;
  EXPECT_EQ(without_times(mine.output), without_times(other.output)) << file;
}

// A schedule file that one of the tools recorded of that defect.
void replays_alike(const properties::defect& d, const std::string& recorder) {
  const Folder folder;
  const Ran recorded = run_program(
      fmt::format("cd {} && {} check {} --defect {} --artifact-dir .", folder.path(),
                  recorder, d.scenario, d.name));
  ASSERT_EQ(recorded.exit_code, 1) << recorder << " " << d.name << "\n" << recorded.output;
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    if (entry.path().extension() == ".schedule") file = entry.path().filename().string();
  }
  ASSERT_NE(file, "") << recorded.output;
  replay_says_the_same(folder.path(), file);
}

// What such a scenario shows depends on sizes and byte order: those are the build's.
bool of_layout(const properties::defect& d) { return d.scenario.starts_with("layout"); }

TEST_F(builds, a_schedule_file_replays_in_either_with_the_same_trace) {
  unsigned compared = 0, left_out = 0;
  for (const properties::defect& d : compared_defects()) {
    if (d.strategy == "relacy") continue;
    if (of_layout(d)) {
      ++left_out;
      continue;
    }
    replays_alike(d, kOther);
    replays_alike(d, TENTERHOOK_TOOL);
    compared += 2;
  }
  fmt::print("{} schedule files replayed by both tools, {} of layout scenarios left out\n",
             compared, left_out);
  EXPECT_GE(compared, 50U);
}

// The proofs of an audit: schedule files with `order` lines, of a machine's model and of C++'s.
TEST_F(builds, an_audits_proofs_replay_in_either_with_the_same_trace) {
  const Folder folder;
  std::set<std::string> files;
  for (const std::string model : {"power", "rc11"}) {
    const Ran ran = run_program(fmt::format(
        "cd {} && {} audit barriers runq/steal --model {} --artifact-dir . --json -",
        folder.path(), kOther, model));
    ASSERT_EQ(ran.exit_code, 0) << ran.output;
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << ran.output;
    for (const auto& site : json["sites"]) {
      for (const auto& tried : site["models"][model]["tried"]) {
        if (tried["answer"] == "needed") files.insert(tried["schedule"].get<std::string>());
      }
    }
  }
  EXPECT_GE(files.size(), 4U);  // M10 under each: the tail's store and load
  for (const std::string& file : files) {
    EXPECT_NE(content_of(folder.path() + "/" + file).find("\norder "), std::string::npos) << file;
    replay_says_the_same(folder.path(), file);
  }
  fmt::print("{} proofs of an audit replayed by both tools\n", files.size());
}

// The digest in the JSON is of every step of every execution.
TEST_F(builds, an_exploration_takes_the_same_steps) {
  for (const std::string model : {"sc", "tso"}) {
    for (const std::string scenario : {"note/spurious", "parfor/once", "lfstack/aba"}) {
      const auto check = [&](const std::string& how) {
        same(fmt::format("check {} --model {} {} --json -", scenario, model, how), 0);
      };
      check("--explore random --runs 1000 --seed 7");
      check("--explore pct --runs 1000 --seed 7");
      check("--explore bounded --preemptions 1");
    }
    same(fmt::format("check runq/steal note/wakeup lock/mutex --model {} --json -", model), 0);
  }
}

}  // namespace
}  // namespace tenterhook::tests
