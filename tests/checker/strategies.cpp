// What each strategy promises.
#include <gtest/gtest.h>

#include <set>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

// Three threads, a dozen steps: many schedules.
void scramble(run& t) {
  word x(0, "x");
  for (const char* name : {"a", "b", "c"}) {
    t.go(name, [&x] {
      for (int i = 0; i < 4; ++i) {
        const std::uint32_t seen = x.load(relaxed);
        x.store(seen + platform::fastrandn(3), relaxed);
      }
    });
  }
  t.join();
}

TEST(random, a_seed_decides_all) {
  const checker::program p = program_of(scramble);
  std::set<std::uint64_t> digests;
  for (const std::string& strategy : samplers()) {
    for (const std::string model : {"sc", "tso"}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        Task task = task_of(p, strategy, model);
        task.seed = seed;
        task.runs = 50;
        const Result once = explore(task);
        const Result twice = explore(task);
        EXPECT_EQ(once.digest, twice.digest);
        EXPECT_EQ(once.executions, 50U);
        EXPECT_EQ(once.steps, twice.steps);
        digests.insert(once.digest);
      }
    }
  }
  EXPECT_EQ(digests.size(), 10 * samplers().size());
}

TEST(random, meets_every_graph_in_time) {
  // four final values of two racing increments and stores: random must meet what exhaustive does
  std::uint32_t last = 0;
  std::set<std::uint32_t> met;
  const checker::program p = program_of([&last](run& t) {
    last = 0;
    word x(0, "x");
    t.go("a", [&x] { x.store(x.load(relaxed) * 2 + 1, relaxed); });
    t.go("b", [&x] { x.store(x.load(relaxed) * 3 + 5, relaxed); });
    t.join();
    last = x.load(relaxed);
  });
  Task task = task_of(p);
  task.stop = [&] {
    if (last != 0) met.insert(last);  // else it was abandoned
    return false;
  };
  explore(task);
  const std::set<std::uint32_t> all = met;
  EXPECT_EQ(all, (std::set<std::uint32_t>{1, 5, 8, 11}));
  met.clear();
  task.strategy = "random";
  task.runs = 1'000;  // the rarest has a chance of 1/8: missed once in 10^57
  explore(task);
  EXPECT_EQ(met, all);
}

TEST(sampling, that_is_stopped_before_any_execution_is_complete_is_no_pass) {
  const checker::program p = program_of([](run&) {
    word x(0, "x");
    for (std::uint32_t i = 0; i < 100; i++) x.store(i, relaxed);
  });
  for (const std::string& strategy : samplers()) {
    Task task = task_of(p, strategy);
    task.options.max_steps = 10;
    task.runs = 1'000;
    int asked = 0;
    task.stop = [&asked] { return ++asked > 5; };
    const Result r = explore(task);
    EXPECT_EQ(r.executions, 0U) << strategy;
    EXPECT_GT(r.cut, 0U) << strategy;
    EXPECT_EQ(r.verdict, Verdict::inconclusive) << strategy;
  }
}

// -- pct: its bound is tested in promises.cpp --

TEST(pct, a_bug_of_depth_one_needs_no_change_point) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] { x.store(1, relaxed); });
    t.go("b", [&x] { platform::check(x.load(relaxed) == 1, "a comes first"); });
    t.join();
  });
  Task task = task_of(p, "pct");
  task.depth = 1;
  task.runs = 2'000;
  task.keep_going = true;
  const Result r = explore(task);
  // one of two orders of priorities: 1000 +- 5 * 22.4
  EXPECT_NEAR(static_cast<double>(r.failures.at(0).times), 1'000, 112);
}

