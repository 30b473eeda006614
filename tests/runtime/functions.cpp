// The table of runtime/HACKING.md, "Every function of the documents": what it names exists, what is
// not here has one of few reasons, and, where the documents are at hand, nothing of theirs is
// missing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace tenterhook {
namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::ostringstream all;
  all << in.rdbuf();
  return all.str();
}

const std::filesystem::path root = TENTERHOOK_ROOT;

// Why a function may be missing: each is followed by what it is that this one would do, or bring.
constexpr std::string_view reasons[] = {
    "not applicable: a hook of the Go compiler: ",
    "not applicable: a hook of the Go tool chain: ",
    "later: the issue of ",
};

struct row {
  std::string function, document, here, covered;
};

std::vector<row> table() {
  std::vector<row> rows;
  std::istringstream in(text_of(root / "runtime/HACKING.md"));
  const std::regex shape(R"(\| `(\w+)` \| ([^|]*) \| ([^|]*) \| ([^|]*) \|)");
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## Every function of the documents";
    std::smatch m;
    if (inside && std::regex_match(line, m, shape)) rows.push_back({m[1], m[2], m[3], m[4]});
  }
  return rows;
}

// All sources below a folder, as one text.
std::string all_of(const char* folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
    if (entry.path().extension() == ".cpp") all += text_of(entry.path());
  }
  return all;
}

// The functions of a Go text.
std::set<std::string> functions_of(const std::string& go) {
  std::set<std::string> result;
  std::istringstream in(go);
  const std::regex shape(R"([+ ]*func (?:\([^)]*\) )?(\w+)\(.*)");
  for (std::string line; std::getline(in, line);) {
    std::smatch m;
    if (std::regex_match(line, m, shape)) result.insert(m[1]);
  }
  return result;
}

// Lines first..last of a text, counted from 1; only those that a diff adds, if it is one.
std::string lines_of(const std::string& text, int first, int last) {
  std::istringstream in(text);
  std::string result;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    if (++number >= first && number <= last) result += line + "\n";
  }
  return result;
}

TEST(Functions, AreWhereTheTableSays) {
  const std::vector<row> rows = table();
  ASSERT_GT(rows.size(), 100u);
  const std::regex place(R"((\w+)\.cpp: (\w+))");
  std::set<std::string_view> given;
  for (const row& r : rows) {
    std::smatch m;
    if (r.here.starts_with("tests/")) {
      EXPECT_TRUE(std::filesystem::exists(root / r.here)) << r.function;
    } else if (std::regex_match(r.here, m, place)) {
      const std::string code = text_of(root / "runtime" / (m[1].str() + ".cpp"));
      EXPECT_TRUE(std::regex_search(code, std::regex("[ *&]" + m[2].str() + R"(\()")))
          << r.function << ": no " << m[2] << " in " << m[1] << ".cpp";
    } else {
      const auto* why = std::ranges::find_if(reasons, [&](std::string_view reason) {
        return r.here.starts_with(reason) && r.here.size() > reason.size();
      });
      EXPECT_NE(why, std::end(reasons)) << r.function << ": " << r.here;
      if (why != std::end(reasons)) given.insert(*why);
    }
  }
  EXPECT_EQ(given.size(), std::size(reasons)) << "a reason is nobody's";
}

TEST(Functions, AreCoveredByWhatTheTableSays) {
  const std::string tests = all_of("tests/runtime");
  const std::string scenarios = all_of("properties");
  const std::regex comma(", ");
  for (const row& r : table()) {
    const std::string& all = r.covered;
    for (std::sregex_token_iterator it(all.begin(), all.end(), comma, -1), end; it != end; ++it) {
      const std::string name = *it;
      if (name.empty()) continue;
      const bool found =
          name.find('/') != std::string::npos
              ? scenarios.find('"' + name) != std::string::npos
              : std::regex_search(tests, std::regex("TEST(_P)?\\(" + name + ","));
      EXPECT_TRUE(found) << r.function << " is said to be covered by " << name;
    }
    const bool here = r.here.find(".cpp: ") != std::string::npos;
    EXPECT_EQ(here, !r.covered.empty()) << r.function;
  }
}

TEST(Functions, OfTheDocumentsAreAllThere) {
  const std::filesystem::path documents = root / "../shared/reference";
  if (!std::filesystem::exists(documents)) {
    std::cout << "SKIPPED: ../shared is absent, so the documents' functions are not compared\n";
    GTEST_SKIP() << "../shared is absent";
  }
  std::set<std::string> wanted = functions_of(text_of(documents / "proc.go"));
  ASSERT_GT(wanted.size(), 100u);
  // proc1.go stands in these lines of the merge
  wanted.merge(functions_of(
      lines_of(text_of(documents / "merge-dev.power64.diff"), 2722, 5893)));
  std::set<std::string> told;
  for (const row& r : table()) told.insert(r.function);
  EXPECT_EQ(told, wanted);
}

}  // namespace
}  // namespace tenterhook
