// Replay of a schedule file, step by step, in an execution of its own.
#include <gtest/gtest.h>

#include "checker/replay/step_replay.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using checker::Schedule;
using checker::StepReplay;

// The schedule of the program's first failure.
Schedule schedule_of(const Task& task) {
  const Result r = explore(task);
  Schedule s;
  if (r.failures.empty() || !r.failures[0].confirmed) {
    ADD_FAILURE() << "no failure to repeat";
    return s;
  }
  s.model = task.options.model;
  s.failure = failure_of(r);
  for (const auto& entry : r.failures[0].trace) s.steps.push_back(step_of(entry));
  return s;
}

Outcome follow(const Task& task, StepReplay& replay, std::string* failure = nullptr) {
  Execution execution(task.options);
  replay.begin();
  const Outcome outcome = execution.run([&] { task.what->body(task.values); }, replay);
  if (failure != nullptr) *failure = execution.failure().signature();
  return outcome;
}

void comes_back(const Task& task) {
  const Schedule s = schedule_of(task);
  StepReplay replay(s);
  for (int i = 0; i < 100; ++i) {
    std::string failure;
    ASSERT_EQ(follow(task, replay, &failure), Outcome::failed)
        << (replay.divergence() ? replay.divergence()->found : "it did not fail");
    ASSERT_FALSE(replay.divergence());
    ASSERT_EQ(failure, s.failure);
    ASSERT_EQ(replay.moved(), 0U);
  }
}

void lost_update(run& t) {
  word x(0, "x");
  for (const char* name : {"a", "b"}) {
    t.go(name, [&x] { x.store(x.load(relaxed) + 1, relaxed); });
  }
  t.join();
  platform::check(x.load(relaxed) == 2, "no increment is lost");
}

TEST(replay, a_failure_comes_back_a_hundred_times_out_of_a_hundred) {
  const checker::program p = program_of(lost_update);
  for (const std::string& strategy : samplers({"exhaustive", "bounded"})) {
    for (const std::string model : {"sc", "tso"}) comes_back(task_of(p, strategy, model));
  }
}

TEST(replay, so_does_one_that_depends_on_values_chosen) {
  checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] {
      std::uint32_t zero = 0;
      const bool failed = !x.compare_exchange_weak(zero, 1, relaxed, relaxed);
      const std::uint32_t die = platform::fastrandn(6);
      platform::check(!failed || die != 4 || platform::fastrandn(6) != 2, "never 4 and 2");
    });
    t.join();
  });
  p.budget.weak_cas = 1;
  for (const std::string& strategy : samplers({"exhaustive"})) comes_back(task_of(p, strategy));
}

TEST(replay, so_does_one_whose_first_act_is_a_choice) {
  const checker::program p = program_of([](run& t) {
    const std::uint32_t die = platform::fastrandn(6);
    word x(0, "x");
    t.go("a", [&x] { x.store(1, relaxed); });
    t.join();
    platform::check(die != 4, "never 4");
  });
  comes_back(task_of(p));
}

TEST(replay, so_does_a_livelock_with_choices) {
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
  task.options.max_steps = 50;
  comes_back(task);
}

TEST(replay, so_does_one_of_signals_timeouts_and_spurious_wakes) {
  checker::program p = program_of([](run& t) {
    word w(0, "w"), handled(0, "handled");
    t.go("a", [&] {
      platform::on_signal([](void* h) { static_cast<word*>(h)->store(1, relaxed); }, &handled);
      const auto first = platform::futex_wait(w, 0, 1'000);
      const auto second = platform::futex_wait(w, 0, -1);
      platform::check(first != platform::futex_result::timed_out ||
                          second != platform::futex_result::woken ||
                          w.load(relaxed) != 0 || handled.load(relaxed) == 0,
                      "not all of it at once");
    });
    t.go("b", [&] {
      w.store(1, seq_cst);
      platform::futex_wake(w, 1);
    });
    t.join();
  });
  p.budget = {1, 1, 0, 1};
  for (const std::string model : {"sc", "tso"}) comes_back(task_of(p, "exhaustive", model));
}

TEST(replay, a_step_that_does_not_fit_is_named) {
  const checker::program p = program_of(lost_update);
  const Task task = task_of(p);
  const Schedule s = schedule_of(task);
  for (std::size_t i = 0; i < s.steps.size(); ++i) {
    for (std::string checker::ScheduleStep::* field :
         {&checker::ScheduleStep::thread, &checker::ScheduleStep::op,
          &checker::ScheduleStep::object, &checker::ScheduleStep::actor}) {
      Schedule edited = s;
      edited.steps[i].*field = "nothing-like-it";
      StepReplay replay(edited);
      follow(task, replay);
      ASSERT_TRUE(replay.divergence()) << i;
      EXPECT_EQ(replay.divergence()->step, i + 1);
      EXPECT_NE(replay.divergence()->expected.find("nothing-like-it"), std::string::npos);
      EXPECT_NE(replay.divergence()->found.find(".cpp:"), std::string::npos)
          << replay.divergence()->found;
    }
  }
}

TEST(replay, a_step_at_another_line_is_the_same_step) {
  const checker::program p = program_of(lost_update);
  const Task task = task_of(p);
  Schedule s = schedule_of(task);
  for (auto& step : s.steps) step.site = "elsewhere.cpp:1";
  StepReplay replay(s);
  EXPECT_EQ(follow(task, replay), Outcome::failed);
  EXPECT_FALSE(replay.divergence());
  EXPECT_EQ(replay.moved(), s.steps.size());
}

TEST(replay, a_schedule_that_ends_too_early_is_told) {
  const checker::program p = program_of(lost_update);
  const Task task = task_of(p);
  Schedule s = schedule_of(task);
  s.steps.pop_back();
  StepReplay replay(s);
  follow(task, replay);
  ASSERT_TRUE(replay.divergence());
  EXPECT_EQ(replay.divergence()->step, s.steps.size() + 1);
}

TEST(replay, a_choice_that_the_program_does_not_offer_is_told) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] {
      x.store(1, relaxed);
      platform::check(platform::fastrandn(3) != 2, "never 2");
    });
    t.join();
  });
  const Task task = task_of(p);
  const Schedule s = schedule_of(task);
  for (const std::uint32_t wrong : {3U, 4'000'000'000U}) {
    Schedule edited = s;
    for (auto& step : edited.steps) {
      for (std::uint32_t& choice : step.choices) choice = wrong;
    }
    StepReplay replay(edited);
    follow(task, replay);
    EXPECT_TRUE(replay.divergence());
  }
}

TEST(replay, another_program_diverges_where_it_differs) {
  const checker::program p = program_of(lost_update);
  const Schedule s = schedule_of(task_of(p));
  const checker::program repaired = program_of([](run& t) {
    word x(0, "x");
    for (const char* name : {"a", "b"}) t.go(name, [&x] { x.fetch_add(1, relaxed); });
    t.join();
    platform::check(x.load(relaxed) == 2, "no increment is lost");
  });
  StepReplay replay(s);
  EXPECT_NE(follow(task_of(repaired), replay), Outcome::failed);
  ASSERT_TRUE(replay.divergence());
  EXPECT_EQ(replay.divergence()->step, 1U);
  EXPECT_NE(replay.divergence()->found.find("rmw x"), std::string::npos);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
