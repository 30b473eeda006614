// Loops: the ones that wait, the ones that never end, the ones that are only long.
#include <gtest/gtest.h>

#include "runtime/sync/lfstack.hpp"
#include "runtime/sync/parfor.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

// -- await --

void spin(run& t, bool yields) {
  word flag(0, "flag"), data(0, "data");
  t.go("waiter", [&, yields] {
    while (flag.load(acquire) == 0) {
      if (yields) platform::osyield();
    }
    platform::check(data.load(relaxed) == 1, "the flag announces the data");
  });
  t.go("setter", [&] {
    data.store(1, relaxed);
    flag.store(1, release);
  });
  t.join();
}

TEST(await, a_spin_loop_ends_when_its_value_is_written) {
  for (const std::string model : {"sc", "tso"}) {
    for (const bool yields : {false, true}) {
      const Result r = exhaust([yields](run& t) { spin(t, yields); }, model);
      EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r) << r.bound;
      EXPECT_EQ(r.cut, 0U);
      EXPECT_LT(r.executions, 20U);
    }
  }
}

TEST(await, a_loop_of_compare_exchanges_waits_as_well) {
  const Result r = exhaust([](run& t) {
    word lock(0, "lock");
    platform::plain<int> d(0, "d");
    for (const char* name : {"a", "b", "c"}) {
      t.go(name, [&] {
        std::uint32_t free = 0;
        while (!lock.compare_exchange(free, 1, acquire, relaxed)) free = 0;
        d.set(d.get() + 1);
        lock.store(0, release);
      });
    }
    t.join();
    platform::check(d.get() == 3, "the lock excludes");
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r) << r.bound;
}

TEST(await, a_loop_over_two_values_waits_for_either) {
  for (const int which : {0, 1}) {
    const Result r = exhaust([which](run& t) {
      word x(0, "x"), y(0, "y");
      t.go("waiter", [&] {
        while (x.load(acquire) == 0 && y.load(acquire) == 0) {
        }
      });
      t.go("setter", [&] { (which == 0 ? x : y).store(1, release); });
      t.join();
    });
    EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  }
}

TEST(await, random_executions_of_a_spin_loop_stay_short) {
  const checker::program p = program_of([](run& t) { spin(t, true); });
  for (const std::string& strategy : samplers()) {
    Task task = task_of(p, strategy, "tso");
    task.runs = 300;
    const Result r = explore(task);
    EXPECT_EQ(r.executions, 300U) << failure_of(r);
    EXPECT_LT(r.steps, 300U * 40);
  }
}

// -- livelock --

TEST(livelock, a_loop_for_a_value_that_nobody_writes_is_named) {
  const Result r = exhaust([](run& t) {
    word x(0, "x");
    t.go("hopeful", [&x] {
      while (x.load(acquire) == 0) {
      }
    });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::livelock)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("hopeful#1 spin(s) for a value that nobody will write"),
            std::string::npos);
  EXPECT_NE(failure_of(r).find("liveness.cpp"), std::string::npos);
}

TEST(livelock, a_loop_that_writes_is_found_by_the_fair_tail) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("busy", [&x] {
      for (;;) x.fetch_add(1, relaxed);
    });
    t.join();
  });
  for (const std::string& strategy : samplers({"exhaustive", "bounded"})) {
    Task task = task_of(p, strategy);
    task.options.max_steps = 200;
    const Result r = explore(task);
    EXPECT_TRUE(fails_with(r, FailureKind::livelock)) << strategy << failure_of(r);
  }
}

TEST(livelock, a_choice_in_every_round_does_not_keep_it_from_coming_back) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), y(0, "y");
    t.go("a", [&x] {
      for (;;) x.fetch_add(platform::fastrandn(3), relaxed);
    });
    t.go("b", [&y] {
      for (;;) y.fetch_add(platform::fastrandn(2), relaxed);
    });
    t.join();
  });
  Task task = task_of(p, "random");
  task.options.max_steps = 200;
  task.runs = 1;
  EXPECT_TRUE(fails_with(explore(task), FailureKind::livelock)) << failure_of(explore(task));
}

