// The search for explanations, on histories whose answer is known, and the numbering of programs.
#include "properties/history.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "properties/small_program.hpp"
#include "properties/spec/calls.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::properties {
namespace {

using stack = spec::lfstack;

bool stack_explains(const history& calls, const spec::list& before, const spec::list& end) {
  return explained(calls, stack{before}, [&](const stack& s) { return s.nodes == end; });
}

call pop(std::int64_t result, std::vector<unsigned> after) {
  return {stack::pop, {}, {result}, std::move(after)};
}
call push(std::int64_t number, std::vector<unsigned> after) {
  return {stack::push_newest, {number}, {}, std::move(after)};
}

TEST(Explained, ACallMayTakeEffectBeforeOneThatItOverlaps) {
  EXPECT_TRUE(stack_explains({{push(1, {0, 0})}, {pop(1, {0, 0})}}, {}, {}));
  EXPECT_TRUE(stack_explains({{push(1, {0, 0})}, {pop(0, {0, 0})}}, {}, {1}));
}

TEST(Explained, ACallTakesEffectAfterOneThatItsThreadKnewToHaveReturned) {
  EXPECT_TRUE(stack_explains({{push(1, {0, 0})}, {pop(1, {1, 0})}}, {}, {}));
  EXPECT_FALSE(stack_explains({{push(1, {0, 0})}, {pop(0, {1, 0})}}, {}, {1}));
}

TEST(Explained, AThreadsCallsTakeEffectInItsOrder) {
  EXPECT_TRUE(stack_explains({{push(1, {0}), push(2, {0}), pop(2, {0})}}, {}, {1}));
  EXPECT_FALSE(stack_explains({{push(1, {0}), push(2, {0}), pop(1, {0})}}, {}, {2}));
}

TEST(Explained, TheEndMustFit) {
  EXPECT_FALSE(stack_explains({{pop(2, {0})}}, {1, 2}, {}));
  EXPECT_FALSE(stack_explains({{pop(2, {0, 0})}, {pop(2, {0, 0})}}, {1, 2}, {}));
}

call with_result(int op, spec::list result) { return {op, {}, std::move(result), {0, 0}}; }

bool queue_explains(const history& calls, spec::runq start, const spec::local_queue& end) {
  return explained(calls, start, [&](const spec::runq& s) { return s.queue == end; });
}

// runnext holds 1; the owner puts 2 there. 1 is in neither place for a moment.
TEST(Explained, AThiefMayTakeTheNewRunnextBeforeTheOldOneIsQueued) {
  spec::runq start;
  start.queue = {4, true, {}, 1};
  const history calls = {{{spec::runq::put_next, {2}, {}, {0, 0}}},
                         {with_result(spec::runq::steal_next, {2})}};
  EXPECT_TRUE(queue_explains(calls, start, {4, true, {1}, spec::nobody}));
  EXPECT_FALSE(queue_explains(calls, start, {4, true, {}, 1}));
}

// Thus steal_next is weaker than runqempty, which is linearizable.
TEST(Explained, AThiefMayMissAQueueThatIsNeverEmptyButRunqemptyMayNot) {
  spec::runq start;
  start.queue = {4, true, {}, 1};
  const auto owner = std::vector<call>{{spec::runq::put_next, {2}, {}, {0, 0}},
                                       {spec::runq::get, {}, {2, 1}, {0, 0}}};
  const spec::local_queue end{4, true, {1}, spec::nobody};
  EXPECT_TRUE(queue_explains({owner, {with_result(spec::runq::steal_next, {})}}, start, end));
  EXPECT_FALSE(queue_explains({owner, {with_result(spec::runq::thief_empty, {1})}}, start, end));
}

TEST(SmallPrograms, AreTheirNumbers) {
  EXPECT_EQ(decode_program(12304), (small_program{{1, 2, 3}, {4}}));
  EXPECT_EQ(decode_program(1002), (small_program{{1}, {2}}));
  EXPECT_EQ(encode_program({{1, 2, 3}, {}, {4}}), 12304);
  const auto result = tests::holds("SmallPrograms", 200, [] {
    const auto threads = *rc::gen::resize(
        3, rc::gen::container<small_program>(rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(
               rc::gen::resize(100, rc::gen::inRange(1, 10))))));
    RC_ASSERT(encode_program(threads) <= largest_program);
    RC_ASSERT(decode_program(encode_program(threads)) == threads);
  });
  EXPECT_TRUE(result.holds) << result.text;
}

}  // namespace
}  // namespace tenterhook::properties
