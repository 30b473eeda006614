// quiesce(): main waits until nobody else can go on, then is alone.
#include <gtest/gtest.h>

#include "checker/replay/step_replay.hpp"
#include "checker/report/text.hpp"
#include "platform/plain.hpp"
#include "platform/stack.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using platform::plain;
using platform::quiesce;

const std::vector<std::string> graph_models = {"sc", "tso", "rc11", "power", "arm"};

TEST(quiesce, a_thread_that_parks_for_ever_makes_one_execution) {
  const checker::program p = program_of([](run& t) {
    word w(0, "w");
    t.go("parks", [&w] {
      platform::futex_wait(w, 0, -1);
      platform::check(false, "nobody wakes it");
    });
    platform::check(quiesce(), "it answers");
  });
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(r.executions, 1U) << model;
    EXPECT_EQ(r.blocked, 0U) << model;
  }
  const Result r = explore(task_of(p));
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  EXPECT_EQ(r.executions, 1U);
}

// Two stores to one cell have two orders, and the last one is what main reads.
TEST(quiesce, two_stores_make_two_executions) {
  unsigned seen = 0;  // bit n: the value n
  const checker::program p = program_of([&seen](run& t) {
    word x(0, "x");
    t.go("a", [&x] { x.store(1, relaxed); });
    t.go("b", [&x] { x.store(2, relaxed); });
    quiesce();
    const std::uint32_t value = x.load(relaxed);
    seen |= 1U << value;
    platform::check(value != 0, "what the others did is seen");
  });
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(r.executions, 2U) << model;
    EXPECT_EQ(seen, 6U) << model;
    seen = 0;
  }
  for (const std::string model : {"sc", "tso"}) {
    const Result r = explore(task_of(p, "exhaustive", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(seen, 6U) << model;
  }
}

// Everybody is stuck in a way of his own.
void stuck(run& t) {
  word futex(0, "futex"), spun(0, "spun"), never(0, "never");
  plain<std::uint32_t> data(0, "data");
  auto* box = platform::create<word>(0, "box");
  t.go("parks", [&] {
    data.set(7);
    platform::futex_wait(futex, 0, -1);
    data.set(8);
  });
  t.go("spins", [&] {
    spun.fetch_add(1, release);
    while (never.load(acquire) == 0) platform::osyield();
  });
  t.go("joins", [&] {
    platform::join_thread(platform::start_thread(
        "child", [](void* w) { platform::futex_wait(*static_cast<word*>(w), 0, -1); }, &futex));
  });
  t.go("ends", [box] { box->fetch_add(1, relaxed); });
  platform::check(quiesce(), "it comes to an end");
  platform::check(data.get() == 7 && spun.load(relaxed) == 1, "all that was done is seen");
  data.set(9);
  never.store(1, relaxed);
  platform::check(platform::futex_wake(futex, 9) == 0, "nobody waits any more");
  platform::check(box->load(relaxed) == 1, "and so is what an ended thread did");
  platform::destroy(box);
  t.join();
}

TEST(quiesce, every_way_to_be_stuck_under_every_strategy) {
  const checker::program p = program_of(stuck);
  for (const std::string& strategy : samplers({"bounded"})) {
    for (const std::string model : {"sc", "tso", "rc11"}) {
      if (model == "rc11" && !checker::sampled(strategy)) continue;
      Task task = task_of(p, strategy, model);
      task.runs = 200;
      const Result r = explore(task);
      EXPECT_TRUE(r.failures.empty()) << strategy << ' ' << model << ' ' << failure_of(r);
      EXPECT_GT(r.executions, 0U) << strategy << ' ' << model;
      EXPECT_EQ(r.blocked, 0U) << strategy << ' ' << model;
    }
  }
}

TEST(quiesce, every_way_to_be_stuck_on_graphs) {
  const checker::program p = program_of(stuck);
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(r.executions, 2U) << model;  // the two that park come in either order
  }
}

// What spins on an old value is not stuck.
TEST(quiesce, a_spinning_thread_sees_the_newest_value_first) {
  const checker::program p = program_of([](run& t) {
    word go(0, "go"), done(0, "done");
    t.go("spins", [&] {
      while (go.load(relaxed) == 0) platform::osyield();
      done.store(1, relaxed);
    });
    t.go("sets", [&] { go.store(1, relaxed); });
    quiesce();
    platform::check(done.load(relaxed) == 1, "the loop has ended");
  });
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_GT(r.executions, 0U);
  }
  for (const std::string& strategy : samplers({"exhaustive"})) {
    Task task = task_of(p, strategy);
    task.runs = 300;
    EXPECT_TRUE(explore(task).failures.empty()) << strategy;
  }
}

