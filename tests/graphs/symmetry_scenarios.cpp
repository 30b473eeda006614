// dpor with symmetry on scenarios with identical threads: of all graphs, taken up to exchanges, it
// visits each once. The graphs are compared as they are, futexes' queues and ghosts included; but
// what a queue holds is no value.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using checker::EventId;
using checker::Graph;
using checker::kInitial;

using Name = std::array<std::uint64_t, 2>;  // thread + 1 and index; zeros: initial
using Event = std::array<std::uint64_t, 9>;
// By thread its events; by location the writes in their order.
using Form = std::pair<std::vector<std::vector<Event>>, std::vector<std::vector<Name>>>;
using Slots = std::vector<std::uint32_t>;

Name name_of(const Graph& g, EventId id, const Slots& to) {
  if (id == kInitial) return {0, 0};
  return {to[g[id].thread] + 1, g[id].index};
}

Form form_of(const Graph& g, const Slots& to) {
  Form form;
  form.first.resize(to.size());
  for (std::uint32_t t = 0; t < g.threads(); ++t) {
    for (std::uint32_t i = 0; i < g.length(t); ++i) {
      const checker::Event& e = g[g.at(t, i)];
      const bool joins = e.kind == checker::EventKind::join;
      const Name source = joins || e.kind == checker::EventKind::write
                              ? Name{0, 0} : name_of(g, e.source, to);
      form.first[to[t]].push_back({static_cast<std::uint64_t>(e.kind), e.location,
                                   static_cast<std::uint64_t>(e.modify), e.failed, e.spurious,
                                   e.queue ? 0 : e.value, joins ? 0 : e.operand, source[0],
                                   source[1]});
    }
  }
  for (std::uint32_t l = 0; l < g.locations(); ++l) {
    auto& order = form.second.emplace_back();
    for (EventId w = g.oldest(l); w != kInitial; w = g.newer(l, w)) {
      order.push_back(name_of(g, w, to));
    }
  }
  while (!form.second.empty() && form.second.back().empty()) form.second.pop_back();
  return form;
}

// All ways to exchange the threads of that name.
std::vector<Slots> exchanges(const Graph& g, checker::Execution& x, const std::string& twin) {
  Slots twins, identity(g.threads());
  for (std::uint32_t t = 0; t < g.threads(); ++t) {
    identity[t] = t;
    const std::string& name = x.thread(t).name;
    if (name.substr(0, name.find('#')) == twin) twins.push_back(t);
  }
  std::vector<Slots> all;
  Slots order = twins;
  do {
    Slots to = identity;
    for (std::size_t i = 0; i < twins.size(); ++i) to[twins[i]] = order[i];
    all.push_back(to);
  } while (std::next_permutation(order.begin(), order.end()));
  return all;
}

struct Seen {
  Result result;
  std::set<Form> forms;  // up to exchanges
};

Task task_for(const std::string& scenario, const checker::parameters& values,
              const std::string& model) {
  static const checker::catalogue all = properties::catalogue();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checker::program& p) { return p.name == scenario; });
  Task task = task_of(*found, "dpor", model);
  for (const auto& [key, value] : values) task.values[key] = value;
  return task;
}

Seen explored(Task task, const std::string& twin, bool symmetry) {
  Seen seen;
  task.symmetry = symmetry;
  std::vector<Slots> all;
  task.visited = [&](const Graph& g, checker::Execution& x) {
    if (all.empty()) all = exchanges(g, x, twin);
    Form least = form_of(g, all[0]);
    for (const Slots& to : all) least = std::min(least, form_of(g, to));
    seen.forms.insert(least);
  };
  seen.result = explore(task);
  return seen;
}

struct Row {
  std::string scenario;
  checker::parameters values;
  std::string twin;
};

