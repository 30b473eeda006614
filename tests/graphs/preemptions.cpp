// dpor with a bound on preemptions against the brute force: it visits those graphs, each once, of
// which some interleaving has no more preemptions. Interleavings are tried one by one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/checker/explored.hpp"
#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/graphs/hooked_program.hpp"
#include "tests/graphs/translation.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using checker::Result;
using checker::Task;
using checker::Verdict;
using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

// Executes a graph's accesses in every order. Under sc memory is one: a read sees the last write.
// Under other models a read needs its write to be there, no more.
class interleavings {
 public:
  interleavings(const graph& g, bool one_memory) : g_(g), one_memory_(one_memory) {
    at_.assign(g.threads.size(), 0);
    written_.assign(g.coherence.size(), 0);
  }
  int fewest(int most) {
    best_ = most + 1;
    go(g_.threads.size(), 0);
    return best_;
  }

 private:
  bool can_happen(std::size_t t) const {
    const access& a = g_.threads[t][at_[t]];
    const auto l = static_cast<std::size_t>(a.location);
    if (!one_memory_) {
      if (a.what == access_kind::write || a.source == initial) return true;
      const auto& source = g_.threads[static_cast<std::size_t>(a.source.thread)];
      return at_[&source - g_.threads.data()] > static_cast<std::size_t>(a.source.access);
    }
    const auto& order = g_.coherence[l];
    if (a.what == access_kind::write) {
      return order[written_[l]] == write_id{static_cast<int>(t), static_cast<int>(at_[t])};
    }
    return a.source == (written_[l] == 0 ? initial : order[written_[l] - 1]);
  }
  void go(std::size_t running, int preemptions) {
    if (preemptions >= best_) return;
    bool over = true;
    for (std::size_t t = 0; t < g_.threads.size(); ++t) {
      if (at_[t] == g_.threads[t].size()) continue;
      over = false;
      if (!can_happen(t)) continue;
      const access& a = g_.threads[t][at_[t]];
      const bool preempts = running != g_.threads.size() && running != t &&
                            at_[running] < g_.threads[running].size();
      ++at_[t];
      if (a.what == access_kind::write) ++written_[static_cast<std::size_t>(a.location)];
      go(t, preemptions + (preempts ? 1 : 0));
      if (a.what == access_kind::write) --written_[static_cast<std::size_t>(a.location)];
      --at_[t];
    }
    if (over) best_ = preemptions;
  }

  const graph& g_;
  bool one_memory_;
  std::vector<std::size_t> at_;       // by thread: accesses done
  std::vector<std::size_t> written_;  // by location
  int best_ = 0;
};

struct effort {
  int programs = 0;
  std::uint64_t within = 0, all = 0, visited = 0;
};

void meets(const program& p, const std::string& model, int most, bool backwards,
           const std::set<graph>& expected, effort& spent) {
  const checker::program what =
      hooked::tests::program_of([&p](hooked::properties::run& t) { run_hooked(p, t); });
  Task task = hooked::tests::task_of(what, "dpor", model);
  task.options.names = true;  // for translated()
  task.bounded = true;
  task.preemptions = static_cast<unsigned>(most);
  task.backwards = backwards;
  std::set<graph> visited;
  task.visited = [&](const checker::Graph& g, checker::Execution& x) {
    visited.insert(translated(g, x, p.threads.size(), p.variables));
  };
  const Result result = explore(task);
  RC_ASSERT(hooked::tests::failure_of(result) == "");
  RC_ASSERT(result.verdict == Verdict::no_bug);
  RC_ASSERT(result.bound == fmt::format("preemptions <= {}", most));
  for (const graph& g : visited) {
    if (!expected.contains(g)) RC_FAIL("visited, but it needs more:\n" + text(g));
  }
  for (const graph& g : expected) {
    if (!visited.contains(g)) RC_FAIL("within the bound, but not visited:\n" + text(g));
  }
  RC_ASSERT(result.executions == expected.size());  // none twice
  spent.within += expected.size();
  spent.visited += result.executions + result.redundant;
  if (model != "sc" && model != "tso") return;
  task.strategy = "bounded";
  task.visited = nullptr;
  const std::uint64_t once = explore(task).graphs;
  if (model == "sc") RC_ASSERT(once == expected.size());
  task.reduction = false;  // a flush that comes too early is a preemption of tso's
  if (most < 2 && p.threads.size() < 4) RC_ASSERT(explore(task).graphs == once);
}

class preemptions : public testing::TestWithParam<std::string> {};

TEST_P(preemptions, visits_the_graphs_that_some_interleaving_reaches_within_the_bound) {
  const std::string model = GetParam();
  constexpr int kCases = cases_of(400);
  effort spent[3];
  const examined result = holds("dpor with preemptions under " + model, kCases, [&] {
    const program p = *programs();
    const std::set<graph> all = executions(p, model);
    std::set<graph> within[3];
    for (const graph& g : all) {
      const int fewest = interleavings(g, model == "sc").fewest(2);
      for (int most = fewest; most < 3; ++most) within[most].insert(g);
    }
    for (int most = 0; most < 3; ++most) {
      meets(p, model, most, spent[most].programs % 2 == 1, within[most], spent[most]);
      spent[most].programs++;
      spent[most].all += all.size();
    }
  });
  EXPECT_TRUE(result.holds) << result.text;
  for (int most = 0; most < 3; ++most) {
    const effort& e = spent[most];
    fmt::print("<= {}: {} programs, {} of {} graphs, {} visited\n", most, e.programs, e.within,
               e.all, e.visited);
    EXPECT_GE(e.programs, kCases);
    EXPECT_LE(e.within, e.visited);
  }
  EXPECT_LT(spent[0].within, spent[1].within);
  EXPECT_LT(spent[1].within, spent[2].within);
  EXPECT_LT(spent[0].visited, spent[0].all);  // on the way to them not all others
}

INSTANTIATE_TEST_SUITE_P(models, preemptions, testing::Values("sc", "tso", "rc11", "rc11-2017"),
                         [](const auto& of) {
                           return of.param == "rc11-2017" ? std::string("rc11_2017") : of.param;
                         });

}  // namespace
}  // namespace tenterhook::graphs
