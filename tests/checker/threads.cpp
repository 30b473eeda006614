// Virtual threads: many, nested, with exceptions; the same trace every time.
#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>
#include <vector>

#include "checker/replay/step_replay.hpp"
#include "checker/report/text.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using platform::join_thread;
using platform::start_thread;
using platform::thread_handle;

void increment(void* x) { static_cast<word*>(x)->fetch_add(1, relaxed); }

TEST(threads, a_hundred_are_started_by_one) {
  const checker::program p = program_of(
      [](run& t) {
        word x(0, "x");
        for (int i = 0; i < 100; ++i) t.go("worker", [&x] { x.fetch_add(1, relaxed); });
        t.join();
        platform::check(x.load(relaxed) == 100, "every thread ran once");
      },
      101);
  for (const std::string& strategy : samplers()) {
    Task task = task_of(p, strategy, "tso");
    task.runs = 20;
    const Result r = explore(task);
    EXPECT_EQ(r.executions, 20U) << failure_of(r);
  }
}

struct node {
  word* x;
  int depth;
};

// A binary tree of threads; each joins its children.
void grow(void* argument) {
  const auto* n = static_cast<node*>(argument);
  n->x->fetch_add(1, relaxed);
  if (n->depth == 0) return;
  node child{n->x, n->depth - 1};
  const thread_handle left = start_thread("left", grow, &child);
  const thread_handle right = start_thread("right", grow, &child);
  join_thread(left);
  join_thread(right);
}

TEST(threads, started_by_started_ones) {
  const checker::program p = program_of(
      [](run&) {
        word x(0, "x");
        node root{&x, 5};
        join_thread(start_thread("root", grow, &root));
        platform::check(x.load(relaxed) == 63, "every thread ran once");
      },
      64);
  Task task = task_of(p, "random");
  task.runs = 50;
  const Result r = explore(task);
  EXPECT_EQ(r.executions, 50U) << failure_of(r);
}