TEST(livelock, a_long_loop_that_ends_is_cut_and_no_bug) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("slow", [&x] {
      for (std::uint32_t i = 0; i < 1'000; ++i) x.store(i, relaxed);
    });
    t.join();
  });
  Task task = task_of(p, "random");
  task.options.max_steps = 100;
  task.runs = 3;
  const Result r = explore(task);
  EXPECT_EQ(r.cut, 3U);
  EXPECT_EQ(r.executions, 0U);
  EXPECT_EQ(r.verdict, Verdict::nothing_ran);
  task.options.max_steps = 2'000;
  EXPECT_EQ(explore(task).executions, 3U);
  task.strategy = "exhaustive";
  task.runs = 0;
  task.options.max_steps = 100;
  EXPECT_NE(explore(task).verdict, Verdict::verified);
}

TEST(livelock, under_an_unfair_schedule_only_it_is_no_livelock) {
  // each makes way until the other is done: it ends as soon as both run in turn
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), done(0, "done");
    t.go("ticker", [&] {
      while (done.load(relaxed) == 0) x.fetch_add(1, relaxed);
    });
    t.go("worker", [&] {
      for (int i = 0; i < 50; ++i) x.fetch_add(1, relaxed);
      done.store(1, relaxed);
    });
    t.join();
  });
  for (const std::string& strategy : samplers()) {
    Task task = task_of(p, strategy);
    task.options.max_steps = 400;
    task.runs = 200;
    const Result r = explore(task);
    EXPECT_TRUE(r.failures.empty()) << failure_of(r);
  }
}

// -- monitors --

// Goes round until x is 1, and says whether that comes to anything.
void ticks(word& x, word& turns, bool cools) {
  for (int i = 0; i < 100 && x.load(relaxed) == 0; ++i) {
    platform::hot("the ticker's loop");
    turns.fetch_add(1, relaxed);
    if (cools) platform::cool("the ticker's loop");
  }
}

TEST(monitor, a_loop_that_comes_to_nothing_although_all_run_is_named) {
  for (const std::string& strategy : samplers()) {
    const checker::program p = program_of([](run& t) {
      word x(0, "x"), turns(0, "turns"), other(0, "other");
      t.go("ticker", [&] { ticks(x, turns, false); });
      t.go("other", [&] { other.store(1, relaxed); });
      t.join();
    });
    Task task = task_of(p, strategy);
    task.runs = 1;
    const Result r = explore(task);
    EXPECT_TRUE(fails_with(r, FailureKind::livelock)) << strategy << failure_of(r);
    EXPECT_NE(failure_of(r).find("the ticker's loop"), std::string::npos) << failure_of(r);
  }
}

TEST(monitor, turns_while_somebody_could_run_and_does_not_count_for_nothing) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), turns(0, "turns"), other(0, "other");
    t.go("ticker", [&] { ticks(x, turns, false); });
    t.go("other", [&] {
      for (int i = 0; i < 10; ++i) other.fetch_add(1, relaxed);
      x.store(1, relaxed);
    });
    t.join();
  });
  for (const std::string& strategy : samplers({"bounded"})) {
    Task task = task_of(p, strategy);
    task.runs = 200;
    const Result r = explore(task);
    EXPECT_TRUE(r.failures.empty()) << strategy << failure_of(r);
  }
}

TEST(monitor, a_loop_that_comes_to_something_begins_anew) {
  const Result r = exhaust([](run& t) {
    word x(0, "x"), turns(0, "turns");
    t.go("ticker", [&] { ticks(x, turns, true); });
    t.join();
  });
  EXPECT_TRUE(r.failures.empty()) << failure_of(r);
}

// Waits for x to be 1; gives the processor away in every second turn, or never.
void waits(run& t, bool gives_way) {
  word x(0, "x");
  t.go("waiter", [&, gives_way] {
    for (int i = 1; x.load(acquire) == 0; ++i) {
      platform::waits("the waiter's loop", 2);
      if (gives_way && i % 2 == 0) {
        platform::osyield();
      } else {
        platform::procyield(1);
      }
    }
    platform::cool("the waiter's loop");
  });
  t.go("other", [&] { x.store(1, release); });
  t.join();
}

TEST(monitor, who_waits_and_never_lets_go_of_its_processor_is_named) {
  for (const std::string strategy : {"exhaustive", "dpor"}) {
    const checker::program greedy = program_of([](run& t) { waits(t, false); });
    const Result r = explore(task_of(greedy, strategy));
    EXPECT_TRUE(fails_with(r, FailureKind::livelock)) << strategy << failure_of(r);
    EXPECT_NE(failure_of(r).find("the waiter's loop"), std::string::npos) << failure_of(r);
    const checker::program generous = program_of([](run& t) { waits(t, true); });
    EXPECT_EQ(explore(task_of(generous, strategy)).verdict, Verdict::verified) << strategy;
  }
}

