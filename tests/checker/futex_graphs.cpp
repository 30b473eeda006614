// Futexes on graphs against futexes step by step: the same answers, values and deadlocks, each
// graph once, in whatever order it is built.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

constexpr std::size_t kThreads = 3, kOps = 3;

struct step {
  enum : std::uint8_t { load, store, add, wait, wake } what;
  bool second;          // which of two words
  std::uint32_t value;  // stored, expected, to be woken
  bool strong;          // seq_cst, else relaxed
};

struct small_program {
  std::vector<step> threads[kThreads];
};

// What each operation came to; the last two are the words in the end.
using seen = std::array<std::uint32_t, kThreads * kOps + 2>;

small_program random_program(std::mt19937& random) {
  const auto below = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random() % n); };
  small_program p;
  for (auto& ops : p.threads) {
    const std::size_t count = 1 + below(kOps);
    for (std::size_t i = 0; i < count; ++i) {
      step s{};
      const std::uint32_t kind = below(8);
      s.what = kind < 3 ? step::wait : kind < 5 ? step::wake : kind < 6 ? step::store
               : kind < 7 ? step::load : step::add;
      s.second = below(4) == 0;
      s.value = s.what == step::wake ? 1 + below(2) : below(2);
      s.strong = below(2) == 0;
      ops.push_back(s);
    }
  }
  return p;
}

std::uint32_t executed(const step& s, word& w) {
  const auto order = s.strong ? seq_cst : relaxed;
  switch (s.what) {
    case step::load: return w.load(order);
    case step::store: w.store(s.value, order); return 0;
    case step::add: return w.fetch_add(1, order);
    case step::wait: return static_cast<std::uint32_t>(platform::futex_wait(w, s.value, -1));
    case step::wake: return platform::futex_wake(w, s.value);
  }
  return 0;
}

struct behaviours {
  std::set<seen> values;          // of complete executions
  std::set<std::string> failures;
  Result result;
};

behaviours explored(const small_program& p, const std::string& strategy, const std::string& model,
                    bool backwards = false, bool last_first = false) {
  behaviours all;
  seen now{};
  bool complete = false;
  const checker::program program = program_of([&](run& t) {
    now.fill(9);
    complete = false;
    word words[2] = {word(0, "w", 0), word(0, "w", 1)};
    for (std::size_t i = 0; i < kThreads; ++i) {
      t.go("t", [&, i] {
        for (std::size_t k = 0; k < p.threads[i].size(); ++k) {
          const step& s = p.threads[i][k];
          now[i * kOps + k] = executed(s, words[s.second ? 1 : 0]);
        }
      });
    }
    t.join();
    now[kThreads * kOps] = words[0].load(seq_cst);
    now[kThreads * kOps + 1] = words[1].load(seq_cst);
    complete = true;
  });
  Task task = task_of(program, strategy, model);
  task.keep_going = true;
  task.backwards = backwards;
  task.last_first = last_first;
  task.options.graphs = strategy == "dpor";
  if (strategy == "random") task.runs = 200;
  task.stop = [&] {
    if (complete) all.values.insert(now);
    complete = false;
    return false;
  };
  all.result = explore(task);
  for (const checker::Found& f : all.result.failures) {
    all.failures.insert(f.failure.signature());
    EXPECT_TRUE(f.confirmed) << f.failure.signature();
  }
  return all;
}

template <class Set>
bool within(const Set& small, const Set& large) {
  return std::includes(large.begin(), large.end(), small.begin(), small.end());
}

constexpr unsigned kPrograms = 400;

TEST(futex_graphs, come_to_what_all_interleavings_come_to) {
  std::mt19937 random(1);
  unsigned deadlocks = 0, slept = 0;
  for (unsigned i = 0; i < kPrograms; ++i) {
    const small_program p = random_program(random);
    for (const std::string model : {"sc", "tso"}) {
      const behaviours steps = explored(p, "exhaustive", model);
      const behaviours graphs = explored(p, "dpor", model);
      EXPECT_EQ(graphs.values, steps.values) << "program " << i << " " << model;
      EXPECT_EQ(graphs.failures, steps.failures) << "program " << i << " " << model;
      deadlocks += steps.failures.empty() ? 0 : 1;
      slept += steps.result.executions > 1 && !steps.values.empty() ? 1 : 0;
    }
  }
  EXPECT_GT(deadlocks, kPrograms / 2);  // of two models: the programs are worth their while
  EXPECT_GT(slept, kPrograms / 2);
}

TEST(futex_graphs, are_each_visited_once_in_every_order) {
  std::mt19937 random(2);
  for (unsigned i = 0; i < kPrograms / 2; ++i) {
    const small_program p = random_program(random);
    for (const std::string model : {"sc", "tso", "rc11", "power", "arm"}) {
      const behaviours first = explored(p, "dpor", model);
      EXPECT_EQ(first.result.graphs, first.result.executions) << "program " << i << " " << model;
      for (const int order : {1, 2, 3}) {
        const behaviours other = explored(p, "dpor", model, (order & 1) != 0, (order & 2) != 0);
        EXPECT_EQ(other.result.executions, first.result.executions)
            << "program " << i << " " << model << " order " << order;
        EXPECT_EQ(other.result.graphs, other.result.executions);
        EXPECT_EQ(other.values, first.values) << "program " << i << " " << model;
        EXPECT_EQ(other.failures, first.failures) << "program " << i << " " << model;
      }
    }
  }
}

// What sc shows, the weaker models show too; what a random run shows, graphs show, and no random
// run comes to a wait that cannot be.
TEST(futex_graphs, show_what_stronger_models_and_random_runs_show) {
  std::mt19937 random(3);
  for (unsigned i = 0; i < kPrograms / 2; ++i) {
    const small_program p = random_program(random);
    const behaviours sc = explored(p, "dpor", "sc");
    for (const std::string model : {"tso", "rc11", "power", "arm"}) {
      const behaviours weak = explored(p, "dpor", model);
      EXPECT_TRUE(within(sc.values, weak.values)) << "program " << i << " " << model;
      EXPECT_TRUE(within(sc.failures, weak.failures)) << "program " << i << " " << model;
      if (model == "tso") continue;
      const behaviours some = explored(p, "random", model);
      EXPECT_TRUE(within(some.values, weak.values)) << "program " << i << " " << model;
      EXPECT_TRUE(within(some.failures, weak.failures)) << "program " << i << " " << model;
      EXPECT_EQ(some.result.blocked, 0U) << "program " << i << " " << model;
    }
  }
}

// Sleepers that come too late multiply nothing: they only read.
TEST(futex_graphs, a_wait_that_comes_back_has_no_place_in_the_queue) {
  const auto late = [](run& t, unsigned wakes) {
    word w(1, "w");
    t.go("late", [&] { platform::futex_wait(w, 0, -1); });
    t.go("waker", [&, wakes] {
      for (unsigned i = 0; i < wakes; ++i) platform::futex_wake(w, 1);
    });
    t.join();
  };
  for (const std::string model : {"sc", "tso", "rc11", "power", "arm"}) {
    for (const unsigned wakes : {1U, 4U}) {
      const checker::program p = program_of([&](run& t) { late(t, wakes); });
      EXPECT_EQ(explore(task_of(p, "dpor", model)).executions, 1U) << model << wakes;
    }
  }
}

}  // namespace
}  // namespace tenterhook::hooked::tests
