// What surw and rff are for: interleavings of few events of many, and rare reads-from combinations.
#include <gtest/gtest.h>

#include <map>

#include "tests/checker/chance.hpp"
#include "tests/sanitized.hpp"

namespace tenterhook::hooked::tests {
namespace {

// -- surw: every interleaving of the interesting events is equally likely --

// A program that writes down how the accesses to x interleaved.
struct Walk {
  checker::program what;
  std::uint64_t* outcome;
  std::size_t interleavings;
};

// How far the sample is from uniform: chi_square over its limit, 1 or more: too far.
double skew_of(const Walk& walk, const std::string& strategy, std::uint64_t seed) {
  std::map<std::uint64_t, std::uint64_t> met;
  Task task = task_of(walk.what, strategy);
  task.seed = seed;
  task.runs = 200 * walk.interleavings;
  task.stop = [&] {
    met[*walk.outcome]++;
    return false;
  };
  const Result r = explore(task);
  EXPECT_EQ(r.executions, task.runs) << failure_of(r);
  EXPECT_LE(met.size(), walk.interleavings);
  std::vector<std::uint64_t> counts(walk.interleavings, 0);
  std::size_t i = 0;
  for (const auto& [outcome, times] : met) counts.at(i++) = times;
  const double skew = chi_square(counts) / chi_square_limit(counts.size());
  std::cout << strategy << ": " << met.size() << " of " << walk.interleavings
            << " interleavings, chi-square is " << skew << " of its limit\n";
  return skew;
}

// One thread is long and another short: a random walk runs the short one early. What else they do
// does not matter.
TEST(surw, interleavings_of_a_long_and_a_short_thread_are_equally_likely) {
  static std::uint64_t outcome;
  const Walk walk{program_of([](run& t) {
                    word x(0, "x"), long_own(0, "long"), short_own(0, "short");
                    std::uint64_t seen = 0;
                    t.go("long", [&] {
                      for (std::uint32_t i = 0; i < 10; ++i) {
                        x.fetch_add(1, relaxed);
                        if (i % 3 == 0) long_own.store(i, relaxed);
                      }
                    });
                    t.go("short", [&] {
                      for (std::uint32_t i = 0; i < 9; ++i) short_own.store(i, relaxed);
                      seen = x.load(relaxed);
                      seen = seen * 16 + x.load(relaxed);
                    });
                    t.join();
                    outcome = seen;
                  }),
                  &outcome, 66};  // 12 over 2
  EXPECT_LT(skew_of(walk, "surw", 7), 1);
  EXPECT_GT(skew_of(walk, "random", 7), 1);
  EXPECT_GT(skew_of(walk, "pos", 7), 1);
}

// A thread that starts another one late stands for it until then.
TEST(surw, a_thread_that_is_started_late_counts_from_the_beginning) {
  static std::uint64_t outcome;
  const Walk walk{program_of([](run& t) {
                    word x(0, "x"), own(0, "own");
                    std::uint64_t seen = 0;
                    t.go("parent", [&] {
                      x.fetch_add(1, relaxed);
                      own.store(1, relaxed);
                      auto child = platform::start_thread(
                          "child",
                          [](void* cell) {
                            auto& shared = *static_cast<word*>(cell);
                            for (int i = 0; i < 8; ++i) shared.fetch_add(1, relaxed);
                          },
                          &x);
                      platform::join_thread(child);
                    });
                    t.go("other", [&] {
                      for (int i = 0; i < 3; ++i) seen = seen * 16 + x.load(relaxed);
                    });
                    t.join();
                    outcome = seen;
                  }),
                  &outcome, 220};  // 12 over 3
  EXPECT_LT(skew_of(walk, "surw", 7), 1);
  EXPECT_GT(skew_of(walk, "random", 7), 1);
}

// -- rff: rare combinations of what reads from what --

constexpr unsigned kSetters = 100;

// The paper's example: many threads write a, then b; the checker must read the write of one and
// not that of the other. A random walk lets the checker wait while b is written.
void rare_combination(run& t) {
  word a(0, "a"), b(0, "b");
  t.go("checker", [&] {
    const std::uint32_t first = a.load(relaxed);
    const std::uint32_t second = b.load(relaxed);
    platform::check(first != 1 || second != 0, "a is never seen without b");
  });
  for (unsigned i = 0; i < kSetters; ++i) {
    t.go("setter", [&] { a.store(1, relaxed), b.store(1, relaxed); });
  }
  t.join();
}

// The read of x comes after the last of fourteen writes that it races with, and the read of y
// before the write after these. What the feedback keeps on the way are reads of later and later
// writes.
void climb(run& t) {
  word x(0, "x"), y(0, "y");
  t.go("writer", [&] {
    x.store(1, relaxed), x.store(2, relaxed), x.store(3, relaxed), x.store(4, relaxed);
    x.store(5, relaxed), x.store(6, relaxed), x.store(7, relaxed), x.store(8, relaxed);
    x.store(9, relaxed), x.store(10, relaxed), x.store(11, relaxed), x.store(12, relaxed);
    x.store(13, relaxed), x.store(14, relaxed), y.store(1, relaxed);
  });
  t.go("reader", [&] {
    const std::uint32_t late = x.load(relaxed);
    const std::uint32_t early = y.load(relaxed);
    platform::check(late != 14 || early != 0, "the last of x is never seen with the first of y");
  });
  t.join();
}

std::uint64_t median_to_find(const checker::program& p, const std::string& strategy) {
  constexpr std::uint64_t kSeeds = 15;
  std::vector<std::uint64_t> executions;
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    Task task = task_of(p, strategy);
    task.seed = seed;
    task.runs = 200'000;
    const Result r = explore(task);
    executions.push_back(r.failures.empty() ? task.runs : r.failures[0].execution);
  }
  std::sort(executions.begin(), executions.end());
  std::cout << strategy << ": a median of " << executions[kSeeds / 2] << " executions\n";
  return executions[kSeeds / 2];
}

TEST(rff, finds_a_rare_reads_from_combination_in_a_tenth_of_the_executions) {
  for (void (*scenario)(run&) : {rare_combination, climb}) {
    if (tenterhook::tests::sanitized && scenario == rare_combination) continue;  // long runs
    const checker::program p = program_of(scenario, kSetters + 2);
    const std::uint64_t rff = median_to_find(p, "rff");
    EXPECT_LT(10 * rff, median_to_find(p, "random"));
    EXPECT_LT(10 * rff, median_to_find(p, "pos"));
  }
}

}  // namespace
}  // namespace tenterhook::hooked::tests
