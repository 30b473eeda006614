// Stacks of the program: a goroutine that moves between virtual threads, and what is wrong with one
// that is entered too early, twice or too late.
#include "platform/stack.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <stdexcept>

#include "checker/execution/crash.hpp"
#include "platform/plain.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using platform::context;
using platform::leave;
using platform::plain;
using platform::stack;
using platform::stack_pool;
using platform::switch_to;

// Of the thread that runs now: where its own stack goes on.
context& own() { return *static_cast<context*>(platform::get_slot()); }

// On a thread's own stack: enters `to`, and comes back when somebody enters own().
void* enter(context& to, void* message = nullptr) {
  context here("g0");
  platform::set_slot(&here);
  void* answer = switch_to(here, to, message);
  platform::set_slot(nullptr);
  return answer;
}

struct world {
  explicit world(context::entry run) { g.make(pool.allocate(), run); }
  stack_pool pool;
  context g{"g", 1};
  word published{0, "published"};
  plain<std::uint32_t> data{0, "data"};
};

// The first half runs on one thread, the second on another.
void two_halves(void* message) {
  auto& w = *static_cast<world*>(message);
  word counter(40, "counter");  // a cell on this stack
  std::uint32_t plainly = 7;
  void* const first = platform::get_slot();
  counter.fetch_add(1, relaxed);
  w.data.set(1);
  switch_to(w.g, own(), nullptr);
  const plain<std::uint32_t> fresh(3, "fresh");  // the second thread's from the start
  platform::check(fresh.get() == 3, "it is new");
  counter.fetch_add(1, relaxed);
  platform::check(counter.load(relaxed) == 42, "what is on the stack moves with it");
  platform::check(plainly == 7, "and so do locals");
  platform::check(platform::get_slot() != first, "it is another thread's slot");
  platform::check(w.data.get() == 1, "the halves are ordered");
  leave(w.g, own(), &w);
}

void moves(run& t, std::memory_order store, std::memory_order load) {
  world w(two_halves);
  t.go("a", [&w, store] {
    enter(w.g, &w);
    w.published.store(1, store);
  });
  t.go("b", [&w, load] {
    platform::assume(w.published.load(load) == 1);
    platform::check(enter(w.g) == &w, "the message of who left arrives");
  });
  t.join();
}

checker::program mover(std::memory_order store, std::memory_order load) {
  return program_of([store, load](run& t) { moves(t, store, load); });
}

TEST(stacks, a_goroutine_moves_between_threads_under_every_strategy) {
  const checker::program p = mover(release, acquire);
  for (const std::string& strategy : samplers({"exhaustive", "bounded"})) {
    for (const std::string model : {"sc", "tso", "rc11"}) {
      if (model == "rc11" && !checker::sampled(strategy)) continue;
      Task task = task_of(p, strategy, model);
      task.runs = 100;
      const Result r = explore(task);
      EXPECT_TRUE(r.failures.empty()) << strategy << ' ' << model << ' ' << failure_of(r);
      EXPECT_GT(r.executions, 0U) << strategy << ' ' << model;
    }
  }
}

// b reads 0, and its assumption is false, or it reads 1: one execution.
TEST(stacks, a_goroutine_moves_between_threads_on_graphs) {
  const checker::program p = mover(release, acquire);
  for (const std::string model : {"sc", "tso", "rc11", "power", "arm"}) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(r.executions, 1U) << model;
    EXPECT_EQ(r.blocked, 1U) << model;
  }
}

TEST(stacks, entering_without_a_publication_is_a_race) {
  const checker::program p = mover(relaxed, relaxed);
  for (const std::string model : {"rc11", "power"}) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_TRUE(fails_with(r, FailureKind::race)) << model << ' ' << failure_of(r);
    EXPECT_NE(failure_of(r).find("entering of g[1] with the leaving by a#1"), std::string::npos)
        << failure_of(r);
  }
}

