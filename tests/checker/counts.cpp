// The published numbers of execution graphs: every graph once, none missed. counts/* of
// properties/ are the programs; nothing in checker/ knows them.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

const checker::program& scenario(const std::string& name) {
  static const checker::catalogue all = properties::catalogue();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checker::program& p) { return p.name == name; });
  if (found == all.end()) throw std::out_of_range("no scenario " + name);
  return *found;
}

std::string text_of(const std::string& name, const checker::parameters& values) {
  std::string text = name;
  for (const auto& [key, value] : values) text += " " + key + "=" + std::to_string(value);
  return text;
}

Task counting(const std::string& name, const checker::parameters& values,
              const std::string& model, const std::string& strategy) {
  Task task = task_of(scenario(name), strategy, model);
  for (const auto& [key, value] : values) task.values[key] = value;
  return task;
}

Result count(const std::string& name, const checker::parameters& values, const std::string& model,
             bool backwards, bool reduction) {
  Task task = counting(name, values, model, "exhaustive");
  task.backwards = backwards;
  task.reduction = reduction;
  if (!reduction) task.runs = 20'000;  // the smallest programs have fewer interleavings
  return explore(task);
}

// dpor: each graph once, whichever alternatives come first, whichever thread goes first.
void dpor_meets(const std::string& name, const checker::parameters& values,
                const std::string& model, std::uint64_t published) {
  for (const bool backwards : {false, true}) {
    for (const bool last_first : {false, true}) {
      Task task = counting(name, values, model, "dpor");
      task.backwards = backwards;
      task.last_first = last_first;
      task.options.graphs = published <= 10'000;
      const Result r = explore(task);
      const std::string what = text_of(name, values) + " under " + model +
                               (backwards ? " backwards" : "") + (last_first ? " last first" : "");
      EXPECT_EQ(r.verdict, Verdict::verified) << what << ": " << failure_of(r) << r.bound;
      EXPECT_EQ(r.executions, published) << what;
      EXPECT_EQ(r.graphs, task.options.graphs ? published : 0) << what;
    }
  }
}

// exhaustive: the same; and the same graphs without the reduction.
void meets(const std::string& name, const checker::parameters& values, const std::string& model,
           std::uint64_t published) {
  const std::string what = text_of(name, values) + " under " + model;
  for (const bool backwards : {false, true}) {
    const Result r = count(name, values, model, backwards, true);
    EXPECT_EQ(r.verdict, Verdict::verified) << what << ": " << failure_of(r) << r.bound;
    EXPECT_EQ(r.graphs, published) << what << (backwards ? " backwards" : "");
    EXPECT_EQ(r.executions, published) << what << (backwards ? " backwards" : "");
  }
  if (published > 100) return;
  const Result all = count(name, values, model, false, false);
  EXPECT_LE(all.graphs, published) << what << " without the reduction";
  if (all.verdict != Verdict::verified) return;
  EXPECT_EQ(all.graphs, published) << what << " without the reduction";
  EXPECT_GE(all.executions, published) << what << " without the reduction";
}

// -- the table of counts.md --

// "sb N=2 / 3 / 5", "wrc · iriw", "runq 2 thieves (2,1) / (3,2)", "cl 1 thief (2,1) / (3,2)".
struct instance {
  std::string name;
  checker::parameters values;
};

std::vector<std::string> split(const std::string& text, const std::string& by) {
  std::vector<std::string> parts;
  std::size_t from = 0;
  for (std::size_t at = text.find(by); at != std::string::npos; at = text.find(by, from)) {
    parts.push_back(text.substr(from, at - from));
    from = at + by.size();
  }
  parts.push_back(text.substr(from));
  for (std::string& part : parts) {
    const std::size_t first = part.find_first_not_of(' ');
    part = first == std::string::npos
               ? ""
               : part.substr(first, part.find_last_not_of(' ') - first + 1);
  }
  return parts;
}

std::vector<instance> queue_instances(const std::string& cell) {
  const std::string name = cell.substr(0, cell.find(' '));
  const std::int64_t thieves = std::stoll(cell.substr(name.size()));
  const bool deque = name == "cl";
  checker::parameters values{{"n", thieves}};
  if (cell.find("no fence") != std::string::npos) values["fence"] = 0;
  if (cell.find("relaxed") != std::string::npos) values["relaxed"] = 1;
  std::vector<instance> found;
  for (std::size_t at = cell.find('('); at != std::string::npos; at = cell.find('(', at + 1)) {
    values[deque ? "push" : "put"] = cell[at + 1] - '0';
    values[deque ? "take" : "get"] = cell[at + 3] - '0';
    found.push_back({"counts/" + name, values});
  }
  return found;
}

