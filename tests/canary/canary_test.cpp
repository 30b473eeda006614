// Each canary must fail, as it is named; the same without its fault must pass. A failure that none
// of them shows would be one that nobody has seen the checker find.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "checker/execution/crash.hpp"
#include "checker/report/text.hpp"
#include "platform/atomic.hpp"
#include "platform/thread.hpp"
#include "tests/canary/canaries.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::canary {
namespace {

using checker::Failure;
using checker::Position;
using checker::program;
using checker::Result;
using checker::Task;
using checker::Verdict;

// "use-after-free" of "use after free"
std::string dashed(std::string text) {
  std::replace(text.begin(), text.end(), ' ', '-');
  return text;
}

const std::vector<std::string>& kinds() {
  static const std::vector<std::string> all = {
#define FAILURE(name, text) dashed(text),
#include "checker/execution/failures.def"
#undef FAILURE
  };
  return all;
}

const program* find(const checker::catalogue& all, const std::string& kind) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const program& p) {
    return p.name == "canary/" + kind;
  });
  return found == all.end() ? nullptr : &*found;
}

Result explore_under(const program& p, const std::string& strategy, const std::string& model) {
  static const bool caught = (checker::catch_crashes(), true);
  (void)caught;
  Task task = tests::task_of(p, strategy, model);
  task.options.max_steps = 1'000;
  task.runs = strategy == "random" ? 1'000 : 0;
  return explore(task);
}

void tells_where_everybody_is(const program& p, const Failure& f) {
  ASSERT_EQ(f.positions.size(), p.threads) << failure_text(f);
  EXPECT_EQ(f.positions[0].thread, "main");
  for (const Position& at : f.positions) {
    if (at.state == "finished") continue;
    EXPECT_FALSE(at.state.empty()) << at.thread;
    EXPECT_FALSE(at.op.empty()) << at.thread;
    EXPECT_FALSE(at.site.empty()) << at.thread;
  }
  const std::string report = failure_text(f);
  for (const Position& at : f.positions) {
    EXPECT_NE(report.find(at.thread), std::string::npos) << report;
  }
}

class canaries_of : public testing::TestWithParam<std::string> {};

TEST_P(canaries_of, a_canary_fails_as_it_is_named) {
  const checker::catalogue all = canaries();
  const program* p = find(all, GetParam());
  ASSERT_NE(p, nullptr) << "no canary shows this failure";
  // one that hangs for seconds each time is enough once
  const bool slow = GetParam() == "no-hooked-step";
  for (const std::string strategy : {"exhaustive", "random", "dpor"}) {
    for (const std::string model : {"sc", "tso", "rc11"}) {
      if (strategy == "exhaustive" && model == "rc11") continue;
      if (slow && (strategy == "random" || model != "sc")) continue;
      SCOPED_TRACE(strategy + " " + model);
      const Result r = explore_under(*p, strategy, model);
      ASSERT_EQ(r.verdict, Verdict::bug);
      ASSERT_EQ(r.failures.size(), 1U);
      EXPECT_EQ(dashed(text(r.failures[0].failure.kind)), GetParam()) << tests::failure_of(r);
      EXPECT_TRUE(r.failures[0].confirmed) << "it did not come back when repeated";
      tells_where_everybody_is(*p, r.failures[0].failure);
    }
  }
}

TEST_P(canaries_of, without_its_fault_it_passes) {
  const checker::catalogue all = repaired();
  const program* p = find(all, GetParam());
  ASSERT_NE(p, nullptr);
  for (const std::string model : {"sc", "tso", "rc11"}) {
    for (const std::string strategy : {"exhaustive", "dpor"}) {
      if (strategy == "exhaustive" && model == "rc11") continue;
      const Result r = explore_under(*p, strategy, model);
      EXPECT_EQ(r.verdict, Verdict::verified)
          << strategy << " " << model << ": " << tests::failure_of(r) << r.bound;
      EXPECT_GT(r.executions, 0U);
    }
    EXPECT_EQ(explore_under(*p, "random", model).verdict, Verdict::no_bug);
  }
}

INSTANTIATE_TEST_SUITE_P(every_kind, canaries_of, testing::ValuesIn(kinds()), [](const auto& it) {
  std::string name = it.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// The report of the crash must not read the cell that is not there.
TEST(canaries, an_atomic_operation_through_a_null_pointer_is_a_crash) {
  const program p = canary("crash", "an atomic store through a null pointer", 2,
                           [](const checker::parameters&) {
                             platform::join_thread(platform::start_thread(
                                 "crasher",
                                 [](void*) {
                                   // a field of an object at nullptr, unseen by ubsan
                                   static const volatile std::uintptr_t nowhere = 64;
                                   reinterpret_cast<platform::atomic<int>*>(nowhere)->store(
                                       1, std::memory_order_relaxed);
                                 },
                                 nullptr));
                           });
  for (const std::string strategy : {"exhaustive", "random", "dpor"}) {
    const Result r = explore_under(p, strategy, "sc");
    ASSERT_EQ(r.verdict, Verdict::bug) << strategy;
    ASSERT_EQ(r.failures.size(), 1U);
    EXPECT_EQ(std::string(text(r.failures[0].failure.kind)), "crash") << tests::failure_of(r);
    EXPECT_TRUE(r.failures[0].confirmed);
    tells_where_everybody_is(p, r.failures[0].failure);
  }
}

TEST(canaries, each_shows_a_kind_of_failure_that_there_is) {
  for (const program& p : canaries()) {
    const std::string kind = p.name.substr(p.name.find('/') + 1);
    EXPECT_NE(std::find(kinds().begin(), kinds().end(), kind), kinds().end()) << p.name;
  }
  EXPECT_EQ(canaries().size(), kinds().size());
}

}  // namespace
}  // namespace tenterhook::hooked::canary
