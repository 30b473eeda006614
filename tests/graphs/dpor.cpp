// The optimal explorer against the brute force, on random programs: it visits the same set of
// graphs, each once, whatever the order of its alternatives and of the threads.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/graphs/brute.hpp"
#include "tests/graphs/generator.hpp"
#include "tests/graphs/meets.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::graphs {
namespace {

using tenterhook::tests::cases_of;
using tenterhook::tests::examined;
using tenterhook::tests::holds;

// With more seq_cst: each instruction of those that the bits of `which` name.
program stronger(program p, std::uint64_t which) {
  for (thread& t : p.threads) {
    for (instruction& i : t) {
      if ((which & 1) != 0 && i.what != op::skip_if) i.order = i.failure = seq_cst;
      which >>= 1;
    }
  }
  return p;
}

void expect_equal(const std::string& model, int all, const std::vector<order>& orders) {
  const int cases = cases_of(all);
  int total = 0, weak = 0, modifying = 0;
  std::uint64_t graphs = 0;
  const auto compare = [&] {
    const program p = *programs();
    const std::set<graph> expected = executions(p, model);
    for (const order& how : orders) meets(p, model, how, expected);
    ++total;
    weak += model != "sc" && shows_more(expected, executions(p, "sc"));
    modifying += has_rmw(p);
    graphs += expected.size();
  };
  const examined result = holds("dpor under " + model, cases, compare);
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{} programs, {} weak, {} with a read-modify-write; {} graphs\n", total, weak,
             modifying, graphs);
  EXPECT_GE(total, cases);
  EXPECT_GE(modifying * 100, total * 30);
  if (model != "sc") {
    EXPECT_GE(weak * 100, total * 30);
  }
}

class dpor : public testing::TestWithParam<std::string> {};

TEST_P(dpor, visits_the_graphs_of_the_brute_force_each_once) {
  expect_equal(GetParam(), 2'000, {{}});
}

TEST_P(dpor, visits_them_in_every_order_of_alternatives_and_threads) {
  expect_equal(GetParam(), 300, {{true, false}, {false, true}, {true, true}});
}

// psc needs many seq_cst events to have a cycle.
TEST_P(dpor, visits_the_graphs_of_the_brute_force_where_much_is_seq_cst) {
  const std::string& model = GetParam();
  const auto bits = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint64_t>());
  const examined result = holds("dpor, much seq_cst, under " + model, cases_of(2'000), [&] {
    const program p = stronger(*programs(), *bits);
    RC_LOG(text(p));
    meets(p, model, {}, executions(p, model));
  });
  EXPECT_TRUE(result.holds) << result.text;
}

// The last store may be what the first thread's load reads, but then it may not come before the
// store of the second thread: a cycle of psc that a revisit would close.
TEST_P(dpor, asks_for_psc_after_a_revisit) {
  const program p{3,
                  {{store(0, 1, seq_cst), load(1, seq_cst)},
                   {store(1, 2, seq_cst), load(0, seq_cst), store(2, 1)},
                   {load(2), store(1, 1)}}};
  const examined result = holds("dpor after a revisit", 1, [&] {
    for (const order& how : {order{}, {true, false}, {false, true}, {true, true}}) {
      meets(p, GetParam(), how, executions(p, GetParam()));
    }
  });
  EXPECT_TRUE(result.holds) << result.text;
}

INSTANTIATE_TEST_SUITE_P(models, dpor, testing::Values("sc", "tso", "rc11", "rc11-2017"),
                         [](const auto& of) {
                           return of.param == "rc11-2017" ? std::string("rc11_2017") : of.param;
                         });

}  // namespace
}  // namespace tenterhook::graphs
