// The estimate of how many executions there are, against known totals.
#include "checker/explore/estimate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using checker::Estimate;
using checker::Exploration;
using checker::GraphModel;

struct known {
  const char *name, *model;
  checker::parameters values;
  double total;
};

struct sampled {
  double total = 0, deviation = 0;
  std::uint64_t samples = 0;
};

sampled sample(const known& k, std::uint64_t runs) {
  static const checker::catalogue all = properties::catalogue();
  const auto& what = *std::find_if(all.begin(), all.end(), [&](const checker::program& p) {
    return p.name == k.name;
  });
  Task task = task_of(what, "dpor", k.model);
  for (const auto& [name, value] : k.values) task.values[name] = value;
  task.options.on_graphs = true;
  task.options.threads = what.threads;
  Exploration exploration(task, task.options);
  GraphModel model{};
  EXPECT_TRUE(checker::graph_model(k.model, model));
  Estimate estimate(task, model, exploration.execution().width());
  estimate.sample(exploration, runs);
  EXPECT_EQ(exploration.result().executions, 0U) << "they do not count";
  return {estimate.total(), estimate.deviation(), estimate.samples()};
}

// Where a level has no more branches than are taken, there is nothing to estimate.
TEST(estimate, of_a_small_tree_is_exact) {
  for (const known& k : {known{"counts/fib", "sc", {{"n", 2}}, 19},
                         known{"counts/sb", "tso", {{"n", 2}}, 4},
                         known{"counts/iriw", "rc11", {}, 16},
                         known{"counts/ainc", "sc", {{"n", 3}}, 6}}) {
    const sampled s = sample(k, 1'000);
    EXPECT_DOUBLE_EQ(s.total, k.total) << k.name;
    EXPECT_NEAR(s.deviation, 0, 1e-6 * k.total) << k.name;
    EXPECT_GT(s.samples, 1U) << k.name;
  }
}

// Published totals, and lock/three's own. Three deviations, since they are estimates themselves.
TEST(estimate, is_within_its_deviation) {
  known lock{"lock/three", "sc", {}, 0};
  {
    static const checker::catalogue all = properties::catalogue();
    const auto three = std::find_if(all.begin(), all.end(), [](const checker::program& p) {
      return p.name == "lock/three";
    });
    lock.total = static_cast<double>(explore(task_of(*three, "dpor", "sc")).executions);
  }
  for (const known& k : {known{"counts/fib", "sc", {{"n", 5}}, 8'953},
                         known{"counts/fib", "rc11", {{"n", 5}}, 19'404},
                         known{"counts/readers", "sc", {{"n", 16}}, 65'536}, lock}) {
    const sampled s = sample(k, 60'000);
    EXPECT_LT(std::abs(s.total - k.total), 3 * s.deviation) << k.name << " " << s.total;
    EXPECT_LT(s.deviation, k.total / 3) << k.name << " " << s.total;
    EXPECT_GT(s.samples, 10U) << k.name;
  }
}

// What is reported of an exploration that is stopped early: by a factor, not by magnitudes.
TEST(estimate, of_a_stopped_exploration_is_reported) {
  static const checker::catalogue all = properties::catalogue();
  const auto readers = std::find_if(all.begin(), all.end(), [](const checker::program& p) {
    return p.name == "counts/readers";
  });
  for (const unsigned jobs : {0U, 2U}) {
    Task task = task_of(*readers, "dpor", "sc");
    task.values["n"] = 16;
    task.jobs = jobs;
    task.runs = 20'000;
    const Result r = explore(task);
    EXPECT_EQ(r.verdict, Verdict::inconclusive);
    EXPECT_NEAR(r.total, 65'536, 40'000) << jobs;
    EXPECT_DOUBLE_EQ(r.explored, static_cast<double>(r.executions) / r.total) << jobs;
    EXPECT_NE(r.bound.find("% of all, which are"), std::string::npos) << r.bound;
  }
}

}  // namespace
}  // namespace tenterhook::hooked::tests