std::vector<instance> instances(const std::string& cell) {
  if (cell.find(" thie") != std::string::npos) return queue_instances(cell);
  std::vector<instance> found;
  const std::size_t n = cell.find(" N=");
  if (n == std::string::npos) {
    for (const std::string& name : split(cell, "·")) found.push_back({"counts/" + name, {}});
    return found;
  }
  for (const std::string& value : split(cell.substr(n + 3), "/")) {
    found.push_back({"counts/" + cell.substr(0, n), {{"n", std::stoll(value)}}});
  }
  return found;
}

struct published {
  instance what;
  std::string model;
  std::string count;  // a number; "–", "error", "5, clean"
};

// The rows between "## Counts" and the next empty line.
std::vector<published> read_table(std::istream& in) {
  std::vector<published> all;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("## ")) inside = line == "## Counts";
    if (inside && line.empty()) break;
    if (!inside || !line.starts_with("| ") || line.starts_with("| program")) continue;
    const auto cells = split(line, "|");  // "", program, sc, tso, rc11, ""
    const auto programs = instances(cells.at(1));
    for (const auto& [model, column] :
         {std::pair{"sc", 2}, std::pair{"tso", 3}, std::pair{"rc11", 4}}) {
      const std::string& cell = cells.at(static_cast<std::size_t>(column));
      const auto counts = split(cell, cell.find("·") != std::string::npos ? "·" : "/");
      for (std::size_t i = 0; i < programs.size(); ++i) {
        all.push_back({programs[i], model, counts.size() == 1 ? counts[0] : counts.at(i)});
      }
    }
  }
  return all;
}

// Larger instances take too long for a test in every order, or by interleavings.
constexpr std::uint64_t most_graphs = TENTERHOOK_SANITIZED ? 1'000 : 10'000;
constexpr std::uint64_t most_graphs_of_exhaustive = TENTERHOOK_SANITIZED ? 300 : 1'000;

TEST(counts, every_program_of_the_published_table_meets_its_number) {
  std::ifstream file(TENTERHOOK_SHARED "/counts.md");
  if (!file) GTEST_SKIP() << "NOT COMPARED: " TENTERHOOK_SHARED "/counts.md is absent";
  std::size_t compared = 0, exhausted = 0, untold = 0, errors = 0;
  for (const published& row : read_table(file)) {
    SCOPED_TRACE(row.what.name);
    if (row.count == "error") {
      const Result r = explore(counting(row.what.name, row.what.values, row.model, "dpor"));
      EXPECT_EQ(r.verdict, Verdict::bug) << text_of(row.what.name, row.what.values) << row.model;
      ++errors;
      continue;
    }
    if (row.count.find_first_not_of("0123456789") != std::string::npos &&
        row.count.find("clean") == std::string::npos) {
      ++untold;
      continue;
    }
    const std::uint64_t number = std::stoull(row.count);
    if (TENTERHOOK_SANITIZED && number > 10 * most_graphs) continue;
    ++compared;
    if (number > most_graphs) {  // once
      EXPECT_EQ(explore(counting(row.what.name, row.what.values, row.model, "dpor")).executions,
                number);
      continue;
    }
    dpor_meets(row.what.name, row.what.values, row.model, number);
    // sleep sets abandon far more of indexer's executions than they complete
    if (number > most_graphs_of_exhaustive || row.what.name == "counts/indexer" ||
        row.model == "rc11") {
      continue;
    }
    ++exhausted;
    meets(row.what.name, row.what.values, row.model, number);
  }
  std::cout << compared << " compared by dpor, " << exhausted << " of these by exhaustive, "
            << errors << " errors, " << untold << " without a number\n";
  EXPECT_EQ(compared, TENTERHOOK_SANITIZED ? 149U : 154U);
  EXPECT_EQ(errors, 5U);
  EXPECT_GE(exhausted, 80U);
}

// -- the table of POWER and ARM --

// A row "| MP, S, LB (LB none = 4 needs load buffering; 3 without) | 4/3/3 | 4/3 |": shapes, and
// the counts without a barrier, with lwsync (not on ARM), with sync or dmb.
void add_shapes_of(const std::string& line, std::vector<published>& all) {
  const auto cells = split(line, "|");
  const std::size_t remark = cells.at(1).find('(');
  const bool buffering = remark != std::string::npos;
  for (const std::string& shape : split(cells[1].substr(0, remark), ",")) {
    for (const auto& [model, column] : {std::pair{"power", 2}, std::pair{"arm", 3}}) {
      const auto counts = split(cells.at(static_cast<std::size_t>(column)), "/");
      for (std::size_t i = 0; i < counts.size(); ++i) {
        const std::int64_t fence = counts.size() == 2 && i == 1 ? 2 : static_cast<std::int64_t>(i);
        const std::size_t without = cells[1].find(';');
        const bool cyclic = buffering && shape == "LB" && fence == 0;
        all.push_back({{"counts/" + shape, {{"fence", fence}}},
                       model,
                       cyclic ? split(cells[1].substr(without + 1), "without")[0] : counts[i]});
      }
    }
  }
}