TEST(pct, a_spinning_thread_of_high_priority_does_not_stop_the_others) {
  const checker::program p = program_of([](run& t) {
    word flag(0, "flag");
    t.go("spinner", [&flag] {
      while (flag.load(acquire) == 0) platform::osyield();
    });
    t.go("setter", [&flag] { flag.store(1, release); });
    t.join();
  });
  Task task = task_of(p, "pct");
  task.runs = 500;
  const Result r = explore(task);
  EXPECT_EQ(r.verdict, Verdict::no_bug) << failure_of(r);
  EXPECT_EQ(r.executions, 500U);
}

TEST(pct, a_thread_can_be_held_back_while_another_one_yields) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] { x.store(1, relaxed), x.store(2, relaxed); });
    t.go("b", [&x] {
      const std::uint32_t first = x.load(relaxed);
      platform::osyield();
      platform::check(first != 1 || x.load(relaxed) != 1, "a goes on while b yields");
    });
    t.join();
  });
  Task task = task_of(p, "pct");
  task.runs = 2'000;
  EXPECT_TRUE(fails_with(explore(task), FailureKind::assertion));
}

// -- bounded --

// Depth 3: b's first load comes between a's stores, its second after them.
void depth_three(run& t) {
  word x(0, "x");
  t.go("a", [&x] { x.store(1, relaxed), x.store(2, relaxed); });
  t.go("b", [&x] {
    const std::uint32_t first = x.load(relaxed);
    const std::uint32_t second = x.load(relaxed);
    platform::check(first != 1 || second != 2, "b does not see both");
  });
  t.join();
}

TEST(bounded, a_bug_of_two_preemptions_is_found_with_two_and_not_with_one) {
  const checker::program p = program_of(depth_three);
  for (const bool backwards : {false, true}) {
    Task task = task_of(p, "bounded");
    task.backwards = backwards;
    std::uint64_t before = 0;
    for (const unsigned preemptions : {0U, 1U}) {
      task.preemptions = preemptions;
      const Result r = explore(task);
      EXPECT_EQ(r.verdict, Verdict::no_bug) << failure_of(r);
      EXPECT_EQ(r.bound, "preemptions <= " + std::to_string(preemptions));
      EXPECT_GT(r.executions, before);
      before = r.executions;
    }
    task.preemptions = 2;
    EXPECT_TRUE(fails_with(explore(task), FailureKind::assertion));
  }
}

TEST(bounded, enough_preemptions_meet_every_graph) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    for (const char* name : {"a", "b"}) {
      t.go(name, [&x] { x.fetch_add(1, relaxed), x.fetch_add(1, relaxed); });
    }
    t.join();
  });
  for (const std::string model : {"sc", "tso"}) {
    Task task = task_of(p, "exhaustive", model);
    const Result all = explore(task);
    task.strategy = "bounded";
    task.preemptions = 4;
    const Result r = explore(task);
    EXPECT_EQ(all.graphs, 6U);
    EXPECT_EQ(r.graphs, all.graphs);
    EXPECT_EQ(r.verdict, Verdict::no_bug);
  }
}

TEST(bounded, no_preemption_is_every_order_of_whole_threads) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    for (const char* name : {"a", "b", "c"}) {
      t.go(name, [&x] {
        for (int i = 0; i < 3; ++i) x.fetch_add(1, relaxed);
      });
    }
    t.join();
  });
  Task task = task_of(p, "bounded");
  task.preemptions = 0;
  const Result r = explore(task);
  EXPECT_EQ(r.graphs, 6U);  // main's joins come between: more executions
}

// What each thread does to a word of its own, others' steps come between and change nothing.
TEST(bounded, what_follows_a_state_is_explored_once) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), mine[2];
    for (word& own : mine) {
      t.go("a", [&x, &own] {
        own.store(1, relaxed);
        x.store(x.load(relaxed) + own.load(relaxed), relaxed);
      });
    }
    t.join();
  });
  for (const std::string model : {"sc", "tso"}) {
    Task task = task_of(p, "bounded", model);
    task.preemptions = 1;
    const Result once = explore(task);
    task.reduction = false;
    const Result all = explore(task);
    EXPECT_EQ(once.graphs, all.graphs) << model;
    EXPECT_LT(once.executions + once.redundant, all.executions) << model;
    EXPECT_GT(once.redundant, 0U) << model;
    EXPECT_EQ(all.redundant, 0U) << model;
  }
}