// Whoever is woken goes on: main is not alone before.
TEST(quiesce, exhaustive_and_dpor_see_the_same_ends) {
  std::uint64_t ends = 0;
  const checker::program p = program_of([&ends](run& t) {
    word w(0, "w"), x(0, "x");
    for (const char* name : {"a", "b"}) {
      t.go(name, [&] {
        if (x.fetch_add(1, relaxed) == 1) {
          w.store(1, relaxed);
          platform::futex_wake(w, 1);
        }
        platform::futex_wait(w, 0, -1);
        x.fetch_add(4, relaxed);
      });
    }
    quiesce();
    const std::uint32_t value = x.load(relaxed);
    platform::check(value < 16, "x is small");
    ends |= std::uint64_t{1} << value;
  });
  const Result all = explore(task_of(p));
  EXPECT_EQ(all.verdict, Verdict::verified) << failure_of(all);
  const std::uint64_t expected = ends;
  ends = 0;
  const Result graphs = explore(task_of(p, "dpor"));
  EXPECT_EQ(graphs.verdict, Verdict::verified) << failure_of(graphs);
  EXPECT_EQ(ends, expected);
  EXPECT_EQ(expected, std::uint64_t{1} << 10);  // both are woken or never sleep
}

TEST(quiesce, a_failure_behind_it_is_repeated_and_traced) {
  const checker::program p = program_of([](run& t) {
    word w(0, "w"), x(0, "x");
    t.go("a", [&] {
      x.store(1, relaxed);
      platform::futex_wait(w, 0, -1);
    });
    t.go("b", [&] {
      x.store(2, relaxed);
      while (w.load(relaxed) == 0) platform::osyield();
    });
    quiesce();
    platform::check(x.load(relaxed) == 2, "b is last");
  });
  for (const std::string& strategy : samplers({"exhaustive", "dpor"})) {
    for (const std::string model : {"sc", "tso", "rc11", "power"}) {
      const bool machine = model == "sc" || model == "tso";
      if (!machine && strategy == "exhaustive") continue;
      if (model == "power" && strategy != "dpor") continue;
      const Task task = task_of(p, strategy, model);
      const Result r = explore(task);
      ASSERT_TRUE(fails_with(r, FailureKind::assertion)) << strategy << model << failure_of(r);
      const std::string trace = trace_text(r.failures[0].trace);
      EXPECT_NE(trace.find("quiesce ends a#1, b#2"), std::string::npos) << trace;
      checker::Schedule schedule;
      for (const auto& entry : r.failures[0].trace) schedule.steps.push_back(step_of(entry));
      checker::StepReplay replay(schedule);
      replay.begin();
      checker::Options options = task.options;
      options.on_graphs = strategy == "dpor";
      Execution fresh(options);
      EXPECT_EQ(fresh.run([&p] { p.body({}); }, replay), Outcome::failed) << trace;
      EXPECT_FALSE(replay.divergence()) << trace;
      EXPECT_EQ(fresh.failure().signature(), failure_of(r));
    }
  }
}

// No timeout is forced; one within its budget may come or not.
TEST(quiesce, timed_waits_stay) {
  unsigned seen = 0;  // bit n: the value n
  const auto program = [&seen](unsigned timeouts) {
    checker::program p = program_of([&seen](run& t) {
      word w(0, "w"), x(0, "x");
      t.go("a", [&] {
        platform::futex_wait(w, 0, 1000);
        x.store(1, relaxed);
      });
      quiesce();
      const std::uint32_t value = x.load(relaxed);
      seen |= 1U << value;
    });
    p.budget.timeouts = timeouts;
    return p;
  };
  for (const std::string strategy : {"exhaustive", "dpor"}) {
    for (const unsigned timeouts : {0U, 1U}) {
      seen = 0;
      const checker::program p = program(timeouts);
      const Result r = explore(task_of(p, strategy));
      EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
      EXPECT_EQ(r.executions, 1U + timeouts) << strategy;
      EXPECT_EQ(seen, timeouts == 0 ? 1U : 3U) << strategy;
    }
  }
}

