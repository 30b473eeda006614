// What dpor makes of everything that is not a plain load or store: futexes, timeouts, choices,
// ghosts, spin loops, memory blocks, signals.
#include <gtest/gtest.h>

#include <string>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

Result graphs_of(std::function<void(run&)> scenario, const std::string& model,
                 budgets budget = nothing_happens) {
  checker::program p = program_of(std::move(scenario));
  p.budget = budget;
  return explore(task_of(p, "dpor", model));
}

const std::string all_models[] = {"sc", "tso", "rc11", "rc11-2017"};

// Sleeps while the word is 0; whoever sets it may forget to wake.
void sleeper_and_waker(run& t, bool wakes) {
  word flag(0, "flag");
  t.go("sleeper", [&] {
    while (flag.load(acquire) == 0) platform::futex_wait(flag, 0, -1);
  });
  t.go("waker", [&] {
    flag.store(1, release);
    if (wakes) platform::futex_wake(flag, 1);
  });
  t.join();
}

TEST(dpor, a_forgotten_wake_is_a_deadlock) {
  for (const std::string& model : all_models) {
    const Result bad = graphs_of([](run& t) { sleeper_and_waker(t, false); }, model);
    EXPECT_TRUE(fails_with(bad, FailureKind::deadlock)) << model << failure_of(bad);
    const Result good = graphs_of([](run& t) { sleeper_and_waker(t, true); }, model);
    EXPECT_EQ(good.verdict, Verdict::verified) << model << failure_of(good);
  }
}

// What precedes a start is there for the thread, whatever it does first: a store may be late.
TEST(dpor, a_thread_sees_what_preceded_its_start) {
  for (const std::string& model : all_models) {
    const Result r = graphs_of(
        [](run& t) {
          word x(0, "x"), y(0, "y");
          x.store(1, relaxed);
          t.go("storer", [&] {
            y.store(1, relaxed);
            platform::check(x.load(relaxed) == 1, "the start comes after the store");
          });
          t.join();
        },
        model);
    EXPECT_EQ(r.verdict, Verdict::verified) << model << failure_of(r);
    EXPECT_EQ(r.executions, 1U) << model;
  }
}

// A wake for no reason helps nobody who is forgotten; a timeout does.
TEST(dpor, what_may_end_a_wait_by_itself_is_a_choice) {
  const auto waits = [](run& t, std::int64_t timeout) {
    word never(0, "never");
    t.go("sleeper", [&, timeout] { platform::futex_wait(never, 0, timeout); });
    t.join();
  };
  for (const std::string& model : all_models) {
    const Result forgotten =
        graphs_of([&](run& t) { waits(t, -1); }, model, budgets{0, 1, 0, 0});
    EXPECT_TRUE(fails_with(forgotten, FailureKind::deadlock)) << model << failure_of(forgotten);
    const Result timed = graphs_of([&](run& t) { waits(t, 5); }, model, budgets{1, 0, 0, 0});
    EXPECT_EQ(timed.verdict, Verdict::verified) << model << failure_of(timed);
    EXPECT_EQ(timed.executions, 1U) << model;
    EXPECT_EQ(timed.blocked, 1U) << model;
  }
}

TEST(dpor, each_value_of_a_choice_is_explored_once) {
  for (const std::string& model : all_models) {
    const Result r = graphs_of(
        [](run& t) {
          for (const char* name : {"a", "b"}) t.go(name, [] { platform::fastrandn(3); });
          t.join();
        },
        model);
    EXPECT_EQ(r.executions, 9U) << model;
  }
}

TEST(dpor, a_weak_exchange_may_fail_for_no_reason) {
  const auto once = [](run& t) {
    word x(0, "x");
    t.go("a", [&] {
      std::uint32_t zero = 0;
      x.compare_exchange_weak(zero, 1, relaxed, relaxed);
    });
    t.join();
  };
  for (const std::string& model : all_models) {
    EXPECT_EQ(graphs_of(once, model).executions, 1U) << model;
    EXPECT_EQ(graphs_of(once, model, budgets{0, 0, 1, 0}).executions, 2U) << model;
  }
}

