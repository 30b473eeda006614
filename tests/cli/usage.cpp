// Wrong input: one clear sentence that names what and where, exit code 2, and nothing lost.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
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

void spit(const std::string& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

// Exit code 2 and one sentence, which says this.
void refuses(const std::string& arguments, const std::string& says) {
  const Ran ran = run_tool(arguments);
  EXPECT_EQ(ran.exit_code, 2) << arguments << "\n" << ran.output;
  EXPECT_NE(ran.output.find(says), std::string::npos) << arguments << "\n" << ran.output;
  // at most the repeat command before it
  EXPECT_LE(std::count(ran.output.begin(), ran.output.end(), '\n'), 2) << ran.output;
}

// A schedule file of a known failure.
std::string schedule_in(const Folder& folder) {
  const Ran ran = run_tool(
      fmt::format("check --defect runqget-no-cas --json - --artifact-dir {}", folder.path()));
  return result_of(ran).value("schedule", "");
}

std::uint64_t fnv(const std::string& bytes) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

// The same file with one text replaced and the checksum right again.
std::string forged(const std::string& file, const std::string& from, const std::string& to) {
  std::string text = slurp(file);
  text.resize(text.rfind("checksum "));
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text + fmt::format("checksum {:016x}\n", fnv(text));
}

TEST(usage, unknown_names_are_answered_with_the_nearest) {
  refuses("check runq/stael", "runq/steal");
  refuses("check --target amd46", "did you mean amd64");
  refuses("audit lowering --target pwer64", "did you mean power64");
  refuses("check --model tos", "did you mean tso");
  refuses("check --explore randm", "did you mean random");
  refuses("check --explore surv", "did you mean surw");
  refuses("check --explore rf", "did you mean rff");
  refuses("check --defect runqget-no-csa", "did you mean runqget-no-cas");
  refuses("check runq/steal -p puts=3", "did you mean put");
}

TEST(usage, values_that_are_none_are_refused) {
  refuses("check runq/steal --seed twelve", "neither a number");
  refuses("check runq/steal -p put=many", "is no number");
  refuses("check runq/steal -p put=100000", "lies in");
  refuses("check runq/steal -p put", "name=value");
  refuses("check runq/steal --runs -1", "--runs");
  refuses("check runq/steal --no-such-flag", "--no-such-flag");
}

TEST(usage, impossible_combinations_are_refused) {
  refuses("check runq/steal --target amd64 --model sc", "does not go with");
  refuses("check runq/steal --explore random --preemptions 3", "--preemptions");
  refuses("check runq/steal --explore rff --preemptions 3", "--preemptions");
  refuses("check counts/fib -p n=3 --explore random --preemptions 3", "does not go with random");
  refuses("check counts/ainc --symmetry --explore exhaustive",
          "--symmetry is of --explore dpor");
  refuses("check counts/ainc --symmetry --model rc11", "--symmetry needs --model sc or tso");
  refuses("check counts/ainc --model sc --symmetry --preemptions 1",
          "does not go with --preemptions");
  refuses("check counts/ainc --model sc --symmetry --outcomes", "does not go with --symmetry");
  refuses("check runq/steal --explore pos --search full", "--search");
  refuses("check runq/steal --search full", "--search");
  refuses("check runq/steal --explore relacy --model tso", "rc11");
}

TEST(usage, wrong_work_sharing_is_refused) {
  const std::string fib = "check counts/fib --model sc ";
  refuses(fib + "-j 0", "no number from 1 to 256");
  refuses(fib + "-j 1000000", "no number from 1 to 256");
  refuses(fib + "--max-executions -1", "--max-executions");
  refuses(fib + "--shard 3/2 --checkpoint x", "no i/n");
  refuses(fib + "--shard 1/2", "needs --checkpoint");
  refuses("check counts/fib --checkpoint x", "one scenario and one --model");
  refuses(fib + "--explore random --checkpoint x", "by dpor");
  refuses(fib + "--resume /no/such/file", "cannot be read");
  refuses(fib + "--resume .", "cannot be read");
  refuses(fib + "-j 2 --robust", "--robust");
}

TEST(usage, checkpoints_are_kept_added_up_and_of_one_exploration) {
  const Folder folder;
  const auto in = [&](const std::string& name) { return folder.path() + "/" + name; };
  const std::string fib = "check counts/fib -p n=5 --model rc11 ";  // 19,404 graphs, published
  spit(in("foreign"), "hello\n");
  refuses(fib + "--checkpoint " + in("foreign"), "no checkpoint");
  EXPECT_EQ(slurp(in("foreign")), "hello\n");
  EXPECT_EQ(run_tool(fib + "--max-executions 100 --checkpoint " + in("half")).exit_code, 3);
  refuses(fib + "--checkpoint " + in("half"), "not finished");
  refuses("check counts/fib -p n=5 --model sc --resume " + in("half"), "another exploration");
  refuses("merge " + in("half"), "not finished");
  const Ran whole = run_tool(fib + "--json - --resume " + in("half"));
  EXPECT_EQ(result_of(whole).value("executions", 0), 19404) << whole.output;
  for (const std::string shard : {"1", "2"}) {
    EXPECT_EQ(run_tool(fib + "--shard " + shard + "/2 --checkpoint " + in(shard)).exit_code, 0);
  }
  EXPECT_EQ(run_tool("merge " + in("1")).exit_code, 3);
  refuses("merge " + in("1") + " " + in("1"), "already");
  const Ran merged = run_tool("merge " + in("1") + " " + in("2"));
  EXPECT_EQ(merged.exit_code, 0) << merged.output;
  EXPECT_NE(merged.output.find("19404 executions"), std::string::npos) << merged.output;
}

TEST(usage, environment_variables_are_flags) {
  ::setenv("TENTERHOOK_SEED", "dozen", 1);
  refuses("check runq/steal --explore random --runs 10", "dozen");
  ::setenv("TENTERHOOK_SEED", "12", 1);
  const Ran ran = run_tool("check runq/steal --model sc --explore random --runs 10 --json -");
  ::unsetenv("TENTERHOOK_SEED");
  EXPECT_EQ(result_of(ran).value("seed", 0), 12) << ran.output;
}

TEST(usage, a_folder_that_cannot_be_written_is_named) {
  refuses("check runq/steal --artifact-dir /proc/none", "/proc/none");
}

TEST(usage, damaged_schedule_files_are_refused_and_kept) {
  const Folder folder;
  const std::string file = schedule_in(folder);
  const std::string whole = slurp(file);
  ASSERT_FALSE(whole.empty());
  const std::string bad = folder.path() + "/bad.schedule";
  refuses("replay " + folder.path() + "/none.schedule", "cannot be read");
  spit(bad, "GIF89a");
  refuses("replay " + bad, "no schedule file");
  spit(bad, whole.substr(0, whole.size() / 2));
  refuses("replay " + bad, "cut off");
  std::string flipped = whole;
  flipped[whole.size() / 3] = static_cast<char>(flipped[whole.size() / 3] ^ 4);
  spit(bad, flipped);
  refuses("replay " + bad, "damaged");
  spit(bad, forged(file, "schedule 1\n", "schedule 2\n"));
  refuses("replay " + bad, "version 2");
  EXPECT_EQ(slurp(file), whole);
}

TEST(usage, a_file_of_another_build_names_its_first_divergent_step) {
  const Folder folder;
  const std::string file = schedule_in(folder);
  std::string text = slurp(file);
  const std::size_t at = text.find("build ");
  const std::string build = text.substr(at + 6, 16);
  spit(file, forged(file, build, "0123456789abcdef"));
  Ran ran = run_tool("replay " + file);
  EXPECT_EQ(ran.exit_code, 1) << "the same steps replay in any build\n" << ran.output;
  spit(file, forged(file, "\n3 run ", "\n3 flush "));
  ran = run_tool("replay " + file);
  EXPECT_EQ(ran.exit_code, 6) << ran.output;
  EXPECT_NE(ran.output.find("diverges at step 3"), std::string::npos) << ran.output;
}

TEST(usage, a_schedule_file_is_never_written_over) {
  const Folder folder;
  const std::string file = schedule_in(folder);
  spit(file, "mine\n");
  const std::string other = schedule_in(folder);
  EXPECT_EQ(slurp(file), "mine\n");
  EXPECT_NE(other, file);
  EXPECT_FALSE(slurp(other).empty());
}

}  // namespace
}  // namespace tenterhook::tests
