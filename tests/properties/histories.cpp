// Linearizability: the calls of random small programs on the run queues, the lock-free stack and
// the semaphores are explained by their sequential specifications, in every execution that is
// explored. What each specification promises, and where it is weaker than linearizability, stands
// at properties/spec/calls.hpp. That these properties can fail: shrinking.cpp.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/properties/history_programs.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::tests {
namespace {

const std::vector<way> ways = {{"random", "sc", 40},      {"pct", "sc", 40},
                               {"random", "tso", 40},     {"pct", "tso", 40},
                               {"exhaustive", "sc", 400}, {"exhaustive", "tso", 400}};

void expect_explained(const protocol& of, int cases) {
  effort spent;
  const examined result = holds(of.scenario, cases, [&] {
    const history_program program = *programs(of);
    const auto failure = explore(program, ways, "", spent);
    if (failure) {
      RC_FAIL(fmt::format("{} under {} ({})", failure->found.failure.signature(),
                          failure->row.model, failure->row.strategy));
    }
  });
  EXPECT_TRUE(result.holds) << result.text;
  fmt::print("{}: {} programs, {} executions, {} of {} exhaustive searches complete\n", of.scenario,
             spent.programs, spent.executions, spent.verified, 2 * spent.programs);
  EXPECT_GT(spent.verified, spent.programs / 20) << "the programs are too large";
}

TEST(Histories, OfTheLocalRunQueueAreExplained) { expect_explained(runq, cases_of(300, 50)); }
TEST(Histories, OfTheGlobalRunQueueAreExplained) { expect_explained(globrunq, cases_of(150, 50)); }
TEST(Histories, OfTheLockFreeStackAreExplained) { expect_explained(lfstack, cases_of(300, 50)); }
TEST(Histories, OfSemaphoresAreExplained) { expect_explained(sema, cases_of(150, 50)); }

}  // namespace
}  // namespace tenterhook::tests