// The published idea: an execution in which a loop has not seen the value yet is blocked, once.
TEST(dpor, a_spin_loop_waits_and_an_endless_one_is_a_livelock) {
  const auto spins = [](run& t, bool ends) {
    word x(0, "x");
    t.go("spinner", [&] {
      while (x.load(relaxed) == 0) platform::osyield();
    });
    if (ends) t.go("writer", [&] { x.store(1, relaxed); });
    t.join();
  };
  for (const std::string& model : all_models) {
    const Result good = graphs_of([&](run& t) { spins(t, true); }, model);
    EXPECT_EQ(good.verdict, Verdict::verified) << model << failure_of(good);
    EXPECT_EQ(good.blocked, 1U) << model;
    const Result bad = graphs_of([&](run& t) { spins(t, false); }, model);
    EXPECT_TRUE(fails_with(bad, FailureKind::livelock)) << model << failure_of(bad);
  }
}

// Both may be inside if the flags are not seq_cst: no line of code sees it, the ghosts do.
TEST(dpor, an_invariant_over_ghosts_holds_in_every_order_of_theirs) {
  const auto two_flags = [](run& t, std::memory_order store, std::memory_order load) {
    word flags[2] = {word(0, "flag", 0), word(0, "flag", 1)};
    platform::ghost<int> inside(0, "inside");
    t.always("one is inside at most", [&] { return inside.peek() <= 1; });
    for (int i = 0; i < 2; ++i) {
      t.go("t", [&, i] {
        flags[i].store(1, store);
        if (flags[1 - i].load(load) != 0) return;
        inside.add(1);
        inside.add(-1);
      });
    }
    t.join();
  };
  for (const std::string& model : all_models) {
    const Result good = graphs_of([&](run& t) { two_flags(t, seq_cst, seq_cst); }, model);
    EXPECT_EQ(good.verdict, Verdict::verified) << model << failure_of(good);
    const Result weak = graphs_of([&](run& t) { two_flags(t, release, acquire); }, model);
    if (model == "sc") EXPECT_EQ(weak.verdict, Verdict::verified) << failure_of(weak);
    else EXPECT_TRUE(fails_with(weak, FailureKind::invariant)) << model << failure_of(weak);
  }
}

struct node {
  word value{0, "value"};
};

// In every graph the reader comes first by its values; only happens-before tells.
TEST(dpor, a_block_that_is_freed_while_another_may_use_it_is_found) {
  const auto frees = [](run& t, std::memory_order done) {
    auto* shared = platform::create<node>();
    word finished(0, "finished");
    t.go("reader", [&] {
      (void)shared->value.load(relaxed);
      finished.store(1, done);
    });
    t.go("owner", [&] {
      platform::assume(finished.load(acquire) == 1);
      platform::destroy(shared);
    });
    t.join();
    if (finished.load(relaxed) == 0) platform::destroy(shared);
  };
  for (const std::string model : {"rc11", "rc11-2017"}) {
    EXPECT_EQ(graphs_of([&](run& t) { frees(t, release); }, model).verdict, Verdict::verified);
    const Result r = graphs_of([&](run& t) { frees(t, relaxed); }, model);
    EXPECT_TRUE(fails_with(r, FailureKind::use_after_free)) << model << failure_of(r);
  }
}

TEST(dpor, what_a_graph_cannot_carry_is_unsupported) {
  for (const std::string& model : all_models) {
    const Result r = graphs_of(
        [](run& t) {
          word x(0, "x");
          t.go("t", [&] {
            platform::on_signal([](void*) {}, nullptr);
            x.store(1, relaxed);
          });
          t.join();
        },
        model, budgets{0, 0, 0, 1});
    EXPECT_EQ(r.verdict, Verdict::unsupported) << model;
  }
}

// Differs each time though it reads the same: the explorer must say so, not count nonsense.
TEST(dpor, a_program_that_depends_on_what_nobody_decides_is_told) {
  std::uint32_t hidden = 0;
  const Result r = graphs_of(
      [&hidden](run& t) {
        word x(0, "x");
        t.go("a", [&] { x.store(++hidden, relaxed); });
        t.go("b", [&] { (void)x.load(relaxed); });
        t.join();
      },
      "rc11");
  EXPECT_EQ(r.verdict, Verdict::bug);
  EXPECT_EQ(r.failures.at(0).failure.kind, FailureKind::misuse) << failure_of(r);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
