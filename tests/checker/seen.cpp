// What an exploration on graphs shows: their text, their drawing, outcomes, robustness.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>
#include <regex>
#include <string>
#include <vector>

#include "checker/graph/robust.hpp"
#include "checker/report/dot.hpp"
#include "checker/report/graph_text.hpp"
#include "checker/report/seen.hpp"
#include "properties/cells.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using checker::Edge;
using checker::Graph;
using checker::Relation;
using checker::Seen;

Task shown(const checker::program& p, const std::string& model) {
  Task task = task_of(p, "dpor", model);
  task.options.names = true;
  return task;
}

Task shape(const std::string& name, const std::string& model, const checker::parameters& values) {
  static const checker::catalogue all = properties::catalogue();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checker::program& p) { return p.name == name; });
  if (found == all.end()) throw std::out_of_range("no scenario " + name);
  Task task = shown(*found, model);
  for (const auto& [key, value] : values) task.values[key] = value;
  return task;
}

struct counted {
  std::uint64_t executions = 0, weak = 0;
};

counted tally(Task task) {
  task.options.names = false;
  counted c;
  task.visited = [&](const Graph& graph, Execution&) {
    c.weak += sequentially_consistent(graph) ? 0 : 1;
  };
  const Result result = explore(task);
  EXPECT_EQ(result.verdict, Verdict::verified) << failure_of(result);
  c.executions = result.executions;
  return c;
}

counted tally(const std::string& name, const std::string& model,
              const checker::parameters& values = {}) {
  return tally(shape(name, model, values));
}

// How many graphs of rc11 sc lacks. They are counted twice: by what sc explores, and one by one.
std::uint64_t weak_under_rc11(const std::function<void(run&)>& scenario) {
  const checker::program p = program_of(scenario);
  const counted sc = tally(shown(p, "sc")), rc11 = tally(shown(p, "rc11"));
  EXPECT_EQ(sc.weak, 0U);
  EXPECT_EQ(rc11.weak, rc11.executions - sc.executions);
  return rc11.weak;
}