// Neither fewer marks nor fewer graphs nor fewer failures than without the memory of states.
void drops_nothing(const std::function<void(run&)>& scenario, const std::string& model,
                   const budgets& budget) {
  const checker::program p = program_of(scenario);
  for (unsigned preemptions = 0; preemptions < 4; ++preemptions) {
    Task task = task_of(p, "bounded", model);
    task.options.budget = budget;
    task.preemptions = preemptions;
    task.keep_going = true;
    const Result once = explore(task);
    task.reduction = false;
    const Result all = explore(task);
    EXPECT_EQ(once.marks, all.marks) << preemptions;
    EXPECT_EQ(once.graphs, all.graphs) << preemptions;
    EXPECT_EQ(once.failures.size(), all.failures.size()) << preemptions;
    EXPECT_GT(all.executions, 0U);
  }
}

TEST(bounded, where_a_signal_came_is_part_of_the_state) {
  drops_nothing(
      [](run& t) {
        word x(0, "x"), others(0, "others");
        t.go("a", [&] {
          int flag = 0;
          platform::on_signal([](void* f) { *static_cast<int*>(f) = 1; }, &flag);
          x.store(1, seq_cst);
          const int saw = flag;
          x.store(2, seq_cst);
          platform::mask_signals(true);
          x.store(3, seq_cst);
          platform::check(saw == 0 || others.load(seq_cst) < 2, "not early, and both between");
        });
        for (const char* name : {"b", "c"}) {
          t.go(name, [&] {
            if (x.load(seq_cst) == 2) others.fetch_add(1, seq_cst);
          });
        }
        t.join();
      },
      "sc", budgets{0, 0, 0, 1});
}

// Who ran last goes on for nothing once its wait is over, whatever ended that.
TEST(bounded, who_ran_last_is_part_of_the_state) {
  for (const bool timed : {false, true}) {
    drops_nothing(
        [timed](run& t) {
          word a(0, "a"), b(0, "b"), x(0, "x"), y(0, "y");
          bool first = false, second = false;
          t.go("a", [&] {
            platform::futex_wait(a, 0, timed ? 5 : -1);
            x.store(1, seq_cst);
          });
          t.go("b", [&] {
            platform::futex_wait(b, 0, timed ? 5 : -1);
            y.store(1, seq_cst);
          });
          t.go("waker", [&] {
            const std::uint32_t of_b = platform::futex_wake(b, 1);
            const std::uint32_t of_a = platform::futex_wake(a, 1);
            const bool none = x.load(seq_cst) == 0 && y.load(seq_cst) == 0;
            a.store(1, seq_cst);
            b.store(1, seq_cst);
            first = none && of_a == 0 && of_b == 1;
            second = none && of_a == 1 && of_b == 0;
          });
          t.join();
          if (first) platform::mark("a went by itself");
          if (second) platform::mark("b went by itself");
        },
        "sc", timed ? budgets{1, 0, 0, 0} : budgets{0, 1, 0, 0});
  }
}

TEST(bounded, a_store_on_its_way_costs_what_who_ran_last_makes_it_cost) {
  drops_nothing(
      [](run& t) {
        word x(0, "x"), y(0, "y"), z(0, "z"), w(0, "w");
        t.go("a", [&] { x.store(1, relaxed), y.exchange(1, seq_cst); });
        t.go("b", [&] { z.store(1, relaxed), w.exchange(1, seq_cst); });
        t.go("reader", [&] {
          const bool first = x.load(relaxed) == 1 && y.load(relaxed) == 0;
          const bool second = z.load(relaxed) == 1 && w.load(relaxed) == 0;
          if (first && second) platform::mark("both");
          if (first != second) platform::mark(first ? "the first" : "the second");
        });
        t.join();
      },
      "tso", budgets{});
}