TEST(threads, nested_ones_are_explored_completely) {
  const Result r = exhaust([](run&) {
    word x(0, "x");
    node root{&x, 1};
    const thread_handle first = start_thread("first", grow, &root);
    increment(&x);
    join_thread(first);
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  // main's increment among root's, which is first of its three, and the children's two orders
  EXPECT_EQ(r.graphs, 8U);
  EXPECT_EQ(r.executions, 8U);
}

TEST(threads, more_than_the_program_declares_are_reported) {
  const checker::program p = program_of(
      [](run& t) {
        for (int i = 0; i < 20; ++i) t.go("worker", [] { platform::osyield(); });
        t.join();
      },
      10);
  const Result r = explore(task_of(p));
  EXPECT_TRUE(fails_with(r, FailureKind::misuse)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("starts more threads than the 10 it declares"), std::string::npos);
}

// Each of six may be the one that starts a seventh: twelve places in the tree, seven taken.
void first_starts_one_more(void* argument) {
  auto* winner = static_cast<word*>(argument);
  if (winner->exchange(1, relaxed) == 0) join_thread(start_thread("extra", increment, winner));
}

TEST(threads, are_counted_in_each_execution) {
  const checker::program p = program_of(
      [](run&) {
        word winner(0, "winner");
        std::vector<thread_handle> all;
        for (int i = 0; i < 6; ++i) {
          all.push_back(start_thread("racer", first_starts_one_more, &winner));
        }
        for (const thread_handle t : all) join_thread(t);
        platform::check(winner.load(relaxed) != 0, "somebody won");
      },
      8);
  for (const std::string model : {"sc", "tso", "rc11", "power"}) {
    for (const std::string& strategy : samplers()) {
      Task task = task_of(p, strategy, model);
      task.runs = 300;
      const Result r = explore(task);
      EXPECT_EQ(r.executions, 300U) << strategy << " " << failure_of(r);
    }
  }
}

// Where the last racer is first there are nine, and only there.
void last_starts_two_more(void* argument) {
  auto* winner = static_cast<word*>(argument);
  const bool first = winner->fetch_add(1, relaxed) == 0;
  if (!first) return;
  const thread_handle one = start_thread("one", increment, winner);
  const thread_handle two = start_thread("two", increment, winner);
  join_thread(one);
  join_thread(two);
}

TEST(threads, too_many_in_one_execution_are_not_too_many_in_others) {
  const checker::program p = program_of(
      [](run&) {
        word winner(0, "winner");
        std::vector<thread_handle> all;
        for (int i = 0; i < 6; ++i) {
          const bool last = i == 5;
          all.push_back(start_thread(
              "racer", last ? last_starts_two_more : first_starts_one_more, &winner));
        }
        for (const thread_handle t : all) join_thread(t);
      },
      8);
  for (const std::string& strategy : samplers()) {
    Task task = task_of(p, strategy);
    task.runs = 300;
    task.keep_going = true;
    const Result r = explore(task);
    EXPECT_TRUE(fails_with(r, FailureKind::misuse)) << strategy;
    EXPECT_EQ(r.failures.size(), 1U) << strategy << ": " << failure_of(r);
    EXPECT_GT(r.executions, 150U) << strategy << ": the last one seldom wins";
  }
}

// -- a failing execution, repeated by somebody else --

// a and b each start a child; which child is started first differs from execution to execution.
struct pair {
  word* order;
  std::uint32_t me;
};

void child(void* argument) {
  const auto* p = static_cast<pair*>(argument);
  p->order->store(p->order->load(relaxed) * 10 + p->me, relaxed);
}

void parent(void* argument) {
  const auto* p = static_cast<pair*>(argument);
  (void)p->order->load(relaxed);
  join_thread(start_thread(p->me == 1 ? "ones" : "twos", child, argument));
}

void families(run&) {
  word order(0, "order");
  pair one{&order, 1}, two{&order, 2};
  const thread_handle a = start_thread("a", parent, &one);
  const thread_handle b = start_thread("b", parent, &two);
  join_thread(a);
  join_thread(b);
  platform::check(order.load(relaxed) != 21, "the ones are never last");
}

TEST(threads, a_failure_comes_back_in_a_fresh_execution_by_their_names) {
  const checker::program p = program_of(families);
  for (const std::string& strategy : samplers({"exhaustive"})) {
    for (const bool backwards : {false, true}) {
      Task task = task_of(p, strategy);
      task.backwards = backwards;
      task.seed = backwards ? 3 : 5;
      const Result r = explore(task);
      ASSERT_TRUE(fails_with(r, FailureKind::assertion)) << strategy;
      checker::Schedule schedule;
      for (const auto& entry : r.failures[0].trace) schedule.steps.push_back(step_of(entry));
      checker::StepReplay replay(schedule);
      replay.begin();
      Execution fresh(task.options);
      const Outcome outcome = fresh.run([&p] { p.body({}); }, replay);
      EXPECT_EQ(outcome, Outcome::failed) << strategy << trace_text(r.failures[0].trace);
      EXPECT_FALSE(replay.divergence());
      EXPECT_EQ(fresh.failure().signature(), failure_of(r));
    }
  }
}

// A start may have another name in another execution.
TEST(threads, a_thread_has_the_name_of_its_own_start) {
  const checker::program p = program_of([](run& t) {
    word w(0, "w");
    if (platform::fastrandn(2) == 0) {
      t.go("early", [] { platform::osyield(); });
    } else {
      t.go("late", [&w] { platform::futex_wait(w, 0, -1); });
    }
    t.join();
  });
  const Result r = explore(task_of(p));
  EXPECT_TRUE(fails_with(r, FailureKind::deadlock));
  EXPECT_NE(failure_of(r).find("late#1"), std::string::npos) << failure_of(r);
}

// psc asks what stands at the end of a thread that was joined. Store buffering behind a join.
TEST(threads, accesses_behind_a_join_are_in_the_order_of_all_seq_cst_ones) {
  static unsigned early, late;
  early = late = 0;
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), y(0, "y"), z(0, "z");
    std::uint32_t seen = 2;
    const thread_handle a = start_thread("a", increment, &x);
    t.go("b", [&] {
      z.store(1, seq_cst);
      seen = y.load(seq_cst);
    });
    join_thread(a);
    y.store(1, seq_cst);
    const std::uint32_t mine = z.load(seq_cst);
    ++(mine == 0 ? early : late);
    t.join();
    platform::check(mine != 0 || seen != 0, "one of the two stores is first");
  });
  for (const std::string& strategy : samplers({"dpor"})) {
    Task task = task_of(p, strategy, "rc11");
    task.runs = 1000;
    const Result r = explore(task);
    EXPECT_TRUE(r.failures.empty()) << strategy << " " << failure_of(r);
  }
  EXPECT_GT(early, 100U);
  EXPECT_GT(late, 100U);
}