std::size_t times(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

// The texts of all executions, one after the other, without places.
std::string texts(Task task) {
  std::string all;
  task.visited = [&](const Graph& graph, Execution& x) {
    std::istringstream lines(graph_text(graph, x));
    for (std::string line; std::getline(lines, line);) {
      const std::size_t place = line.find("  tests/");
      if (place != line.npos) line.resize(place);
      line.resize(line.find_last_not_of(' ') + 1);
      all += line + "\n";
    }
  };
  explore(task);
  return all;
}

TEST(seen, graphs_that_sc_lacks_are_counted) {
  EXPECT_EQ(tally("counts/sb", "tso", {{"n", 2}}).weak, 1U);
  EXPECT_EQ(tally("counts/sb", "tso", {{"n", 2}}).executions, 4U);
  EXPECT_EQ(tally("counts/mp", "rc11", {{"n", 1}}).weak, 1U);
  EXPECT_EQ(tally("counts/mp", "rc11", {{"n", 1}}).executions, 4U);
  EXPECT_EQ(tally("counts/iriw", "rc11").weak, 1U);
  EXPECT_EQ(tally("counts/iriw", "rc11").executions, 16U);
}

// Every graph of sc is one of the weaker models', so those beyond are what they have more.
TEST(seen, weak_graphs_are_what_a_model_has_beyond_sc) {
  struct instance {
    const char* name;
    checker::parameters values;
  };
  const std::vector<instance> instances = {
      {"counts/sb", {{"n", 2}}},      {"counts/sb", {{"n", 3}}},  {"counts/sb", {{"n", 5}}},
      {"counts/sbf", {{"n", 3}}},     {"counts/lb", {{"n", 3}}},  {"counts/mp", {{"n", 1}}},
      {"counts/mp", {{"n", 3}}},      {"counts/mpra", {{"n", 2}}}, {"counts/w22", {{"n", 2}}},
      {"counts/w22", {{"n", 4}}},     {"counts/wrc", {}},         {"counts/iriw", {}},
      {"counts/inc", {{"n", 3}}},     {"counts/ainc", {{"n", 4}}},
      {"lfstack/aba", {}},            {"note/reuse", {}},         {"runq/next", {}},
      {"runq/thieves", {}},           {"lock/spurious", {}},      {"sema/mutex", {}}};
  std::uint64_t weak = 0;
  for (const instance& i : instances) {
    const counted sc = tally(i.name, "sc", i.values);
    EXPECT_EQ(sc.weak, 0U) << i.name;
    EXPECT_GT(sc.executions, 0U) << i.name;
    for (const std::string model : {"tso", "rc11"}) {
      const counted more = tally(i.name, model, i.values);
      EXPECT_EQ(more.weak, more.executions - sc.executions) << i.name << " under " << model;
      weak += more.weak;
    }
  }
  EXPECT_GT(weak, 50U) << "the shapes show something";
}

// Store buffering, where one of the threads is two: the second is started by the first, joins it,
// or sleeps until it is woken.
TEST(seen, cycles_go_through_starts_joins_and_wakes) {
  EXPECT_EQ(weak_under_rc11([](run& t) {
              word x(0, "x"), y(0, "y");
              t.go("other", [&] {
                y.store(1, relaxed);
                (void)x.load(relaxed);
              });
              x.store(1, relaxed);
              t.go("started", [&] { (void)y.load(relaxed); });
              t.join();
            }),
            1U);
  EXPECT_EQ(weak_under_rc11([](run& t) {
              word x(0, "x"), y(0, "y");
              t.go("other", [&] {
                y.store(1, relaxed);
                (void)x.load(relaxed);
              });
              const auto joined = platform::start_thread(
                  "joined", [](void* to) { static_cast<word*>(to)->store(1, relaxed); }, &x);
              platform::join_thread(joined);
              (void)y.load(relaxed);
              t.join();
            }),
            1U);
  EXPECT_GT(weak_under_rc11([](run& t) {
              word x(0, "x"), y(0, "y"), f(0, "f");
              t.go("other", [&] {
                y.store(1, relaxed);
                (void)x.load(relaxed);
              });
              t.go("waker", [&] {
                x.store(1, relaxed);
                f.store(1, relaxed);
                platform::futex_wake(f, 1);
              });
              t.go("sleeper", [&] {
                platform::futex_wait(f, 0, -1);
                (void)y.load(relaxed);
              });
              t.join();
            }),
            0U);
}

// It is repeated step by step, and its drawing is of that.
TEST(seen, a_livelock_that_was_cut_is_drawn) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("busy", [&x] {
      for (;;) x.fetch_add(1, relaxed);
    });
    t.join();
  });
  Task task = shown(p, "sc");
  task.options.max_events = 50;
  task.options.max_steps = 100;
  Seen::Wanted wanted;
  wanted.dot = true;
  Seen seen(wanted, "endless");
  task.visited = [&](const Graph& graph, Execution& x) { seen.visit(graph, x); };
  const Result r = explore(task);
  ASSERT_TRUE(fails_with(r, FailureKind::livelock)) << failure_of(r);
  EXPECT_EQ(seen.graphs(), 1U);
  const std::string& dot = seen.failing_dot();
  EXPECT_NE(dot.find("endless, the failing execution"), std::string::npos) << dot;
  EXPECT_NE(dot.find("busy#1"), std::string::npos) << dot;
  EXPECT_NE(dot.find("R.rlx.rmw x = 99"), std::string::npos) << dot;
}

// Under tso a ghost may be seen before the store in front of it: the graphs differ from sc's by the
// ghost's edges, and the program's own do not.
TEST(seen, ghosts_make_no_graph_weak) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    platform::ghost<int> g(0, "g");
    t.go("writer", [&] {
      x.store(1, relaxed);
      (void)g.get();
    });
    t.go("reader", [&] {
      g.set(1);
      (void)x.load(relaxed);
    });
    t.join();
  });
  const counted sc = tally(shown(p, "sc")), tso = tally(shown(p, "tso"));
  EXPECT_GT(tso.executions, sc.executions);
  EXPECT_EQ(tso.weak, 0U);
}

TEST(seen, the_cycle_is_one_and_the_shortest) {
  struct expected {
    const char *name, *model;
    std::size_t edges;
  };
  // W po R fr W po R fr; W po W rf R po R fr; W rf R po R fr W rf R po R fr
  for (const expected& e : {expected{"counts/sb", "tso", 4}, expected{"counts/mp", "rc11", 4},
                            expected{"counts/iriw", "rc11", 6}}) {
    Task task = shape(e.name, e.model, {});
    std::size_t cycles = 0;
    task.visited = [&](const Graph& graph, Execution&) {
      const std::vector<Edge> cycle = shortest_cycle(graph);
      EXPECT_EQ(cycle.empty(), sequentially_consistent(graph)) << e.name;
      if (cycle.empty()) return;
      ++cycles;
      EXPECT_EQ(cycle.size(), e.edges) << e.name;
      for (std::size_t i = 0; i < cycle.size(); ++i) {
        EXPECT_EQ(cycle[i].to, cycle[(i + 1) % cycle.size()].from) << e.name;
      }
    };
    explore(task);
    EXPECT_EQ(cycles, 1U) << e.name;
  }
}

