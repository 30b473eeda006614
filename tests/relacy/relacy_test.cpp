// The relacy platform and its explorer on programs whose verdicts are known.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "checker/relacy/explore.hpp"
#include "platform/check.hpp"
#include "tests/relacy/programs.hpp"

namespace tenterhook::relacy::tests {

namespace {

const checker::program& program(const std::string& name) {
  static const checker::catalogue all = programs();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checker::program& p) { return p.name == name; });
  if (found == all.end()) throw std::out_of_range(name);
  return *found;
}

Result run(const std::string& name, const Settings& settings) {
  return explore(program(name), {}, settings);
}

Settings settings_of(Search search) {
  Settings s;
  s.search = search;
  s.runs = 20'000;
  return s;
}

constexpr Search searches[] = {Search::random, Search::full, Search::bound};

void passes(const std::string& name) {
  for (const Search search : searches) {
    const Result r = run(name, settings_of(search));
    EXPECT_EQ(r.verdict, Verdict::no_bug_found) << name << " " << text(search) << " " << r.message;
    EXPECT_GT(r.executions, 0U) << name;
    EXPECT_EQ(r.finished, search != Search::random) << name << " " << text(search);
  }
}

// Every search finds the bug, names it so, and repeats it from its state with the same trace.
void fails(const std::string& name, const std::string& kind) {
  for (const Search search : searches) {
    Settings s = settings_of(search);
    const Result r = run(name, s);
    EXPECT_EQ(r.verdict, Verdict::bug) << name << " " << text(search);
    EXPECT_EQ(r.kind, kind) << name << " " << text(search);
    EXPECT_TRUE(is_state(r.state, search)) << r.state;
    s.from = r.state;
    const Result again = run(name, s);
    EXPECT_EQ(again.kind, kind) << name << " " << text(search);
    EXPECT_EQ(again.message, r.message);
    EXPECT_EQ(again.location, r.location);
    EXPECT_EQ(again.trace, r.trace);
    EXPECT_EQ(again.executions, 1U);
  }
}

TEST(relacy, message_passing_needs_release_and_acquire) {
  fails("mp/relaxed", "data race");
  fails("mp/unobserved", "data race");
  passes("mp/ordered");
}

TEST(relacy, store_buffering_needs_seq_cst_or_a_fence) {
  fails("sb/relaxed", "assertion");
  passes("sb/seq_cst");
  passes("sb/fenced");
}

TEST(relacy, a_futex_sleeper_needs_its_wake_or_a_timeout) {
  passes("futex/woken");
  passes("futex/timed");
  fails("futex/forgotten", "deadlock");
}

TEST(relacy, a_timed_wait_past_its_budget_ends_when_nothing_else_runs) {
  passes("futex/naps");
  EXPECT_EQ(run("futex/naps", settings_of(Search::full)).marks, std::vector<std::string>{"rested"});
}

TEST(relacy, a_deadlock_tells_who_waits_where) {
  const Result r = run("futex/forgotten", settings_of(Search::full));
  EXPECT_NE(r.message.find("main in join at "), std::string::npos) << r.message;
  EXPECT_NE(r.message.find("sleeper in futex-wait at "), std::string::npos) << r.message;
}

TEST(relacy, two_locks_in_two_orders_deadlock) {
  passes("locks/ordered");
  fails("locks/abba", "deadlock");
}

TEST(relacy, increments_are_lost_without_a_read_modify_write) {
  passes("counter/add");
  passes("counter/cas");
  fails("counter/lost", "assertion");
}

TEST(relacy, each_kind_of_failure_is_named) {
  fails("kind/uninitialised", "uninitialised read");
  fails("kind/use-after-free", "use after free");
  fails("kind/double-free", "double free");
  fails("kind/leak", "leak");
  fails("kind/crash", "crash");
  fails("kind/livelock", "livelock");
  fails("kind/throw", "throw");
  fails("kind/exception", "uncaught exception");
}

TEST(relacy, threads_start_threads_up_to_the_pool) {
  passes("threads/nested");
  EXPECT_EQ(run("threads/nested", settings_of(Search::full)).threads, 7U);
  EXPECT_EQ(run("threads/many", {}).verdict, Verdict::unsupported);
}

TEST(relacy, a_false_assumption_ends_the_execution_only) {
  passes("assume/some");
  const Result some = run("assume/some", settings_of(Search::full));
  EXPECT_EQ(some.executions, 3U);
  EXPECT_EQ(some.blocked, 6U);
  const Result none = run("assume/none", settings_of(Search::full));
  EXPECT_EQ(none.verdict, Verdict::inconclusive);
  EXPECT_EQ(none.executions, 0U);
}

TEST(relacy, goroutines_move_between_threads) {
  passes("goroutine/moves");
  EXPECT_EQ(run("goroutine/moves", settings_of(Search::full)).marks,
            std::vector<std::string>{"moved"});
  fails("goroutine/unpublished", "data race");
  fails("goroutine/twice", "stack entered twice");
  fails("goroutine/released", "use after free");
}

