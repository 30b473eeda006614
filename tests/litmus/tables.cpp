// Every litmus test with a published answer: herd7 7.58's verdict and all its final states. The
// project's own 64 shapes stand in this folder; the answers in its expected.tsv are herd's for the
// same shape. Those of ../shared are read where it is there.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <ostream>
#include <string>

#include "checker/litmus/expected.hpp"

namespace tenterhook::checker::litmus {
namespace {

struct Compared {
  std::size_t tests = 0, agree = 0, buffering = 0, races = 0;
  std::size_t counted = 0;  // tests whose number of executions was compared too
  std::map<Arch, std::size_t> by_arch;
};

// Herd's x86 model lets the read of an instruction see what comes after its own write, so it has
// executions more; the tables have the states without them, but the number of all.
bool reads_and_writes_at_once(const std::string& file) {
  std::ifstream in(file);
  std::string contents;
  std::getline(in, contents, '\0');
  for (const char* const name : {"XCHG ", "LOCK ", "INC ", "DEC ", "ADD "}) {
    if (contents.find(name) != std::string::npos) return true;
  }
  return false;
}

// Runs each test of the folder's table. The model: "sc", or "" for each test's own.
Compared compare(const std::string& folder, const std::string& model) {
  Compared c;
  const Table table(folder + "/expected.tsv", model == "sc");
  for (const auto& [file, expected] : table.rows()) {
    const Test test = read_test(folder + "/" + file);
    const Ran ran = run(test, model.empty() ? model_of(test.arch) : model);
    EXPECT_EQ(ran.problem, "") << file;
    EXPECT_EQ(ran.unsupported, "") << file;
    const auto how = difference(test, ran, expected);
    EXPECT_EQ(how, std::nullopt) << file << ": " << *how;
    const bool more = test.arch == Arch::x86 && reads_and_writes_at_once(test.file);
    if (expected.executions && !expected.buffers_loads && !more) {
      EXPECT_EQ(ran.executions, *expected.executions) << file;
      c.counted++;
    }
    c.tests++;
    c.agree += !how;
    c.buffering += expected.buffers_loads;
    c.races += ran.race;
    c.by_arch[test.arch]++;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files += entry.path().extension() == ".litmus";
  }
  EXPECT_EQ(files, c.tests) << "files that the table does not have, in " << folder;
  return c;
}

TEST(litmus_tables, our_64_shapes_agree_with_herd) {
  const Compared own = compare(TENTERHOOK_LITMUS, "");
  EXPECT_EQ(own.tests, 64U);
  EXPECT_EQ(own.buffering, 2U);
  EXPECT_EQ(own.races, 1U);
  for (const Arch a : {Arch::x86, Arch::power, Arch::arm, Arch::c}) {
    EXPECT_EQ(own.by_arch.at(a), 16U) << text(a);
  }
  EXPECT_EQ(compare(TENTERHOOK_LITMUS, "sc").tests, 64U);
}

// As the tables have them: tests, those that need load buffering, those that race; and how many are
// compared by their number of executions: without load buffering, without such instructions.
struct Folder {
  const char* name;
  std::size_t tests, buffering, races, counted;
};

void PrintTo(const Folder& folder, std::ostream* out) { *out << folder.name; }

class shared : public testing::TestWithParam<Folder> {};

TEST_P(shared, tests_agree_with_herd) {
  const Folder& f = GetParam();
  const std::string folder = std::string(TENTERHOOK_SHARED "/litmus/") + f.name;
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "NOT COMPARED: " << folder << " is absent";
  const Compared own = compare(folder, "");
  EXPECT_EQ(own.tests, f.tests);
  EXPECT_EQ(own.buffering, f.buffering);
  EXPECT_EQ(own.races, f.races);
  const Compared sc = compare(folder, "sc");
  EXPECT_EQ(sc.tests, f.tests);
  fmt::print("{}: {} tests agree, under sc {}; {} without the states that buffer loads; {} with "
             "herd's number of executions\n",
             f.name, own.agree, sc.agree, own.buffering, own.counted);
  EXPECT_EQ(own.counted, f.counted);
}

INSTANTIATE_TEST_SUITE_P(
    litmus, shared,
    testing::Values(Folder{"x86", 465, 0, 0, 266}, Folder{"x86_64", 319, 0, 0, 319},
                    Folder{"power", 677, 60, 0, 617}, Folder{"armv7", 785, 80, 0, 705},
                    Folder{"c11", 641, 0, 43, 641}),
    [](const auto& folder) { return std::string(folder.param.name); });

}  // namespace
}  // namespace tenterhook::checker::litmus