// Both threads enter it, and nothing keeps them apart.
TEST(stacks, a_stack_is_not_run_twice) {
  const checker::program p = program_of([](run& t) {
    world w(two_halves);
    for (const char* name : {"a", "b"}) t.go(name, [&w] { enter(w.g, &w); });
    t.join();
  });
  for (const std::string strategy : {"dpor", "exhaustive"}) {
    const Result r = explore(task_of(p, strategy));
    ASSERT_EQ(r.verdict, Verdict::bug) << strategy;
    const FailureKind kind = r.failures.front().failure.kind;
    EXPECT_TRUE(kind == FailureKind::double_run || kind == FailureKind::race) << failure_of(r);
    EXPECT_TRUE(r.failures.front().confirmed);
  }
}

FailureKind kind_of(std::function<void(run&)> scenario) {
  const checker::program p = program_of(std::move(scenario));
  const Result r = explore(task_of(p));
  EXPECT_EQ(r.verdict, Verdict::bug);
  const Result graphs = explore(task_of(p, "dpor"));
  EXPECT_EQ(failure_of(graphs), failure_of(r));
  return r.failures.empty() ? FailureKind::leak : r.failures.front().failure.kind;
}

void come_back(void* message) {
  auto& w = *static_cast<world*>(message);
  for (;;) switch_to(w.g, own(), nullptr);
}

TEST(stacks, misuse_is_reported) {
  EXPECT_EQ(kind_of([](run&) {
              world w([](void* m) {
                auto& self = static_cast<world*>(m)->g;
                context other;
                switch_to(other, self, m);
              });
              enter(w.g, &w);
            }),
            FailureKind::double_run);
  EXPECT_EQ(kind_of([](run&) {
              context never;
              enter(never);
            }),
            FailureKind::double_run);
  EXPECT_EQ(kind_of([](run&) {
              world w([](void* m) { leave(static_cast<world*>(m)->g, own(), nullptr); });
              enter(w.g, &w);
              enter(w.g, &w);
            }),
            FailureKind::double_run);
  EXPECT_EQ(kind_of([](run&) {
              stack_pool pool;
              world w(come_back);
              const stack other = w.pool.allocate();
              w.g.make(other, come_back);
              enter(w.g, &w);
              w.pool.release(other);
              enter(w.g, &w);
            }),
            FailureKind::use_after_free);
  EXPECT_EQ(kind_of([](run&) {
              stack_pool pool;
              const stack s = pool.allocate();
              pool.release(s);
              pool.release(s);
            }),
            FailureKind::double_free);
  EXPECT_EQ(kind_of([](run&) {
              world w([](void*) {});
              enter(w.g, &w);
            }),
            FailureKind::misuse);
  EXPECT_EQ(kind_of([](run&) {
              world w([](void*) { throw std::runtime_error("nobody catches it"); });
              enter(w.g, &w);
            }),
            FailureKind::exception);
  EXPECT_EQ(kind_of([](run&) { stack_pool({.bytes = std::size_t{1} << 40}).allocate(); }),
            FailureKind::misuse);
}

// A thread's own stack is not another's to go on with.
TEST(stacks, the_own_stack_of_a_thread_stays_with_it) {
  EXPECT_EQ(kind_of([](run& t) {
              world w([](void* m) {
                auto& here = *static_cast<world*>(m);
                here.published.store(1, release);
                platform::futex_wait(here.published, 1, -1);
              });
              context* left = nullptr;
              t.go("a", [&] {
                context here("g0");
                left = &here;
                platform::set_slot(&here);
                switch_to(here, w.g, &w);
              });
              while (w.published.load(acquire) == 0) platform::osyield();
              context here("main's");
              switch_to(here, *left, nullptr);
            }),
            FailureKind::misuse);
}