TEST(relacy, quiesce_leaves_main_alone) {
  passes("quiesce/stuck");
  fails("quiesce/leak", "leak");
  fails("quiesce/deadlock", "deadlock");
}

TEST(relacy, promises_hold_at_every_step) {
  passes("always/holds");
  fails("always/broken", "invariant");
}

TEST(relacy, a_weak_compare_exchange_fails_within_its_budget) {
  fails("weak", "assertion");
  passes("weak/budget-0");
}

TEST(relacy, a_defect_is_on_only_when_it_is_named) {
  passes("defect");
  Settings s;
  s.runs = 1;
  s.defect = platform::defect_id("planted");
  EXPECT_EQ(run("defect", s).verdict, Verdict::bug);
}

TEST(relacy, marks_are_those_that_were_met) {
  EXPECT_EQ(run("mp/ordered", settings_of(Search::full)).marks, std::vector<std::string>{"ready"});
}

TEST(relacy, x86_orders_mend_message_passing_but_not_store_buffering) {
  Settings s = settings_of(Search::full);
  s.raise = arch::memory_model::tso;
  EXPECT_EQ(run("mp/relaxed", s).verdict, Verdict::no_bug_found);
  EXPECT_EQ(run("sb/relaxed", s).verdict, Verdict::bug);
  for (const auto model : {arch::memory_model::arm, arch::memory_model::power}) {
    s.raise = model;
    EXPECT_EQ(run("mp/relaxed", s).verdict, Verdict::bug);
    EXPECT_EQ(run("sb/seq_cst", s).verdict, Verdict::no_bug_found);
  }
}

// `line` is read after the program has run once and set it.
Result mutate(const std::string& name, const unsigned& line, Mutate kind) {
  Settings s = settings_of(Search::full);
  run(name, s);
  s.mutant = {kind, "programs.cpp", line, 0};
  return run(name, s);
}

TEST(relacy, mutants_change_the_operations_of_their_line) {
  EXPECT_EQ(mutate("mp/ordered", lines::publish, Mutate::weaken).kind, "data race");
  EXPECT_EQ(mutate("sb/fenced", lines::fence, Mutate::drop).kind, "assertion");
  EXPECT_EQ(mutate("sb/fenced", lines::fence, Mutate::weaken).kind, "assertion");
  EXPECT_EQ(mutate("counter/cas", lines::compare, Mutate::split).kind, "assertion");
  EXPECT_EQ(mutate("counter/add", lines::add, Mutate::split).kind, "assertion");
  const Result survivor = mutate("counter/cas", lines::compare, Mutate::fail_once);
  EXPECT_EQ(survivor.verdict, Verdict::no_bug_found);
  EXPECT_GE(survivor.mutated, survivor.executions);
  const Result dropped = mutate("mp/ordered", lines::publish, Mutate::drop);
  EXPECT_EQ(dropped.mutated, dropped.executions);
  EXPECT_TRUE(dropped.marks.empty());  // nobody ever sees the flag
  EXPECT_EQ(mutate("mp/ordered", 1, Mutate::weaken).mutated, 0U);
}

TEST(relacy, a_seed_decides_the_run) {
  Settings s = settings_of(Search::random);
  s.seed = 7;
  const Result first = run("locks/abba", s);
  const Result second = run("locks/abba", s);
  EXPECT_EQ(first.state, second.state);
  EXPECT_EQ(first.trace, second.trace);
  s.seed = 8;
  EXPECT_NE(run("locks/abba", s).state, first.state);
}

TEST(relacy, bounds_end_a_search) {
  Settings s;
  s.runs = 100;
  EXPECT_EQ(run("mp/ordered", s).executions, 100U);
  s.runs = 0;
  s.time_budget = 0.05;
  const Result timed = run("mp/ordered", s);
  EXPECT_EQ(timed.verdict, Verdict::no_bug_found);
  EXPECT_LT(timed.seconds, 5);
  s = settings_of(Search::full);
  s.runs = 10;
  const Result cut = run("locks/ordered", s);
  EXPECT_FALSE(cut.finished);
  EXPECT_NE(cut.bound.find("unfinished"), std::string::npos) << cut.bound;
}

TEST(relacy, only_what_it_printed_is_a_state) {
  EXPECT_TRUE(is_state("3 17", Search::random));
  EXPECT_TRUE(is_state("3 17 1 2 1 0", Search::full));
  EXPECT_FALSE(is_state("", Search::random));
  EXPECT_FALSE(is_state("3 x", Search::random));
  EXPECT_FALSE(is_state("9 17", Search::random));
  EXPECT_FALSE(is_state("3 17 2 2 1 0", Search::full));
  EXPECT_FALSE(is_state("3 17 1 2 2 0", Search::full));
  EXPECT_FALSE(is_state("3 17 99999999 2 1 0", Search::bound));
}

}  // namespace

}  // namespace tenterhook::relacy::tests
