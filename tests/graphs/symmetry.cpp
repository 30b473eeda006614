// dpor with symmetry against the brute force, on random programs with identical threads: of graphs
// that differ by an exchange of them it visits exactly one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
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

using permutation = std::vector<int>;  // by thread: its new number

// Those that exchange neighbours with equal code.
std::vector<permutation> exchanges(const program& p) {
  std::vector<permutation> all;
  permutation next(p.threads.size());
  std::iota(next.begin(), next.end(), 0);
  do {
    bool legal = true;
    for (std::size_t t = 0; t < next.size(); ++t) {
      const auto u = static_cast<std::size_t>(next[t]);
      for (std::size_t v = std::min(t, u); v < std::max(t, u); ++v) {
        legal = legal && p.threads[v] == p.threads[v + 1];
      }
    }
    if (legal) all.push_back(next);
  } while (std::next_permutation(next.begin(), next.end()));
  return all;
}

graph exchanged(const graph& g, const permutation& to) {
  graph result = g;
  const auto rename = [&](write_id& id) {
    if (id != initial) id.thread = to[static_cast<std::size_t>(id.thread)];
  };
  for (std::size_t t = 0; t < g.threads.size(); ++t) {
    auto& accesses = result.threads[static_cast<std::size_t>(to[t])];
    accesses = g.threads[t];
    for (access& a : accesses) rename(a.source);
  }
  for (auto& order : result.coherence) {
    for (write_id& id : order) rename(id);
  }
  return result;
}

// Equal for graphs that differ by an exchange only.
graph representative(const graph& g, const std::vector<permutation>& all) {
  graph least = g;
  for (const permutation& to : all) least = std::min(least, exchanged(g, to));
  return least;
}

std::uint64_t candidates(const program& p) {
  std::uint64_t product = 1;
  for (int v = 0; v < p.variables; ++v) {
    std::uint64_t reads = 0, writes = 0;
    for (const thread& t : p.threads) {
      for (const instruction& i : t) {
        if (!accesses_memory(i.what) || i.variable != v) continue;
        reads += i.what != op::store;
        writes += i.what != op::load;
      }
    }
    for (std::uint64_t r = 0; r < reads; ++r) product *= 1 + writes;
    for (std::uint64_t w = 2; w <= writes; ++w) product *= w;
  }
  return product;
}

// Twins of the first thread of a random program, and of the second, as many as the bits say.
program with_twins(program p, unsigned bits) {
  unsigned twins = 2 + bits % 3, others = bits / 3 % 3;
  const bool behind = bits / 9 % 2 == 1;
  thread a = p.threads[0], b = p.threads[1];
  const auto cut = [](thread& t, std::size_t most) {
    t.resize(std::min(t.size(), most));
    if (t.back().what == op::skip_if) t.back() = load(0);
  };
  cut(a, twins == 2 ? 5 : twins == 3 ? 4 : 3);
  cut(b, 4);
  for (;;) {
    p.threads.assign(twins, a);
    p.threads.insert(behind ? p.threads.end() : p.threads.begin(), others, b);
    if (candidates(p) <= 20'000) return p;
    thread& longer = a.size() >= b.size() || others == 0 ? a : b;
    if (longer.size() > 1) cut(longer, longer.size() - 1);
    else if (others > 0) --others;
    else --twins;
  }
}

void visits_one_of_each(const program& p, const std::string& model, bool backwards,
                        const std::vector<permutation>& all, const std::set<graph>& expected) {
  const checker::program what = hooked::tests::program_of(
      [&p](hooked::properties::run& t) { run_identical(p, t); });
  Task task = hooked::tests::task_of(what, "dpor", model);
  task.options.names = true;  // for translated()
  task.symmetry = true;
  task.backwards = backwards;
  std::set<graph> visited;
  task.visited = [&](const checker::Graph& g, checker::Execution& x) {
    visited.insert(representative(translated(g, x, p.threads.size(), p.variables), all));
  };
  const Result result = explore(task);
  RC_ASSERT(hooked::tests::failure_of(result) == "");
  RC_ASSERT(result.verdict == Verdict::verified);
  for (const graph& g : expected) {
    if (!visited.contains(g)) RC_FAIL("not visited, in no order of the twins:\n" + text(g));
  }
  RC_ASSERT(visited == expected);
  RC_ASSERT(result.executions == expected.size());  // none twice
}

class symmetry : public testing::TestWithParam<std::string> {};

TEST_P(symmetry, visits_one_graph_of_those_that_differ_by_an_exchange_of_twins) {
  const std::string model = GetParam();
  constexpr int kCases = cases_of(500);
  const auto bits = rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 18));
  int programs_seen = 0, modifying = 0;
  std::uint64_t graphs = 0, representatives = 0;
  const examined result = holds("dpor with symmetry under " + model, kCases, [&] {
    const program drawn = *programs();
    const auto how = static_cast<unsigned>(*bits);
    RC_PRE(drawn.threads.size() > 1 && !drawn.threads[0].empty() && !drawn.threads[1].empty());
    const program p = with_twins(drawn, how);
    RC_LOG(text(p));
    const std::vector<permutation> all = exchanges(p);
    std::set<graph> expected;
    const std::set<graph> every = executions(p, model);
    for (const graph& g : every) expected.insert(representative(g, all));
    for (const bool backwards : {false, true}) {
      visits_one_of_each(p, model, backwards, all, expected);
    }
    ++programs_seen;
    modifying += has_rmw(p);
    graphs += every.size();
    representatives += expected.size();
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} programs, {} with a read-modify-write: {} graphs, {} up to exchanges\n",
             programs_seen, modifying, graphs, representatives);
  EXPECT_GE(programs_seen, kCases);
  EXPECT_GE(modifying * 100, programs_seen * 30);
  EXPECT_LT(2 * representatives, graphs);
}

INSTANTIATE_TEST_SUITE_P(models, symmetry, testing::Values("sc", "tso"),
                         [](const auto& of) { return of.param; });

}  // namespace
}  // namespace tenterhook::graphs
