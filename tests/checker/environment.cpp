// What the environment may do to a thread, each on its budget; futexes, signals, time.
#include <gtest/gtest.h>

#include <set>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using platform::futex_result;

// What bounded drops because it was in that state: neither values nor graphs become fewer.
void drops_nothing(Task task, std::set<int>& met) {
  task.strategy = "bounded";
  for (unsigned preemptions = 0; preemptions < 4; ++preemptions) {
    task.preemptions = preemptions;
    task.reduction = false;
    met.clear();
    const Result all = explore(task);
    const std::set<int> without = met;
    task.reduction = true;
    met.clear();
    const Result r = explore(task);
    EXPECT_EQ(r.verdict, Verdict::no_bug) << failure_of(r);
    EXPECT_EQ(met, without) << preemptions << " preemptions under " << task.options.model;
    EXPECT_EQ(r.graphs, all.graphs) << preemptions << " preemptions under " << task.options.model;
    EXPECT_LE(r.executions + r.redundant, all.executions);
    EXPECT_EQ(all.redundant, 0U);
  }
}

// Every value that `seen` has at the end of a complete execution.
std::set<int> values_of(std::function<void(run&, int&)> scenario, budgets budget,
                        const std::string& model = "sc") {
  int seen = -1;
  bool complete = false;
  std::set<int> all;
  checker::program p = program_of([&](run& t) {
    seen = -1;
    complete = false;
    scenario(t, seen);
    complete = true;
  });
  Task task = task_of(p, "exhaustive", model);
  task.options.budget = budget;
  task.stop = [&] {
    if (complete) all.insert(seen);
    return false;
  };
  const Result r = explore(task);
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r) << r.bound;
  const std::set<int> of_all = all;
  drops_nothing(task, all);
  return of_all;
}

budgets timeouts(unsigned n) { return {n, 0, 0, 0}; }
budgets spurious(unsigned n) { return {0, n, 0, 0}; }
budgets weak_cas(unsigned n) { return {0, 0, n, 0}; }
budgets signals(unsigned n) { return {0, 0, 0, n}; }

// -- weak compare-exchange --

void retries(run& t, int& failures) {
  word x(0, "x");
  failures = 0;
  t.go("a", [&] {
    std::uint32_t expected = 0;
    while (!x.compare_exchange_weak(expected, 1, seq_cst, relaxed)) ++failures;
    platform::check(expected == 0, "a spurious failure tells the value that is there");
  });
  t.join();
}

TEST(budget, a_weak_cas_fails_as_often_as_allowed) {
  EXPECT_EQ(values_of(retries, weak_cas(0)), (std::set<int>{0}));
  EXPECT_EQ(values_of(retries, weak_cas(1)), (std::set<int>{0, 1}));
  EXPECT_EQ(values_of(retries, weak_cas(3)), (std::set<int>{0, 1, 2, 3}));
}