std::vector<published> read_hardware_table(std::istream& in) {
  std::vector<published> all;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("| shape | POWER | ARM")) {
      inside = true;
    } else if (inside && !line.starts_with("|")) {
      break;
    } else if (inside && line.starts_with("| ")) {
      add_shapes_of(line, all);
    }
  }
  return all;
}

TEST(counts, every_shape_of_the_table_of_power_and_arm_meets_its_number) {
  std::ifstream file(TENTERHOOK_SHARED "/counts.md");
  if (!file) GTEST_SKIP() << "NOT COMPARED: " TENTERHOOK_SHARED "/counts.md is absent";
  std::size_t compared = 0;
  for (const published& row : read_hardware_table(file)) {
    dpor_meets(row.what.name, row.what.values, row.model, std::stoull(row.count));
    ++compared;
  }
  EXPECT_EQ(compared, 11U * 5);  // 11 shapes, three counts of POWER and two of ARM
}

// Without ../shared, too. Where ARM has a barrier it is dmb, whichever fence C++ has.
TEST(counts, classic_shapes_meet_the_numbers_of_power_and_arm) {
  struct {
    const char* shape;
    std::uint64_t power[3], arm[3];
  } constexpr rows[] = {{"counts/SB", {4, 4, 3}, {4, 3, 3}},
                        {"counts/MP", {4, 3, 3}, {4, 3, 3}},
                        {"counts/RWC", {8, 8, 7}, {8, 7, 7}},
                        {"counts/IRIW", {16, 16, 15}, {16, 15, 15}}};
  for (const auto& row : rows) {
    for (std::int64_t fence = 0; fence < 3; ++fence) {
      dpor_meets(row.shape, {{"fence", fence}}, "power", row.power[fence]);
      dpor_meets(row.shape, {{"fence", fence}}, "arm", row.arm[fence]);
    }
  }
}

// Without ../shared, too: the numbers that two published explorers agree on, GenMC 0.10.3
// (Kokologiannakis, Vafeiadis, CAV 2021) and, under sc, Nidhugg with optimal exploration (Abdulla,
// Aronis, Jonsson, Sagonas, POPL 2014).
TEST(counts, run_queues_meet_the_published_numbers) {
  for (const std::string model : {"sc", "tso"}) {
    meets("counts/runq", {{"n", 1}, {"put", 2}, {"get", 1}}, model, 5);
    meets("counts/runq", {{"n", 1}, {"put", 3}, {"get", 2}}, model, 9);
    meets("counts/runq", {{"n", 2}, {"put", 2}, {"get", 1}}, model, 27);
  }
}

TEST(counts, litmus_shapes_meet_the_published_numbers) {
  meets("counts/sb", {{"n", 2}}, "sc", 3);
  meets("counts/sb", {{"n", 2}}, "tso", 4);
  meets("counts/sb", {{"n", 3}}, "sc", 7);
  meets("counts/sb", {{"n", 3}}, "tso", 8);
  for (const std::string model : {"sc", "tso"}) {
    meets("counts/mp", {{"n", 1}}, model, 3);
    meets("counts/mp", {{"n", 2}}, model, 9);
    meets("counts/w22", {{"n", 2}}, model, 3);
    meets("counts/w22", {{"n", 3}}, model, 7);
    meets("counts/iriw", {}, model, 15);
    meets("counts/cl", {{"n", 1}, {"push", 2}, {"take", 1}}, model, 8);
    meets("counts/cl", {{"n", 1}, {"push", 3}, {"take", 2}}, model, 18);
  }
}

TEST(counts, what_is_wrong_under_tso_alone_is_found_there_alone) {
  const Result sc = count("counts/cl", {{"n", 2}, {"fence", 0}}, "sc", false, true);
  EXPECT_EQ(sc.verdict, Verdict::verified);
  EXPECT_EQ(sc.graphs, 149U);
  const Result tso = count("counts/cl", {{"n", 2}, {"fence", 0}}, "tso", false, true);
  EXPECT_TRUE(fails_with(tso, FailureKind::assertion)) << failure_of(tso);
  EXPECT_EQ(count("counts/petersonbug", {}, "sc", false, true).graphs, 4U);
  EXPECT_EQ(count("counts/petersonbug", {}, "tso", false, true).verdict, Verdict::bug);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
