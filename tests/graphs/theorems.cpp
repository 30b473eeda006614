// What is proven of the models holds of the brute force on random programs, and the random programs
// are worth it: many are weak, many have a read-modify-write.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

bool includes(const std::set<graph>& weak, const std::set<graph>& strong) {
  return std::includes(weak.begin(), weak.end(), strong.begin(), strong.end());
}

program all_seq_cst(program p) {
  for (thread& t : p.threads) {
    for (instruction& i : t) {
      if (i.what == op::skip_if) continue;
      i.order = seq_cst;
      if (i.what == op::compare_exchange) i.failure = seq_cst;
    }
  }
  return p;
}

program fenced(const program& p) {
  program result{p.variables, {}};
  for (const thread& t : p.threads) {
    thread& code = result.threads.emplace_back();
    bool skips = false;  // an instruction that may be skipped has its fence before its condition
    for (const instruction& i : t) {
      if (!skips) code.push_back(fence());
      code.push_back(i);
      skips = i.what == op::skip_if;
    }
  }
  return result;
}

// x86-TSO is weaker than sc, and RC11 is compiled to it soundly (Lahav et al., PLDI 2017).
TEST(theorems, each_model_allows_what_the_stronger_one_does) {
  int total = 0, weak_tso = 0, weak_rc11 = 0, modifying = 0;
  std::size_t largest = 0;
  const examined result = holds("stronger and weaker models", cases_of(2'000), [&] {
    const program p = *programs();
    const auto sc = executions(p, "sc"), tso = executions(p, "tso");
    const auto rc11_2017 = executions(p, "rc11-2017"), rc11 = executions(p, "rc11");
    RC_ASSERT(!sc.empty());
    RC_ASSERT(includes(tso, sc));
    RC_ASSERT(includes(rc11_2017, tso));
    RC_ASSERT(includes(rc11, rc11_2017));
    ++total;
    weak_tso += shows_more(tso, sc);
    weak_rc11 += shows_more(rc11, sc);
    modifying += has_rmw(p);
    largest = std::max(largest, rc11.size());
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print(
      "{} programs: {} show what sc lacks under tso, {} under rc11; {} have a "
      "read-modify-write; at most {} graphs\n",
      total, weak_tso, weak_rc11, modifying, largest);
  EXPECT_GE(weak_tso * 100, total * 30);
  EXPECT_GE(weak_rc11 * 100, total * 30);
  EXPECT_GE(modifying * 100, total * 30);
}

TEST(theorems, seq_cst_accesses_alone_are_sequentially_consistent) {
  const examined result = holds("all seq_cst", cases_of(500), [] {
    const program p = all_seq_cst(*programs());
    const auto sc = executions(p, "sc");
    RC_ASSERT(executions(p, "tso") == sc);
    RC_ASSERT(executions(p, "rc11-2017") == sc);
    RC_ASSERT(executions(p, "rc11") == sc);
  });
  EXPECT_TRUE(result.holds) << result.text;
}

// What RC11 repaired in the fences of C++11 (Lahav et al., PLDI 2017).
TEST(theorems, seq_cst_fences_between_all_accesses_restore_sequential_consistency) {
  const examined result = holds("fenced", cases_of(500), [] {
    const program p = fenced(*programs());
    const auto sc = executions(p, "sc");
    RC_ASSERT(executions(p, "tso") == sc);
    RC_ASSERT(executions(p, "rc11-2017") == sc);
    RC_ASSERT(executions(p, "rc11") == sc);
  });
  EXPECT_TRUE(result.holds) << result.text;
}

}  // namespace
}  // namespace tenterhook::graphs