// -- exceptions --

void throws_and_catches(word& x, const char* mine) {
  try {
    x.fetch_add(1, relaxed);
    throw std::runtime_error(mine);
  } catch (const std::runtime_error& e) {
    x.fetch_add(1, relaxed);  // others may throw and catch meanwhile
    platform::check(std::string(e.what()) == mine, "everybody catches his own exception");
    try {
      throw;
    } catch (const std::exception& again) {
      x.fetch_add(1, relaxed);
      platform::check(std::string(again.what()) == mine, "and throws it again");
    }
  }
  platform::check(std::uncaught_exceptions() == 0, "none is left in flight");
}

struct pauses {
  explicit pauses(word& w) : x(w) {}
  ~pauses() {
    x.fetch_add(1, relaxed);
    platform::check(std::uncaught_exceptions() == 1, "it runs while one is in flight");
  }
  word& x;
};

TEST(exceptions, threads_switch_within_a_catch) {
  const Result r = exhaust([](run& t) {
    word x(0, "x");
    t.go("a", [&x] { throws_and_catches(x, "a"); });
    t.go("b", [&x] { throws_and_catches(x, "b"); });
    t.join();
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  EXPECT_EQ(r.executions, 20U);
}

TEST(exceptions, threads_switch_while_one_unwinds) {
  const Result r = exhaust([](run& t) {
    word x(0, "x");
    for (const char* name : {"a", "b"}) {
      t.go(name, [&x] {
        try {
          const pauses p(x);
          throw 7;
        } catch (int seven) {
          platform::check(seven == 7, "it is caught");
        }
        x.fetch_add(1, relaxed);
        platform::check(std::uncaught_exceptions() == 0, "none is left in flight");
      });
    }
    t.join();
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

TEST(exceptions, an_execution_that_is_cut_within_a_catch_leaves_none_behind) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] {
      try {
        throw 1;
      } catch (int) {
        platform::assume(x.load(relaxed) == 1);
      }
    });
    t.go("b", [&x] {
      platform::check(std::current_exception() == nullptr, "it is not b's");
      x.store(1, relaxed);
      platform::check(std::current_exception() == nullptr, "still not");
    });
    t.join();
  });
  const Result r = explore(task_of(p));
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  EXPECT_GT(r.blocked, 0U);
  EXPECT_EQ(std::current_exception(), nullptr);
}

// -- the trace --

TEST(trace, it_is_the_same_in_two_runs) {
  const checker::program p = program_of([](run& t) {
    auto* x = platform::create<word>(5, "x");
    platform::label(x, sizeof *x, "box", 3);
    t.go("a", [x] { x->store(x->load(acquire) + 1, release); });
    t.go("b", [x] { x->store(x->load(acquire) + 1, release); });
    t.join();
    platform::check(x->load(seq_cst) == 7, "no increment is lost");
    platform::destroy(x);
  });
  for (const std::string model : {"sc", "tso"}) {
    const Task task = task_of(p, "random", model);
    const Result r = explore(task);
    ASSERT_TRUE(fails_with(r, FailureKind::assertion));
    const std::string once = trace_text(r.failures[0].trace);
    EXPECT_EQ(once, trace_text(explore(task).failures.at(0).trace));
    EXPECT_NE(once.find("load box3.x acquire = 5, initial"), std::string::npos) << once;
    EXPECT_NE(once.find("store box3.x release := 6"), std::string::npos) << once;
    EXPECT_NE(once.find("threads.cpp:"), std::string::npos) << once;
    EXPECT_NE(once.find("| a#1"), std::string::npos) << once;
    EXPECT_EQ(once.find("0x"), std::string::npos) << "an address: " << once;
    if (model == "tso") {
      EXPECT_NE(once.find("(flush) box3.x = 6"), std::string::npos) << once;
    }
  }
}

}  // namespace
}  // namespace tenterhook::hooked::tests
