// The strategies that extend a graph step by step, against the brute force: what a sampler draws
// the model allows, and all preemptions together show all that it allows.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tests/checker/explored.hpp"
#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/graphs/hooked_program.hpp"
#include "tests/graphs/lowered.hpp"
#include "tests/graphs/translation.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using checker::Execution;
using checker::Outcome;
using checker::Task;
using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

std::set<graph> allowed(const program& p, const std::string& model) {
  const bool hardware = model == "power" || model == "arm";
  return hardware ? executions(lowered(p, model), model) : executions(p, model);
}

// The graphs of the strategy's executions, at most so many.
std::set<graph> drawn(const program& p, const std::string& model, const std::string& strategy,
                      std::uint64_t runs, bool& exhausted) {
  const checker::program what =
      hooked::tests::program_of([&p](hooked::properties::run& t) { run_hooked(p, t); });
  Task task = hooked::tests::task_of(what, strategy, model);
  task.preemptions = 64;
  checker::Options options = task.options;
  options.threads = what.threads;
  options.on_graphs = true;
  options.names = true;  // for translated()
  Execution x(options);
  const auto how = make_strategy(task);
  std::set<graph> all;
  for (std::uint64_t i = 0; i < runs && how->begin(); ++i) {
    const Outcome outcome = x.run([&] { what.body(task.values); }, *how);
    how->end(outcome, x.steps());
    RC_ASSERT(outcome != Outcome::failed);
    if (outcome != Outcome::complete) continue;
    all.insert(translated(x.step_graph(), x, p.threads.size(), p.variables));
  }
  exhausted = how->exhausted();
  return all;
}

void expect_among(const std::set<graph>& found, const std::set<graph>& all) {
  for (const graph& g : found) {
    if (!all.contains(g)) RC_FAIL("drawn, but the model forbids it:\n" + text(g));
  }
}

class stepwise : public testing::TestWithParam<std::string> {};

TEST_P(stepwise, draws_what_the_model_allows_and_most_of_it) {
  const std::string& model = GetParam();
  std::size_t seen = 0, possible = 0;
  const examined result = holds("samplers under " + model, cases_of(200), [&] {
    const program p = *programs();
    const std::set<graph> expected = allowed(p, model);
    std::set<graph> together;
    bool exhausted = false;
    for (const std::string strategy : {"random", "pct", "pos"}) {
      const std::set<graph> found = drawn(p, model, strategy, 60, exhausted);
      expect_among(found, expected);
      together.insert(found.begin(), found.end());
    }
    seen += together.size();
    possible += expected.size();
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} of {} graphs\n", seen, possible);
  EXPECT_GE(seen * 2, possible) << "half of the graphs need no luck";
}

TEST_P(stepwise, all_preemptions_show_all_that_the_model_allows) {
  const std::string& model = GetParam();
  unsigned whole = 0;
  const examined result = holds("bounded under " + model, cases_of(200), [&] {
    limits small;
    small.most_threads = 3;
    small.most_of_thread = 3;
    small.most_instructions = 5;
    const program p = *programs(small);
    const std::set<graph> expected = allowed(p, model);
    bool exhausted = false;
    const std::set<graph> found = drawn(p, model, "bounded", 20'000, exhausted);
    expect_among(found, expected);
    if (!exhausted) return;
    ++whole;
    for (const graph& g : expected) {
      if (!found.contains(g)) RC_FAIL("the model allows it, but it is not met:\n" + text(g));
    }
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} programs to their end\n", whole);
  EXPECT_GE(whole * 2, static_cast<unsigned>(cases_of(200)));
}

// On POWER the read of the exchange may see 0, but then its write has no place (2+2W with lwsync).
TEST_P(stepwise, a_write_that_is_forbidden_forbids_its_read) {
  const std::string& model = GetParam();
  const program p{2,
                  {{store(0, 1), store(1, 1, release)}, {store(1, 2), exchange(0, 5, release)}}};
  const examined result = holds("an exchange", 1, [&] {
    const std::set<graph> expected = allowed(p, model);
    bool exhausted = false;
    const std::set<graph> found = drawn(p, model, "bounded", 100'000, exhausted);
    RC_ASSERT(exhausted);
    expect_among(found, expected);
    RC_ASSERT(found == expected);
  });
  EXPECT_TRUE(result.holds) << result.text;
}

INSTANTIATE_TEST_SUITE_P(models, stepwise, testing::Values("sc", "tso", "rc11", "power", "arm"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace tenterhook::graphs