// Does anything keep the loop from its end? Each call of lfstackpop looks at the head once.
void pops(runtime::lfstack& stack, int calls) {
  for (int i = 0; i < calls; ++i) {
    platform::check(runtime::lfstackpop(stack) == nullptr, "there is nothing on an empty stack");
  }
}

TEST(livelock, looking_at_an_empty_stack_again_and_again_is_none) {
  for (const std::string model : {"sc", "tso"}) {
    for (const int calls : {7, 300}) {
      const Result r = exhaust(
          [calls](run& t) {
            runtime::lfstack stack("stack");
            t.go("popper", [&stack, calls] { pops(stack, calls); });
            t.join();
          },
          model);
      EXPECT_EQ(r.verdict, Verdict::verified) << calls << " " << failure_of(r) << r.bound;
    }
  }
}

TEST(livelock, nor_is_it_with_writes_between) {
  const Result r = exhaust([](run& t) {
    runtime::lfstack stack("stack");
    word round(0, "round");
    t.go("popper", [&] {
      for (int i = 0; i < 50; ++i) {
        pops(stack, 30);
        round.fetch_add(1, relaxed);
      }
    });
    t.join();
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r) << r.bound;
}

TEST(livelock, nor_are_two_patient_threads_of_a_parfor_without_iterations) {
  const checker::program p = program_of([](run& t) {
    runtime::parfor* desc = runtime::parforalloc(2, 4);
    runtime::parforsetup(desc, 2, 0, nullptr, true, [](runtime::parfor*, std::uint32_t) {
      platform::fatal("there are no iterations");
    });
    for (const char* name : {"a", "b"}) t.go(name, [desc] { runtime::parfordo(desc); });
    t.join();
    runtime::parforfree(desc);
  });
  for (const std::string model : {"sc", "tso"}) {
    for (const std::string strategy : {"random", "pct"}) {
      Task task = task_of(p, strategy, model);
      task.runs = 2'000;
      const Result r = explore(task);
      EXPECT_TRUE(r.failures.empty()) << strategy << " " << failure_of(r);
      EXPECT_EQ(r.executions, 2'000U) << strategy;
    }
    Task bounded = task_of(p, "bounded", model);
    bounded.preemptions = 1;
    EXPECT_EQ(explore(bounded).verdict, Verdict::no_bug) << failure_of(explore(bounded));
  }
}

// -- deadlock --

TEST(deadlock, a_join_of_a_thread_that_waits_names_the_waiter) {
  const Result r = exhaust([](run& t) {
    word w(0, "w");
    t.go("sleeper", [&w] { platform::futex_wait(w, 0, -1); });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::deadlock));
  const auto& positions = r.failures.at(0).failure.positions;
  ASSERT_EQ(positions.size(), 2U);
  EXPECT_EQ(positions[0].state, "joining");
  EXPECT_EQ(positions[0].op, "join sleeper#1");
  EXPECT_EQ(positions[1].state, "blocked");
  EXPECT_EQ(positions[1].op, "futex-wait w");
}

// -- always --

TEST(always, it_is_checked_after_every_step_and_not_only_at_the_end) {
  const auto scenario = [](run& t, int most) {
    platform::ghost<int> inside(0, "inside");
    t.always("not too many inside", [&inside, most] { return inside.peek() <= most; });
    for (const char* name : {"a", "b", "c"}) {
      t.go(name, [&inside] {
        inside.add(1);
        inside.add(-1);
      });
    }
    t.join();
  };
  EXPECT_TRUE(fails_with(exhaust([&](run& t) { scenario(t, 2); }), FailureKind::invariant));
  EXPECT_EQ(exhaust([&](run& t) { scenario(t, 3); }).verdict, Verdict::verified);
}

TEST(always, it_sees_the_joint_value_of_two_ghosts) {
  const auto scenario = [](run& t) {
    platform::ghost<int> left(0, "left"), right(0, "right");
    t.always("never both", [&] { return left.peek() == 0 || right.peek() == 0; });
    t.go("a", [&left] { left.set(1), left.set(0); });
    t.go("b", [&right] { right.set(1), right.set(0); });
    t.join();
  };
  EXPECT_TRUE(fails_with(exhaust(scenario), FailureKind::invariant));
}

TEST(always, it_ends_with_join) {
  const Result r = exhaust([](run& t) {
    platform::ghost<int> open(0, "open");
    t.always("closed", [&open] { return open.peek() == 0; });
    t.go("a", [] { platform::osyield(); });
    t.join();
    open.set(1);
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
