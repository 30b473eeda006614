// What is proven of the models of POWER and ARM, or follows from their axioms, holds of the brute
// force on random programs in assembly; and these are worth it: many are weak, many have a
// read-modify-write.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/graphs/lowered.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

bool includes(const std::set<graph>& weak, const std::set<graph>& strong) {
  return std::includes(weak.begin(), weak.end(), strong.begin(), strong.end());
}

limits usual() {
  limits l;
  l.most_of_thread = 6;
  l.most_instructions = 12;
  return l;
}

// Each is stated for both models.
class hardware_theorems : public testing::TestWithParam<std::string> {};

TEST_P(hardware_theorems, what_x86_shows_is_shown_too) {
  const std::string& model = GetParam();
  int total = 0, weak = 0, modifying = 0;
  std::map<std::size_t, int> by_threads;
  const examined result = holds("tso and " + model, cases_of(1'000), [&] {
    const assembly_program p = *assembly_programs(model, usual());
    const auto sc = executions(p, "sc"), tso = executions(p, "tso"), all = executions(p, model);
    RC_ASSERT(!sc.empty());
    RC_ASSERT(includes(tso, sc));
    RC_ASSERT(includes(all, tso));
    ++total;
    weak += shows_more(all, sc);
    modifying += has_rmw(p);
    ++by_threads[p.threads.size()];
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print(
      "{} programs: {} show what sc lacks, {} have a read-modify-write; {} of 2, {} of 3, "
      "{} of 4 threads\n",
      total, weak, modifying, by_threads[2], by_threads[3], by_threads[4]);
  EXPECT_GE(weak * 100, total * 30);
  EXPECT_GE(modifying * 100, total * 30);
  for (std::size_t threads = 2; threads <= 4; ++threads) {
    EXPECT_GE(by_threads[threads] * 100, total * 10);
  }
}

// Herding cats, section 4.
TEST_P(hardware_theorems, full_barriers_between_all_accesses_restore_sequential_consistency) {
  const std::string& model = GetParam();
  const examined result = holds("full barriers under " + model, cases_of(500), [&] {
    const assembly_program p = fenced(*assembly_programs(model, usual()), barrier::full);
    RC_ASSERT(executions(p, model) == executions(p, "sc"));
  });
  EXPECT_TRUE(result.holds) << result.text;
}

// Compiled operation by operation, a program does nothing that RC11 forbids (Lahav et al., PLDI
// 2017), for POWER.
TEST_P(hardware_theorems, compiled_programs_show_what_rc11_allows) {
  const std::string& model = GetParam();
  int total = 0, weak = 0, missing = 0;
  const examined result = holds("lowered for " + model, cases_of(1'000), [&] {
    const program p = *programs();
    const auto machine = executions(lowered(p, model), model), rc11 = executions(p, "rc11-2017");
    for (const graph& g : machine) {
      if (!rc11.contains(g)) RC_FAIL("rc11 forbids it:\n" + text(g));
    }
    const auto sc = executions(p, "sc");
    RC_ASSERT(includes(machine, sc));
    ++total;
    weak += shows_more(machine, sc);
    missing += machine.size() < rc11.size();
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} programs: {} show what sc lacks, {} less than rc11\n", total, weak, missing);
  EXPECT_GE(weak * 100, total * 30);
}

// -- prefixes --

// Programs that stop each thread after so many events: their complete executions are the prefixes
// of the program's.
using prefix = std::vector<std::size_t>;

std::set<graph> executions(const code& program, const prefix& lengths, const std::string& model) {
  code cut = program;
  for (std::size_t t = 0; t < lengths.size(); ++t) {
    cut.threads[t] = [&run = program.threads[t], most = lengths[t]](trail& memory) {
      memory.stop_after(most);
      run(memory);
    };
  }
  return executions(cut, model);
}

bool is_read(const graph& g, write_id id) {
  return std::any_of(g.threads.begin(), g.threads.end(), [&](const auto& t) {
    return std::any_of(t.begin(), t.end(), [&](const access& a) {
      return a.what == access_kind::read && a.source == id;
    });
  });
}

// Without the last access of the thread.
graph without_last(graph g, std::size_t t) {
  const write_id last{static_cast<int>(t), static_cast<int>(g.threads[t].size()) - 1};
  g.threads[t].pop_back();
  for (auto& order : g.coherence) std::erase(order, last);
  return g;
}

class prefixes {
 public:
  prefixes(const assembly_program& p, const std::string& model) : p_(p), model_(model) {}

  std::size_t examine() {
    prefix lengths(p_.threads.size(), 0);
    do {
      for (std::size_t t = 0; t < lengths.size(); ++t) {
        if (lengths[t] < p_.threads[t].size()) extend(lengths, t);
      }
    } while (next(lengths));
    return examined_;
  }

 private:
  bool next(prefix& lengths) const {
    for (std::size_t t = 0; t < lengths.size(); ++t) {
      if (++lengths[t] <= p_.threads[t].size()) return true;
      lengths[t] = 0;
    }
    return false;
  }
  const std::set<graph>& of(const prefix& lengths) {
    const auto found = known_.find(lengths);
    if (found != known_.end()) return found->second;
    return known_[lengths] = executions(code_of(p_), lengths, model_);
  }
  // One more event of thread t.
  void extend(const prefix& lengths, std::size_t t) {
    prefix longer = lengths;
    ++longer[t];
    const auto& shorter = of(lengths);
    std::set<graph> extended;
    for (const graph& g : of(longer)) {
      ++examined_;
      if (shorter.contains(g)) {  // the event is a barrier, or the thread is at its end
        extended.insert(g);
        continue;
      }
      const int last = static_cast<int>(g.threads[t].size()) - 1;
      if (is_read(g, {static_cast<int>(t), last})) continue;
      const graph before = without_last(g, t);
      if (!shorter.contains(before)) RC_FAIL("consistent, but not before its last:\n" + text(g));
      extended.insert(before);
    }
    for (const graph& g : shorter) {
      if (!extended.contains(g)) RC_FAIL("no event may follow:\n" + text(g));
    }
  }

  const assembly_program& p_;
  const std::string& model_;
  std::map<prefix, std::set<graph>> known_;
  std::size_t examined_ = 0;
};

// So a graph may be grown event by event, each at the end of its thread, and all are met.
TEST_P(hardware_theorems, a_prefix_is_consistent_and_each_thread_may_go_on_from_it) {
  const std::string& model = GetParam();
  limits small = usual();
  small.most_instructions = 9;
  small.most_candidates = 2'000;
  std::size_t graphs = 0;
  const examined result = holds("prefixes under " + model, cases_of(200), [&] {
    const assembly_program p = *assembly_programs(model, small);
    graphs += prefixes(p, model).examine();
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} graphs and their prefixes\n", graphs);
}

INSTANTIATE_TEST_SUITE_P(models, hardware_theorems, testing::Values("power", "arm"),
                         [](const auto& of) { return of.param; });

// ARM keeps less of the program order. Its store barrier has no counterpart, nor have POWER's
// light ones.
TEST(hardware, arm_shows_what_power_shows_where_both_have_the_barriers) {
  const examined result = holds("power and arm", cases_of(500), [] {
    assembly_program p = *assembly_programs("power", usual());
    for (assembly& t : p.threads) {
      for (assembly_instruction& i : t) {
        if (i.fence == barrier::light || i.fence == barrier::eieio) i.fence = barrier::full;
      }
    }
    RC_ASSERT(includes(executions(p, "arm"), executions(p, "power")));
  });
  EXPECT_TRUE(result.holds) << result.text;
}

}  // namespace
}  // namespace tenterhook::graphs