TEST(seen, a_graph_is_a_block_a_thread_and_a_line_an_event) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("t", [&x] { x.store(7, release); });
    t.join();
    (void)x.load(acquire);
  });
  // the lines of scenario.cpp are its own business
  const std::regex line("scenario.cpp:[0-9]+");
  const std::string text = std::regex_replace(texts(shown(p, "rc11")), line, "scenario.cpp");
  EXPECT_EQ(text,
            "  main\n"
            "     0: start t#1                                     properties/scenario.cpp\n"
            "     1: join t#1                                      properties/scenario.cpp\n"
            "     2: R.acq x = 7  <- t#1:0\n"
            "  t#1, started by main:0\n"
            "     0: W.rel x = 7  (co 1)\n");
}

TEST(seen, every_kind_of_event_has_its_text) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x"), y(3, "y");
    platform::ghost<int> g(5, "g");
    x.fetch_add(2, relaxed);
    std::uint32_t expected = 9;
    x.compare_exchange(expected, 1, acq_rel, acquire);
    platform::fence(seq_cst);
    (void)g.get();
    (void)platform::fastrandn(2);
    (void)t;
  });
  const std::string all = texts(shown(p, "rc11"));
  for (const char* line :
       {"0: R.rlx.rmw x = 0  <- initial", "1: W.rlx.rmw x = 2  (co 1)",
        "2: R.acq.cas x = 2  <- main:1, fails", "3: F.sc", "4: R.ghost g = 5  <- initial",
        "5: choice 0 of 2", "5: choice 1 of 2"}) {
    EXPECT_NE(all.find(line), all.npos) << line << "\n" << all;
  }
}

TEST(seen, names_cost_nothing_that_is_not_asked_for) {
  Task task = shape("counts/sb", "tso", {});
  task.options.names = false;
  task.visited = [&](const Graph& graph, Execution& x) {
    EXPECT_EQ(x.machine().name_of_location(0), "");
    EXPECT_EQ(x.machine().site_of(graph.size() - 1).line(), 0U);
  };
  EXPECT_EQ(explore(task).executions, 4U);
}

TEST(seen, a_drawing_has_the_cycle_in_red_where_there_is_one) {
  Task task = shape("counts/sb", "tso", {});
  std::size_t weak = 0, others = 0;
  task.visited = [&](const Graph& graph, Execution& x) {
    const std::string dot = dot_text(graph, x, "it's \"x\"");
    EXPECT_EQ(times(dot, "subgraph cluster_"), 3U) << dot;
    EXPECT_EQ(times(dot, "it's \\\"x\\\""), 1U) << dot;
    EXPECT_EQ(times(dot, "{"), times(dot, "}"));
    EXPECT_EQ(times(dot, "label=\"rf\""), 2U) << "of the initial write, too\n" << dot;
    if (sequentially_consistent(graph)) {
      ++others;
      EXPECT_EQ(times(dot, "color=red"), 0U) << dot;
      EXPECT_EQ(times(dot, "color=blue"), 2 * times(dot, "initial ->")) << "twice an edge";
    } else {
      ++weak;
      EXPECT_EQ(times(dot, ", color=red, "), 4U) << dot;
    }
  };
  explore(task);
  EXPECT_EQ(weak, 1U);
  EXPECT_EQ(others, 3U);
}

std::string seen_of(Task task, const Seen::Wanted& wanted) {
  Seen seen(wanted, "it");
  task.visited = [&](const Graph& graph, Execution& x) { seen.visit(graph, x); };
  const Result result = explore(task);
  return seen.text(result.verdict == Verdict::verified);
}