// The stack may be used again by another thread only after it was left for good: what orders the
// two is the program's to say.
TEST(stacks, release_and_use_again_are_ordered_with_the_leaving) {
  const auto program = [](std::memory_order store, bool reuse) {
    return program_of([store, reuse](run& t) {
      stack_pool pool;
      const stack only = pool.allocate();
      context first("first"), second("second");
      word left(0, "left");
      const auto ends = [](void* m) {
        word mine(5, "mine");
        platform::check(mine.load(relaxed) == 5, "no earlier cell is seen there");
        mine.store(6, relaxed);
        leave(*static_cast<context*>(m), own(), nullptr);
      };
      first.make(only, ends);
      t.go("a", [&] {
        enter(first, &first);
        left.store(1, store);
      });
      platform::assume(left.load(acquire) == 1);
      if (reuse) {
        second.make(only, ends);
        enter(second, &second);
      }
      pool.release(only);
      t.join();
    });
  };
  for (const bool reuse : {false, true}) {
    for (const std::string model : {"rc11", "power", "tso", "sc"}) {
      const Result r = explore(task_of(program(release, reuse), "dpor", model));
      EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    }
    const Result r = explore(task_of(program(relaxed, reuse), "dpor", "rc11"));
    EXPECT_TRUE(fails_with(r, FailureKind::race)) << failure_of(r);
    const Result tso = explore(task_of(program(release, reuse), "exhaustive", "tso"));
    EXPECT_EQ(tso.verdict, Verdict::verified) << failure_of(tso);
  }
}

// The frames of the first life end without destructors; a store of theirs may be on its way.
TEST(stacks, cells_of_an_earlier_life_are_forgotten) {
  const checker::program p = program_of([](run&) {
    stack_pool pool;
    const stack only = pool.allocate();
    context g("g");
    for (int life = 0; life < 3; ++life) {
      g.make(only, [](void* m) {
        word mine(5, "mine");
        platform::check(mine.load(relaxed) == 5, "it is as it was made");
        mine.store(6, relaxed);
        platform::check(mine.load(relaxed) == 6, "and then as it was stored");
        leave(*static_cast<context*>(m), own(), nullptr);
      });
      enter(g, &g);
    }
    pool.release(only);
  });
  for (const std::string model : {"sc", "tso", "rc11", "power"}) {
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ' ' << failure_of(r);
    EXPECT_EQ(r.executions, 1U) << model;
  }
  for (const std::string& strategy : samplers({"exhaustive"})) {
    Task task = task_of(p, strategy, "tso");
    task.runs = 100;
    EXPECT_TRUE(explore(task).failures.empty()) << strategy;
  }
}

[[gnu::noinline]] std::uint32_t deep(std::uint32_t n) {
  volatile char frame[512];
  frame[n % 512] = static_cast<char>(n);
  return n == 0 ? 0 : deep(n - 1) + static_cast<std::uint32_t>(frame[n % 512]);
}

TEST(stacks, an_overflow_names_the_stack) {
  static const bool caught = (checker::catch_crashes(), true);
  EXPECT_TRUE(caught);
  const checker::program p = program_of([](run&) {
    world w([](void* m) {
      deep(1'000'000);
      leave(static_cast<world*>(m)->g, own(), nullptr);
    });
    enter(w.g, &w);
  });
  for (const std::string strategy : {"exhaustive", "dpor"}) {
    const Result r = explore(task_of(p, strategy));
    EXPECT_TRUE(fails_with(r, FailureKind::stack_overflow)) << failure_of(r);
    EXPECT_NE(failure_of(r).find("the stack of g[1], of 65536 bytes, is full"), std::string::npos)
        << failure_of(r);
  }
}