TEST(budget, a_strong_cas_never_fails_without_a_reason) {
  const auto scenario = [](run& t, int& done) {
    word x(0, "x");
    t.go("a", [&] {
      std::uint32_t expected = 0;
      done = x.compare_exchange(expected, 1, seq_cst, relaxed) ? 1 : 0;
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, weak_cas(3)), (std::set<int>{1}));
}

TEST(budget, it_is_told_with_the_verdict) {
  const Result r = exhaust([](run&) {}, "sc", budgets{1, 2, 3, 4});
  EXPECT_EQ(r.bound, "timeouts <= 1, spurious wakes <= 2, weak CAS failures <= 3, signals <= 4");
}

// -- futexes --

// What a's wait comes to while b changes the word and wakes.
void waits(run& t, int& answer, std::int64_t timeout_ns) {
  word w(0, "w");
  t.go("a", [&] { answer = static_cast<int>(platform::futex_wait(w, 0, timeout_ns)); });
  t.go("b", [&] {
    w.store(1, seq_cst);
    platform::futex_wake(w, 1);
  });
  t.join();
}

constexpr int woken = static_cast<int>(futex_result::woken);
constexpr int again = static_cast<int>(futex_result::again);
constexpr int interrupted = static_cast<int>(futex_result::interrupted);
constexpr int timed_out = static_cast<int>(futex_result::timed_out);

TEST(futex, a_wait_is_woken_or_comes_too_late) {
  for (const std::string model : {"sc", "tso"}) {
    const auto forever = [](run& t, int& answer) { waits(t, answer, -1); };
    EXPECT_EQ(values_of(forever, nothing_happens, model), (std::set<int>{woken, again}));
    EXPECT_EQ(values_of(forever, timeouts(1), model), (std::set<int>{woken, again}));
    const auto timed = [](run& t, int& answer) { waits(t, answer, 1'000); };
    EXPECT_EQ(values_of(timed, nothing_happens, model), (std::set<int>{woken, again}));
    EXPECT_EQ(values_of(timed, timeouts(1), model), (std::set<int>{woken, again, timed_out}));
  }
}

TEST(futex, a_spurious_wake_shows_the_old_word) {
  const auto scenario = [](run& t, int& old) {
    word w(0, "w");
    t.go("a", [&] {
      const bool back = platform::futex_wait(w, 0, -1) == futex_result::woken;
      old = back && w.load(seq_cst) == 0 ? 1 : 0;
    });
    t.go("b", [&] {
      w.store(1, seq_cst);
      platform::futex_wake(w, 1);
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{0}));
  EXPECT_EQ(values_of(scenario, spurious(1)), (std::set<int>{0, 1}));
}

TEST(futex, who_came_first_is_woken_first) {
  const auto scenario = [](run& t, int& first) {
    word w(0, "w"), woken_so_far(0, "woken so far");
    first = 0;
    // comes last, so that there is a fork when both wait
    t.go("other", [&w] { platform::assume(w.load(seq_cst) == 1); });
    for (const int id : {1, 2}) {
      t.go("waiter", [&, id] {
        const bool back = platform::futex_wait(w, 0, -1) == futex_result::woken;
        if (woken_so_far.fetch_add(1, seq_cst) == 0 && back) first = id;
      });
    }
    t.go("waker", [&] {
      // where only one waits the other comes too late for both
      platform::assume(platform::futex_wake(w, 1) == 1);
      w.store(1, seq_cst);
      platform::assume(platform::futex_wake(w, 1) == 1);
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{1, 2}));
}

TEST(futex, a_timeout_that_nothing_else_can_end_happens_beyond_the_budget) {
  const auto scenario = [](run& t, int& answer) {
    word w(0, "w");
    t.go("a", [&] { answer = static_cast<int>(platform::futex_wait(w, 0, 1'000)); });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{timed_out}));
}

// Both time out because nobody wakes them; then one writes what the other reads.
TEST(futex, two_timeouts_that_must_happen_come_in_either_order) {
  const auto scenario = [](run& t, int& saw) {
    word u(0, "u"), v(0, "v"), x(0, "x");
    t.go("a", [&] {
      platform::futex_wait(u, 0, 1'000);
      x.store(1, seq_cst);
    });
    t.go("b", [&] {
      platform::futex_wait(v, 0, 1'000);
      saw = static_cast<int>(x.load(seq_cst));
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{0, 1}));
}

TEST(futex, a_wake_wakes_no_more_than_it_was_asked_to) {
  const auto scenario = [](run& t, int& woken_by) {
    word w(0, "w");
    for (const char* name : {"a", "b"}) t.go(name, [&w] { platform::futex_wait(w, 0, -1); });
    t.go("waker", [&] {
      w.store(1, seq_cst);
      woken_by = static_cast<int>(platform::futex_wake(w, 1)) * 10;
      woken_by += static_cast<int>(platform::futex_wake(w, 8));
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{0, 10, 11}));
}

TEST(futex, a_lost_wakeup_is_a_deadlock_that_says_who_waits) {
  const Result r = exhaust([](run& t) {
    word w(0, "w");
    t.go("sleeper", [&] { platform::futex_wait(w, 0, -1); });
    t.go("waker", [&] { platform::futex_wake(w, 1); });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::deadlock)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("sleeper#1 wait(s) and nobody will wake"), std::string::npos);
}

// -- signals --

struct sight {
  word* x;
  int* seen;
};

void look(void* argument) {
  const auto* s = static_cast<sight*>(argument);
  *s->seen = *s->seen * 10 + static_cast<int>(s->x->load(seq_cst)) + 1;
}

// Three stores; the handler sees x between any two steps. 0: it never ran, else x + 1.
void signalled(run& t, int& seen, bool masked) {
  word x(0, "x");
  sight s{&x, &seen};
  seen = 0;
  t.go("a", [&] {
    platform::on_signal(look, &s);
    platform::mask_signals(masked);
    x.store(1, seq_cst);
    x.store(2, seq_cst);
    platform::mask_signals(false);
    x.store(3, seq_cst);
  });
  t.join();
}

TEST(signal, a_handler_runs_between_any_two_steps) {
  const auto open = [](run& t, int& seen) { signalled(t, seen, false); };
  EXPECT_EQ(values_of(open, nothing_happens), (std::set<int>{0}));
  EXPECT_EQ(values_of(open, signals(1)), (std::set<int>{0, 1, 2, 3}));
  EXPECT_EQ(values_of(open, signals(2)),
            (std::set<int>{0, 1, 2, 3, 11, 12, 13, 22, 23, 33}));
}

TEST(signal, a_masked_thread_gets_it_when_it_unmasks) {
  const auto masked = [](run& t, int& seen) { signalled(t, seen, true); };
  EXPECT_EQ(values_of(masked, signals(1)), (std::set<int>{0, 3}));
}

TEST(signal, it_ends_a_futex_wait) {
  const auto scenario = [](run& t, int& answer) {
    word w(0, "w");
    t.go("a", [&] {
      platform::on_signal([](void*) {}, nullptr);
      answer = static_cast<int>(platform::futex_wait(w, 0, -1));
    });
    t.go("b", [&] {
      w.store(1, seq_cst);
      platform::futex_wake(w, 1);
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, signals(1)), (std::set<int>{woken, again, interrupted}));
}

TEST(signal, a_handler_may_wake_who_waits_for_it_alone) {
  for (const std::string model : {"sc", "tso"}) {
    const auto scenario = [](run& t, int& value) {
      word x(0, "x");
      t.go("a", [&] {
        platform::on_signal([](void* w) { static_cast<word*>(w)->store(1, relaxed); }, &x);
        (void)x.load(relaxed);
        value = static_cast<int>(x.load(relaxed));
      });
      t.join();
    };
    EXPECT_EQ(values_of(scenario, signals(1), model), (std::set<int>{0, 1}));
  }
}

// -- time: each thread's own --

TEST(time, a_clock_grows_by_what_its_thread_sleeps_whatever_the_others_do) {
  const auto scenario = [](run& t, int& slept) {
    word w(0, "w"), x(0, "x");
    t.go("a", [&] {
      const std::int64_t begin = platform::nanotime();
      platform::usleep(5);
      const std::int64_t middle = platform::nanotime();
      platform::futex_wait(w, 0, 2'000);
      const std::int64_t end = platform::nanotime();
      platform::check(begin < middle && middle < end, "time goes on");
      slept = static_cast<int>((end - begin) / 1'000);
    });
    t.go("b", [&] {
      x.store(1, seq_cst);
      platform::usleep(1'000);
      x.store(2, seq_cst);
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{7}));
}

// -- choices --

TEST(choice, fastrandn_takes_every_value) {
  const auto scenario = [](run& t, int& value) {
    t.go("a", [&] {
      const std::uint32_t first = platform::fastrandn(3);
      value = static_cast<int>(first * 10 + platform::fastrandn(first + 1));
    });
    t.join();
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{0, 10, 11, 20, 21, 22}));
}

TEST(choice, one_in_a_racing_thread_loses_nothing) {
  const auto scenario = [](run& t, int& value) {
    word x(0, "x");
    for (const char* name : {"a", "b"}) {
      t.go(name, [&x] {
        const std::uint32_t seen = x.load(relaxed);
        x.store(seen * 4 + 1 + platform::fastrandn(2), relaxed);
      });
    }
    t.join();
    value = static_cast<int>(x.load(relaxed));
  };
  EXPECT_EQ(values_of(scenario, nothing_happens), (std::set<int>{1, 2, 5, 6, 9, 10}));
}

}  // namespace
}  // namespace tenterhook::hooked::tests