TEST(symmetry_of_scenarios, each_graph_up_to_exchanges_is_visited_once) {
  const std::vector<Row> rows = {
      {"counts/ainc", {{"n", 4}}, "adder"},     {"counts/inc", {{"n", 3}}, "adder"},
      {"counts/readers", {{"n", 5}}, "reader"}, {"counts/mp", {{"n", 3}}, "reader"},
      {"counts/ttas", {{"n", 3}}, "locker"},    {"counts/ticket", {{"n", 3}}, "locker"},
      {"counts/cl", {{"n", 2}}, "thief"},       {"counts/runq", {{"n", 2}}, "thief"},
      {"lock/mutex", {}, "locker"},             {"parfor/once", {{"n", 1}}, "worker"},
  };
  for (const Row& row : rows) {
    for (const std::string model : {"sc", "tso"}) {
      const Task task = task_for(row.scenario, row.values, model);
      const Seen all = explored(task, row.twin, false);
      const Seen few = explored(task, row.twin, true);
      const std::string what = row.scenario + " " + model;
      EXPECT_EQ(few.result.verdict, all.result.verdict) << what << failure_of(few.result);
      EXPECT_EQ(few.result.verdict, Verdict::verified) << what << failure_of(few.result);
      EXPECT_TRUE(few.forms == all.forms) << what << few.forms.size() << " " << all.forms.size();
      EXPECT_EQ(few.result.executions, all.forms.size()) << what;
      EXPECT_LT(few.result.executions, all.result.executions) << what;
    }
  }
}

// Under rc11 the younger twin may read the newer write and count before "first" does, though the
// elder reads what "first" wrote after it counted.
TEST(symmetry_of_scenarios, a_twin_need_not_know_what_its_elder_knows) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    platform::ghost<int> counted(0, "counted");
    t.go("first", [&] {
      counted.add(1);
      x.store(1, relaxed);
    });
    t.go("second", [&] { x.store(2, relaxed); });
    t.go_identical(2, "twin", [&] {
      (void)x.load(relaxed);
      counted.add(1);
    });
    t.join();
  });
  for (const std::string model : {"sc", "tso"}) {
    const Seen all = explored(task_of(p, "dpor", model), "twin", false);
    const Seen few = explored(task_of(p, "dpor", model), "twin", true);
    EXPECT_TRUE(few.forms == all.forms) << model << few.forms.size() << " " << all.forms.size();
    EXPECT_EQ(few.result.executions, all.forms.size()) << model;
  }
  const Seen all = explored(task_of(p, "dpor", "rc11"), "twin", false);
  const Seen same = explored(task_of(p, "dpor", "rc11"), "twin", true);
  EXPECT_EQ(same.result.executions, all.result.executions);  // no reduction there
  EXPECT_TRUE(same.forms == all.forms);
}

// n! orders of increments are one; of 2^n choices of the readers it counts how many see the write.
TEST(symmetry_of_scenarios, factorials_and_powers_become_small) {
  for (const std::string model : {"sc", "tso"}) {
    for (const unsigned jobs : {0U, 2U}) {
      Task adders = task_for("counts/ainc", {{"n", 7}}, model);
      adders.symmetry = true;
      adders.jobs = jobs;
      EXPECT_EQ(explore(adders).executions, 1U) << model << jobs;
      Task readers = task_for("counts/readers", {{"n", 13}}, model);
      readers.symmetry = true;
      readers.jobs = jobs;
      readers.quantum = 2;
      EXPECT_EQ(explore(readers).executions, 14U) << model << jobs;
    }
  }
}

TEST(symmetry_of_scenarios, workers_count_the_same) {
  for (const Row& row : {Row{"counts/ttas", {{"n", 4}}, ""}, Row{"counts/cl", {{"n", 3}}, ""},
                         Row{"lock/mutex", {}, ""}}) {
    Task task = task_for(row.scenario, row.values, "tso");
    task.symmetry = true;
    task.quantum = 7;
    const Result alone = explore(task);
    task.jobs = 2;
    const Result shared = explore(task);
    EXPECT_EQ(shared.executions, alone.executions) << row.scenario;
    EXPECT_EQ(shared.blocked, alone.blocked) << row.scenario;
    EXPECT_EQ(shared.verdict, Verdict::verified) << row.scenario;
    EXPECT_NE(shared.bound.find("identical threads in one order"), std::string::npos);
  }
}

// Not started one right after the other: the first can act before the others are there.
TEST(symmetry_of_scenarios, threads_with_something_in_between_are_not_identical) {
  const checker::program p = program_of([](run&) {
    word x(0, "x");
    const auto body = [](void* cell) { static_cast<word*>(cell)->fetch_add(1, relaxed); };
    const auto first = platform::start_thread("adder", body, &x);
    x.store(7, relaxed);
    const auto second = platform::start_thread("adder", body, &x);
    platform::join_thread(first);
    platform::join_thread(second);
  });
  Task task = task_of(p, "dpor", "sc");
  const Result all = explore(task);
  task.symmetry = true;
  EXPECT_EQ(explore(task).executions, all.executions);
  EXPECT_EQ(all.executions, 3U);  // first, store, second; store and then the two in either order
}

}  // namespace
}  // namespace tenterhook::hooked::tests