// The 60,000 executions park two goroutines each, one of them within a catch.
TEST(stacks, executions_that_are_cut_leave_nothing_behind) {
  const auto parks = [](void* m) {
    auto& w = *static_cast<world*>(m);
    try {
      throw std::runtime_error("parked within its handler");
    } catch (const std::runtime_error&) {
      switch_to(w.g, own(), nullptr);
    }
    leave(w.g, own(), nullptr);
  };
  const void* low = nullptr;
  bool moved = false;
  const checker::program p = program_of([&](run& t) {
    world caught(parks), waits(come_back);
    const stack third = caught.pool.allocate();
    moved = moved || (low != nullptr && low != third.low);
    low = third.low;
    platform::check(std::current_exception() == nullptr, "no exception is left from before");
    enter(caught.g, &caught);
    platform::check(std::current_exception() == nullptr, "it stayed with its stack");
    enter(waits.g, &waits);
    t.go("a", [&] { waits.published.store(1, relaxed); });
    platform::assume(waits.published.load(relaxed) == 2);
  });
  Task task = task_of(p, "random");
  task.runs = TENTERHOOK_SANITIZED ? 2'000 : 60'000;
  const Result r = explore(task);
  EXPECT_TRUE(r.failures.empty()) << failure_of(r);
  EXPECT_EQ(r.blocked, task.runs);
  EXPECT_FALSE(moved);
  EXPECT_EQ(std::current_exception(), nullptr);
}

// Each goroutine finds its own exceptions again, on whichever thread.
TEST(stacks, a_switch_within_a_catch_and_an_unwinding) {
  const Result r = exhaust([](run& t) {
    world w([](void* m) {
      auto& here = *static_cast<world*>(m);
      try {
        throw 7;
      } catch (int) {
        switch_to(here.g, own(), nullptr);
        platform::check(std::current_exception() != nullptr, "it is still being handled");
      }
      platform::check(std::current_exception() == nullptr, "no more");
      leave(here.g, own(), nullptr);
    });
    enter(w.g, &w);
    platform::check(std::current_exception() == nullptr, "it is not this stack's");
    t.go("a", [&w] {
      try {
        throw std::runtime_error("a's");
      } catch (const std::runtime_error& e) {
        enter(w.g);
        platform::check(std::string(e.what()) == "a's", "a has its own");
        throw;
      }
    });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::exception)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("a's"), std::string::npos) << failure_of(r);
}

// A thread may be switched away from at any step that it takes on a goroutine's stack.
TEST(stacks, threads_switch_on_goroutines_stacks) {
  const auto count = [](const std::string& strategy) {
    const checker::program p = program_of([](run& t) {
      word x(0, "x");
      const auto adds = [&x] {
        struct one {
          word& x;
          context g{"g"};
        } mine{x};
        stack_pool pool;
        mine.g.make(pool.allocate(), [](void* m) {
          auto& self = *static_cast<one*>(m);
          self.x.fetch_add(1, relaxed);
          self.x.fetch_add(1, relaxed);
          leave(self.g, own(), nullptr);
        });
        enter(mine.g, &mine);
        x.fetch_add(1, relaxed);
      };
      t.go("a", adds);
      t.go("b", adds);
      t.join();
      platform::check(x.load(relaxed) == 6, "no addition is lost");
    });
    const Result r = explore(task_of(p, strategy));
    EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
    return r.executions;
  };
  // the interleavings of three with three
  EXPECT_EQ(count("exhaustive"), 20U);
  EXPECT_EQ(count("dpor"), 20U);
}

TEST(slots, each_thread_has_its_own) {
  const Result r = exhaust([](run& t) {
    word x(0, "x");
    platform::set_slot(&x);
    for (const char* name : {"a", "b"}) {
      t.go(name, [&x] {
        int mine = 0;
        platform::check(platform::get_slot() == nullptr, "it is null at first");
        platform::set_slot(&mine);
        x.fetch_add(1, relaxed);
        platform::check(platform::get_slot() == &mine, "nobody else sets it");
      });
    }
    t.join();
    platform::check(platform::get_slot() == &x, "nor main's");
    platform::check(platform::ncpu() == 3, "of the configuration");
  });
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