TEST(bounded, stores_on_their_way_cost_nothing_where_nobody_goes_on) {
  drops_nothing(
      [](run& t) {
        word x(0, "x"), y(0, "y"), z(0, "z"), w(0, "w"), v(0, "v");
        t.go("other", [&v] { (void)v.load(relaxed), (void)v.load(relaxed); });
        t.go("writer", [&] {
          for (word* next : {&z, &x, &y}) next->store(1, relaxed);
          w.exchange(1, seq_cst);
        });
        t.go("reader", [&] {
          const bool early = w.load(relaxed) == 0;
          const int seen = static_cast<int>(x.load(relaxed) + y.load(relaxed) + z.load(relaxed));
          if (early && seen == 3) platform::mark("all");
          if (early && seen == 2) platform::mark("two");
        });
        t.join();
      },
      "tso", budgets{});
}

TEST(bounded, any_number_of_preemptions_is_a_bound) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    for (const std::uint32_t parity : {0U, 1U}) {
      t.go("turns", [&x, parity] {
        for (std::uint32_t i = parity; i < 300; i += 2) {
          platform::assume(x.load(seq_cst) == i);
          x.store(i + 1, seq_cst);
        }
      });
    }
    t.join();
  });
  Task task = task_of(p, "bounded");
  task.preemptions = 400;
  const Result r = explore(task);
  EXPECT_EQ(r.verdict, Verdict::no_bug) << r.bound;
  EXPECT_GT(r.executions, 0U);
}

// -- limits --

TEST(limits, an_exploration_that_is_stopped_does_not_say_verified) {
  const checker::program p = program_of(scramble);
  Task task = task_of(p);
  task.runs = 3;
  EXPECT_EQ(explore(task).verdict, Verdict::inconclusive);
  task.runs = 0;
  task.stop = [] { return true; };
  const Result r = explore(task);
  EXPECT_EQ(r.verdict, Verdict::inconclusive);
  EXPECT_LE(r.executions, 1U);
}

TEST(limits, nothing_complete_is_no_pass) {
  for (const std::string& strategy : samplers({"exhaustive", "bounded"})) {
    const checker::program p = program_of([](run& t) {
      word x(0, "x");
      t.go("a", [&x] { platform::assume(x.load(relaxed) == 1); });
      t.join();
    });
    Task task = task_of(p, strategy);
    task.runs = 10;
    const Result r = explore(task);
    EXPECT_EQ(r.verdict, Verdict::nothing_ran) << strategy;
    EXPECT_EQ(r.executions, 0U);
    EXPECT_GT(r.blocked, 0U);
  }
}

TEST(limits, a_mark_that_is_never_met_is_told) {
  checker::program p = program_of([](run&) { platform::mark("one"); });
  p.marks = {"one", "two"};
  const Result r = explore(task_of(p));
  EXPECT_EQ(r.marks, std::vector<std::string>{"one"});
  EXPECT_EQ(r.missed, std::vector<std::string>{"two"});
}

TEST(limits, keep_going_tells_each_distinct_bug_once) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] { x.store(1, relaxed), x.store(2, relaxed); });
    t.go("b", [&x] {
      const std::uint32_t seen = x.load(relaxed);
      platform::check(seen != 1, "not one");
      platform::check(seen != 2, "not two");
    });
    t.join();
  });
  Task task = task_of(p);
  task.keep_going = true;
  const Result r = explore(task);
  ASSERT_EQ(r.failures.size(), 2U);
  EXPECT_EQ(r.executions, 1U);
  EXPECT_NE(r.failures[0].failure.signature(), r.failures[1].failure.signature());
  EXPECT_TRUE(r.failures[0].confirmed && r.failures[1].confirmed);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