// Step by step a thread is known to be stuck later than on the graph: the replay waits for that,
// and lets no timeout come in between.
TEST(quiesce, a_replay_waits_until_all_are_known_to_be_stuck) {
  checker::program p = program_of([](run& t) {
    word w(0, "w"), x(0, "x"), y(0, "y");
    std::uint32_t seen[2] = {2, 2};
    t.go("waits", [&] {
      platform::futex_wait(w, 0, 1000);
      x.store(1, relaxed);
    });
    t.go("spins", [&] {
      for (unsigned i = 0;; ++i) {
        const std::uint32_t now = y.load(relaxed);
        if (i < 2) seen[i] = now;
        if (w.load(relaxed) != 0) break;
        platform::osyield();
      }
    });
    t.go("changes", [&] { y.store(1, relaxed); });
    quiesce();
    const bool changed = seen[0] == 0 && seen[1] == 1;
    platform::check(!changed || x.load(relaxed) == 1, "the one that waits has timed out");
  });
  p.budget.timeouts = 1;
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_TRUE(fails_with(r, FailureKind::assertion)) << model << ' ' << failure_of(r);
  }
}

// Even one that an ended thread was running on.
TEST(quiesce, stacks_of_ended_threads_may_be_released) {
  const checker::program p = program_of([](run& t) {
    platform::stack_pool pool;
    const platform::stack s = pool.allocate();
    platform::context g("g"), here("g0");
    word w(0, "w");
    g.make(s, [](void* word_) { platform::futex_wait(*static_cast<word*>(word_), 0, -1); });
    t.go("parks", [&] { platform::switch_to(here, g, &w); });
    quiesce();
    pool.release(s);
  });
  for (const std::string strategy : {"exhaustive", "dpor"}) {
    const Result r = explore(task_of(p, strategy));
    EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  }
}

TEST(quiesce, threads_may_be_started_after_it) {
  const checker::program p = program_of([](run& t) {
    word w(0, "w"), x(0, "x");
    t.go("early", [&] { platform::futex_wait(w, 0, -1); });
    quiesce();
    t.go("late", [&] {
      platform::futex_wait(w, 0, -1);
      x.store(1, relaxed);
    });
    t.go("waker", [&] {
      w.store(1, relaxed);
      platform::futex_wake(w, 1);
    });
    quiesce();
    platform::check(x.load(relaxed) == 1, "the wake is not spent on who was ended");
    platform::check(platform::futex_wake(w, 9) == 0, "nor is anybody left to be woken");
  });
  for (const std::string& model : graph_models) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
  }
  const Result r = explore(task_of(p));
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

// A choice and a read behind it: four executions, each of which comes to the quiet again.
TEST(quiesce, what_comes_behind_it_is_explored) {
  const checker::program p = program_of([](run& t) {
    word w(0, "w"), x(0, "x"), y(0, "y");
    t.go("parks", [&] {
      platform::futex_wait(w, 0, -1);
    });
    t.go("spins", [&] {
      while (w.load(acquire) == 0) platform::osyield();
    });
    t.go("ends", [&] { y.store(1, relaxed); });
    quiesce();
    platform::check(y.load(relaxed) == 1, "it has ended");
    platform::fastrandn(2);
    t.go("reader", [&] { (void)x.load(relaxed); });
    t.go("writer", [&] { x.store(1, relaxed); });
    t.join();
  });
  for (const std::string& model : graph_models) {
    for (const bool backwards : {false, true}) {
      Task task = task_of(p, "dpor", model);
      task.backwards = backwards;
      const Result r = explore(task);
      EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
      EXPECT_EQ(r.executions, 4U) << model;
    }
  }
}

TEST(quiesce, it_needs_nobody) {
  const Result r = exhaust([](run&) { platform::check(quiesce(), "alone already"); });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

TEST(quiesce, it_is_for_main_only) {
  const Result r = exhaust([](run& t) {
    t.go("a", [] { quiesce(); });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::misuse)) << failure_of(r);
}

// A cell that an ended thread waits on may end, and what that thread owned is no leak.
TEST(quiesce, what_ended_threads_hold_is_forgotten) {
  const auto program = [](bool of_main) {
    return program_of([of_main](run& t) {
      auto* w = platform::create<word>(0, "w");
      t.go("a", [w] {
        platform::create<word>(0, "its own");
        platform::futex_wait(*w, 0, -1);
      });
      quiesce();
      if (!of_main) platform::destroy(w);
    });
  };
  for (const std::string strategy : {"exhaustive", "dpor"}) {
    const Result r = explore(task_of(program(false), strategy));
    EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
    EXPECT_TRUE(fails_with(explore(task_of(program(true), strategy)), FailureKind::leak));
  }
}

TEST(quiesce, workers_see_what_one_process_sees) {
  const checker::program p = program_of(stuck);
  for (const std::string model : {"sc", "rc11"}) {
    Task task = task_of(p, "dpor", model);
    task.jobs = 2;
    task.quantum = 1;
    task.identity = "quiesce " + model;
    const Result r = explore(task);
    EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
    EXPECT_EQ(r.executions, 2U);
  }
}

}  // namespace
}  // namespace tenterhook::hooked::tests
