#include "platform/check.hpp"

#include <gtest/gtest.h>

#include <string>

#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

// Each test is a run of its own, and leaves the flag as it found it.
class Assumption : public testing::Test {
 protected:
  Assumption() { begin_run(); }
  ~Assumption() override { begin_run(); }
};

TEST(CheckDeathTest, ABrokenPromiseIsPrintedWithItsPlace) {
  check(true, "true is true");
  EXPECT_DEATH(check(false, "no goroutine is lost"),
               "promise broken: no goroutine is lost\n.*tests/arch/check.cpp:[0-9]+ in ");
}

TEST(CheckDeathTest, FatalSaysGosWords) {
  EXPECT_DEATH(fatal("runqputslow: queue is not full"),
               "fatal error: runqputslow: queue is not full\n.*tests/arch/check.cpp:");
}

TEST_F(Assumption, ThatHoldsChangesNothing) {
  assume(true);
  EXPECT_TRUE(assumptions_held());
}

TEST_F(Assumption, ThatFailsEndsItsThreadOnly) {
  int reached = 0;
  join_thread(start_thread(
      "blocked",
      [](void* argument) {
        ++*static_cast<int*>(argument);
        assume(false);
        ++*static_cast<int*>(argument);
      },
      &reached));
  EXPECT_EQ(reached, 1);
  EXPECT_FALSE(assumptions_held());
  begin_run();
  EXPECT_TRUE(assumptions_held());
}

TEST_F(Assumption, ThatFailsOnTheMainThreadPropagatesToTheRunner) {
  EXPECT_THROW(assume(false), assumption_failed);
  EXPECT_FALSE(assumptions_held());
}

TEST_F(Assumption, ThatFailedExcusesPromisesThatBreakAfterIt) {
  join_thread(start_thread("blocked", [](void*) { assume(false); }, nullptr));
  EXPECT_THROW(check(false, "what the blocked thread owed"), assumption_failed);
  check(true, "a kept promise stays kept");
}

using AssumptionDeathTest = Assumption;

TEST_F(AssumptionDeathTest, ThatFailedExcusesNoFatalError) {
  EXPECT_THROW(assume(false), assumption_failed);
  EXPECT_DEATH(fatal("unlock of unlocked lock"), "fatal error: unlock of unlocked lock");
}

TEST(Defect, IsConstantFalseAndItsIdIsFnv1a) {
  static_assert(!defect(defect_id("runqput-tail-relaxed")));
  static_assert(defect_id("foobar") == 0xbf9cf968u);
  static_assert(defect_id("a") != defect_id("b"));
  EXPECT_STREQ(name(), "native");
  mark("a branch");
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
