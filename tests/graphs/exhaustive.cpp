// The exhaustive strategy against the brute force and against the abstract machines, on random
// programs: the graphs are equal in number, what the executions show is equal, whatever the order
// of the search and with and without its reduction.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/checker/explored.hpp"
#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/graphs/hooked_program.hpp"
#include "tests/graphs/machine.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using checker::Result;
using checker::Task;
using checker::Verdict;
using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

struct explored {
  Result result;
  std::set<outcome> outcomes;
};

explored explore_all(const program& p, const std::string& model, bool reduction, bool backwards) {
  observed seen;
  const checker::program what = hooked::tests::program_of(
      [&p, &seen](hooked::properties::run& t) { run_hooked(p, t, &seen); });
  explored e;
  Task task = hooked::tests::task_of(what, "exhaustive", model);
  task.reduction = reduction;
  task.backwards = backwards;
  task.stop = [&] {  // between executions, where memory outlives them
    if (seen.complete) e.outcomes.insert(outcome_of(seen, p));
    return false;
  };
  e.result = explore(task);
  return e;
}

struct effort {
  int programs = 0, weak = 0, modifying = 0;
  std::uint64_t graphs = 0, executions = 0;
};

// Executions that one search of the program took.
std::uint64_t meets(const program& p, const std::string& model, bool reduction, bool backwards,
                    const std::set<graph>& expected) {
  const explored e = explore_all(p, model, reduction, backwards);
  RC_ASSERT(hooked::tests::failure_of(e.result) == "");
  RC_ASSERT(e.result.verdict == Verdict::verified);
  RC_ASSERT(e.result.graphs == expected.size());
  RC_ASSERT(e.outcomes == outcomes_of(expected));
  RC_ASSERT(e.result.executions >= expected.size());
  if (reduction && model == "sc") {  // there a trace is a graph
    RC_ASSERT(e.result.executions == expected.size());
  }
  return e.result.executions;
}

effort expect_equal(const std::string& model, bool reduction, const limits& within) {
  effort spent;
  const auto compare = [&] {
    const program p = *programs(within);
    const std::set<graph> expected = executions(p, model);
    spent.executions += meets(p, model, reduction, false, expected);
    if (reduction) spent.executions += meets(p, model, true, true, expected);
    spent.programs++;
    spent.weak += model != "sc" && shows_more(expected, executions(p, "sc"));
    spent.modifying += has_rmw(p);
    spent.graphs += expected.size();
  };
  const std::string name =
      fmt::format("exhaustive{} under {}", reduction ? "" : " unreduced", model);
  const examined result = holds(name, cases_of(500), compare);
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} programs, {} weak, {} with a read-modify-write; {} graphs, {} executions\n",
             spent.programs, spent.weak, spent.modifying, spent.graphs, spent.executions);
  EXPECT_GE(spent.programs, cases_of(500));
  EXPECT_GE(spent.modifying * 100, spent.programs * 30);
  if (model != "sc") {
    EXPECT_GE(spent.weak * 100, spent.programs * 30);
  }
  return spent;
}

TEST(exhaustive, meets_the_graphs_of_the_brute_force_under_sc) {
  const effort spent = expect_equal("sc", true, {});
  EXPECT_EQ(spent.executions, 2 * spent.graphs);
}

TEST(exhaustive, meets_the_graphs_of_the_brute_force_under_tso) {
  const effort spent = expect_equal("tso", true, {});
  EXPECT_LT(spent.executions, 3 * spent.graphs);
}

// Interleavings grow like factorials, so these programs are smaller.
limits unreduced(std::uint64_t most_interleavings) {
  limits l;
  l.crossed = 9;
  l.most_interleavings = most_interleavings;
  return l;
}

TEST(exhaustive, meets_the_graphs_of_the_brute_force_without_its_reduction_under_sc) {
  const effort spent = expect_equal("sc", false, unreduced(100'000'000));
  EXPECT_GT(spent.executions, 10 * spent.graphs);
}

TEST(exhaustive, meets_the_graphs_of_the_brute_force_without_its_reduction_under_tso) {
  const effort spent = expect_equal("tso", false, unreduced(300'000));
  EXPECT_GT(spent.executions, 100 * spent.graphs);
}

// Larger programs than the unreduced search has time for.
TEST(machine, shows_what_the_brute_force_shows) {
  const examined result = holds("the abstract machines", cases_of(1'000), [] {
    const program p = *programs();
    RC_ASSERT(machine_outcomes(p, false) == outcomes_of(executions(p, "sc")));
    RC_ASSERT(machine_outcomes(p, true) == outcomes_of(executions(p, "tso")));
  });
  EXPECT_TRUE(result.holds) << result.text;
}

}  // namespace
}  // namespace tenterhook::graphs
