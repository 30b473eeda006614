// What tests of strategies that sample need: sizes of programs, chances, how often a bug is met.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "checker/explore/random.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {

// A correct strategy fails such a test with at most this chance.
inline constexpr double kFalseAlarm = 1e-9;

struct Size {
  double threads = 0;  // the main one included
  double steps = 0;    // of the longest execution
};

// Measured over random executions.
inline Size size_of(const checker::program& p) {
  constexpr int kRuns = 300;
  const Task task = task_of(p, "random");
  Execution execution(task.options);
  checker::RandomStrategy random(1);
  Size size;
  for (int i = 0; i < kRuns; ++i) {
    random.begin();
    execution.run([&] { task.what->body(task.values); }, random);
    size.steps = std::max(size.steps, static_cast<double>(execution.steps()));
  }
  size.threads = execution.threads();
  return size;
}

// The chance of at most `hits` in `runs` executions, each of which hits with probability p.
inline double chance_of_so_few(std::uint64_t hits, std::uint64_t runs, double p) {
  const auto n = static_cast<double>(runs);
  double sum = 0;
  for (std::uint64_t i = 0; i <= hits; ++i) {
    const auto k = static_cast<double>(i);
    sum += std::exp(std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1) +
                    k * std::log(p) + (n - k) * std::log1p(-p));
  }
  return sum;
}

// Executions of `runs` that fail; the task's strategy, seed and depth decide which.
inline std::uint64_t hits_of(Task task, std::uint64_t runs) {
  task.runs = runs;
  task.keep_going = true;
  const Result r = explore(task);
  std::uint64_t hits = 0;
  for (const checker::Found& found : r.failures) hits += found.times;
  return hits;
}

// Is the bug met so rarely that no strategy with this bound would, but for kFalseAlarm?
inline bool falls_below(const Task& task, std::uint64_t runs, double bound) {
  const std::uint64_t hits = hits_of(task, runs);
  const double chance = chance_of_so_few(hits, runs, bound);
  std::cout << task.strategy << " met it in " << hits << " of " << runs
            << " executions, the bound is " << bound * static_cast<double>(runs)
            << "; the chance of so few is " << chance << "\n";
  return chance < kFalseAlarm;
}

// Pearson's statistic against equal chances; `counts` includes the outcomes that never came.
inline double chi_square(const std::vector<std::uint64_t>& counts) {
  double total = 0, sum = 0;
  for (const std::uint64_t n : counts) total += static_cast<double>(n);
  const double expected = total / static_cast<double>(counts.size());
  for (const std::uint64_t n : counts) {
    sum += (static_cast<double>(n) - expected) * (static_cast<double>(n) - expected) / expected;
  }
  return sum;
}

// What chi_square() exceeds with a chance of about kFalseAlarm, by Wilson and Hilferty (1931).
inline double chi_square_limit(std::size_t outcomes) {
  constexpr double kNormal = 5.998;  // a normal deviate exceeds it once in 10^9
  const auto df = static_cast<double>(outcomes - 1);
  return df * std::pow(1 - 2 / (9 * df) + kNormal * std::sqrt(2 / (9 * df)), 3);
}

}  // namespace tenterhook::hooked::tests