TEST(seen, outcomes_are_counted_and_sorted) {
  EXPECT_EQ(seen_of(shape("counts/sb", "sc", {}), {.outcomes = true}),
            "States 3\n"
            "1       :> t0#1: x[1]=0; t1#2: x[0]=1; [x[0]]=1; [x[1]]=1;\n"
            "1       :> t0#1: x[1]=1; t1#2: x[0]=0; [x[0]]=1; [x[1]]=1;\n"
            "1       :> t0#1: x[1]=1; t1#2: x[0]=1; [x[0]]=1; [x[1]]=1;\n"
            "Observation it: 3 states in 3 executions\n");
  // the order of the adders does not show
  EXPECT_NE(seen_of(shape("counts/w22", "sc", {{"n", 2}}), {.outcomes = true}).find("States 3"),
            std::string::npos);
  const std::string same = seen_of(shape("lfstack/aba", "rc11", {}), {.outcomes = true});
  EXPECT_NE(same.find(" states in 95 executions"), same.npos) << same;
}

TEST(seen, outcomes_beyond_a_thousand_are_left_out_and_counted) {
  const checker::program p = program_of([](run& t) {
    word a(0, "a"), b(0, "b"), c(0, "c");
    const auto count = [](word& x) {
      for (std::uint32_t i = 1; i <= 10; ++i) x.store(i, relaxed);
    };
    t.go("writer", [&] {
      count(a);
      count(b);
      count(c);
    });
    t.go("c", [&] { (void)c.load(relaxed); });
    t.go("b", [&] { (void)b.load(relaxed); });
    t.go("a", [&] { (void)a.load(relaxed); });
    t.join();
  });
  const std::string text = seen_of(shown(p, "sc"), {.outcomes = true});
  EXPECT_EQ(text.substr(0, text.find('\n')), "States 1331");
  EXPECT_EQ(times(text, ":> "), 1000U);
  EXPECT_EQ(times(text, "1       :> "), 1000U) << "each came once";
  EXPECT_NE(text.find("(331 more states are left out)\n"), text.npos);
  EXPECT_NE(text.find("1331 states in 1331 executions"), text.npos);
}

TEST(seen, robustness_is_told_with_the_smallest_weak_graph) {
  EXPECT_EQ(seen_of(shape("counts/sb", "sc", {}), {.robust = true}),
            "robust: every graph is one of sc's too\n");
  const std::string weak = seen_of(shape("counts/sb", "tso", {}), {.robust = true});
  EXPECT_EQ(weak.substr(0, weak.find('\n')),
            "NOT robust: 1 of 4 graphs are none of sc's; the smallest has 8 events");
  EXPECT_EQ(times(weak, " = 0  <- initial"), 2U) << weak;
  Task some = shape("counts/sb", "sc", {});
  some.runs = 2;
  EXPECT_NE(seen_of(some, {.robust = true}).find("unknown"), std::string::npos);
}

TEST(seen, the_weak_graph_that_is_told_is_the_smallest) {
  Task task = shape("lfstack/aba", "rc11", {});
  Seen seen({.robust = true}, "it");
  std::set<std::uint32_t> sizes;
  task.visited = [&](const Graph& graph, Execution& x) {
    seen.visit(graph, x);
    if (!sequentially_consistent(graph)) sizes.insert(graph.size());
  };
  explore(task);
  ASSERT_GT(sizes.size(), 1U) << "the scenario has weak graphs of several sizes";
  EXPECT_EQ(seen.weak_events(), *sizes.begin());
  EXPECT_EQ(times(seen.text(true), "properties/") + times(seen.text(true), "runtime/"),
            seen.weak_events()) << "a line an event\n" << seen.text(true);
}

TEST(seen, an_execution_that_fails_is_seen_before_it_is_repeated) {
  Task task = shape("counts/petersonbug", "tso", {});
  std::size_t failed = 0, complete = 0;
  std::string text;
  task.visited = [&](const Graph& graph, Execution& x) {
    complete += x.outcome() == Outcome::complete ? 1 : 0;
    if (x.outcome() != Outcome::failed) return;
    ++failed;
    EXPECT_EQ(&x.machine().graph(), &graph);
    text = graph_text(graph, x);
    EXPECT_FALSE(sequentially_consistent(graph)) << "sc has no such failure";
  };
  const Result result = explore(task);
  EXPECT_EQ(result.verdict, Verdict::bug);
  EXPECT_TRUE(result.failures.front().confirmed);
  EXPECT_EQ(failed, 1U);
  EXPECT_EQ(complete, result.executions);
  EXPECT_NE(text.find("R.acq fl[0] = 0"), text.npos) << text;
}

}  // namespace
}  // namespace tenterhook::hooked::tests
