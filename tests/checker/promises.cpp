// The bounds that the papers of pct and pos prove, computed for programs whose size is measured.
// Each is also computed for a strategy that breaks it: the test can fail.
#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/checker/chance.hpp"

namespace tenterhook::hooked::tests {
namespace {

void work(word& own, unsigned steps) {
  for (unsigned i = 0; i < steps; ++i) own.store(i, relaxed);
}

// -- pct: a bug of depth d is found with at least 1 / (n * k^(d-1)) --

// Depth 1: a, which has a long way to go, comes before b.
void depth_one(run& t) {
  word x(0, "x"), own(0, "own");
  t.go("a", [&] { work(own, 30), x.store(1, relaxed); });
  t.go("b", [&x] { platform::check(x.load(relaxed) != 1, "b comes before a"); });
  t.join();
}

// Depth 2: b's load comes between a's two stores, far from the beginning.
void depth_two(run& t) {
  word x(0, "x"), own(0, "own");
  t.go("a", [&] { work(own, 12), x.store(1, relaxed), x.store(2, relaxed), work(own, 12); });
  t.go("b", [&x] { platform::check(x.load(relaxed) != 1, "b does not come between"); });
  t.join();
}

// Depth 3: b's first load comes between a's stores, its second after them.
void depth_three(run& t) {
  word x(0, "x"), own(0, "own");
  t.go("a", [&] { work(own, 8), x.store(1, relaxed), x.store(2, relaxed), work(own, 2); });
  t.go("b", [&] {
    const std::uint32_t first = x.load(relaxed);
    const std::uint32_t second = x.load(relaxed);
    platform::check(first != 1 || second != 2, "b does not see both");
  });
  t.join();
}

// Depth 3 among three: c comes within b, and all of b before a's second store.
void depth_three_of_three(run& t) {
  word x(0, "x"), own(0, "own");
  t.go("a", [&x] { x.fetch_or(1, relaxed), x.fetch_or(2, relaxed); });
  t.go("b", [&] {
    work(own, 6);
    const std::uint32_t first = x.load(relaxed);
    const std::uint32_t second = x.load(relaxed);
    platform::check((first & 4) != 0 || (second & 6) != 4, "c is within b, and a after it");
  });
  t.go("c", [&x] { x.fetch_or(4, relaxed); });
  t.join();
}

struct Bug {
  const char* name;
  void (*scenario)(run&);
  unsigned depth;
  std::uint64_t runs;
  const char* breaks_it;  // a strategy that does not keep the bound
};

constexpr Bug bugs[] = {
    {"depth one", depth_one, 1, 20'000, "random"},
    {"depth two", depth_two, 2, 50'000, "random"},
    {"depth three", depth_three, 3, 200'000, "one change point"},
    {"depth three of three", depth_three_of_three, 3, 200'000, "one change point"},
};

TEST(pct, finds_a_bug_of_each_depth_as_often_as_the_paper_promises) {
  for (const Bug& bug : bugs) {
    const checker::program p = program_of(bug.scenario);
    const Size size = size_of(p);
    const double bound = 1 / (size.threads * std::pow(size.steps, bug.depth - 1));
    std::cout << bug.name << ": n = " << size.threads << ", k = " << size.steps << "\n";
    Task task = task_of(p, "pct");
    task.depth = bug.depth;
    task.seed = 42;
    EXPECT_FALSE(falls_below(task, bug.runs, bound)) << bug.name;
    if (bug.breaks_it == std::string("random")) {
      task.strategy = "random";
    } else {
      task.depth = bug.depth - 1;
    }
    EXPECT_TRUE(falls_below(task, bug.runs, bound)) << bug.name << " with " << bug.breaks_it;
  }
}

// -- pos: a partial order is sampled with at least n^-E * R^U --

// n threads with E events, `races` the sum over events of the events they race with.
double pos_bound(double n, double events, double races) {
  const double r = n * events / (events + races);
  const double u = (events - std::ceil(races / (n - 1))) / 2;
  return std::pow(n, -events) * std::pow(r, u);
}

constexpr unsigned kAlone = 12;

// a has many steps that race with nothing, then one that races with b's only step.
void far_from_the_race(run& t) {
  word x(0, "x"), own(0, "own");
  t.go("a", [&] {
    work(own, kAlone);
    platform::check(x.load(relaxed) != 0, "a comes after b");
  });
  t.go("b", [&x] { x.store(1, relaxed); });
  t.join();
}

TEST(pos, meets_a_partial_order_as_often_as_the_paper_promises) {
  const checker::program p = program_of(far_from_the_race);
  // main only joins: a's end before it is reached
  const double bound = pos_bound(2, kAlone + 2, 2);
  constexpr std::uint64_t kRuns = 50'000;
  Task task = task_of(p, "pos");
  EXPECT_FALSE(falls_below(task, kRuns, bound));
  // exactly: b's event must have the lowest of kAlone + 2 priorities
  const double exact = 1.0 / (kAlone + 2), n = kRuns;
  EXPECT_NEAR(static_cast<double>(hits_of(task, kRuns)), n * exact,
              6 * std::sqrt(n * exact * (1 - exact)));
  task.strategy = "random";
  EXPECT_TRUE(falls_below(task, kRuns, bound));
}

// Every event races with every other: here the priorities of a race must not outlive it. Without
// new ones, a strict alternation needs all of them in descending order: 1 / 8!, below 2^-8.
TEST(pos, an_order_of_two_events_decides_no_later_one) {
  const checker::program p = program_of([](run& t) {
    constexpr std::uint32_t kEach = 4;
    word x(0, "x");
    bool alternates[2] = {true, true};
    for (const std::uint32_t me : {0U, 1U}) {
      t.go(me == 0 ? "a" : "b", [&x, &alternates, me] {
        for (std::uint32_t i = 0; i < kEach; ++i) {
          if (x.fetch_add(1, relaxed) != 2 * i + me) alternates[me] = false;
        }
      });
    }
    t.join();
    platform::check(!alternates[0] || !alternates[1], "they do not take turns");
  });
  EXPECT_FALSE(falls_below(task_of(p, "pos"), 50'000, pos_bound(2, 8, 8)));
}

// n threads write once each: every order of the writes.
TEST(pos, meets_every_order_of_racing_writes_alike) {
  constexpr unsigned kThreads = 4;
  std::uint64_t order = 0;
  std::map<std::uint64_t, std::uint64_t> met;
  const checker::program p = program_of([&order](run& t) {
    word x(0, "x");
    std::uint64_t places = 0;
    for (unsigned i = 0; i < kThreads; ++i) {
      t.go("t", [&x, &places, i] { places |= std::uint64_t{x.fetch_add(1, relaxed)} << (4 * i); });
    }
    t.join();
    order = places;
  });
  Task task = task_of(p, "pos");
  task.runs = 24'000;
  task.stop = [&] {
    met[order]++;
    return false;
  };
  explore(task);
  ASSERT_EQ(met.size(), 24U);
  std::vector<std::uint64_t> counts;
  for (const auto& [places, times] : met) {
    counts.push_back(times);
    EXPECT_GE(chance_of_so_few(times, task.runs, pos_bound(kThreads, kThreads,
                                                           kThreads * (kThreads - 1))),
              kFalseAlarm);
  }
  EXPECT_LT(chi_square(counts), chi_square_limit(counts.size()));
}

}  // namespace
}  // namespace tenterhook::hooked::tests
