// Depth-first search over all decisions, by re-execution: a stack of the decisions taken, the last
// of which is changed for the next execution.
//
// exhaustive  every interleaving up to commuting adjacent independent steps: sleep sets (Godefroid,
//             "Partial-Order Methods", 1996, ch. 5). An actor whose step was explored from a state
//             sleeps in the states after its siblings until a step that it does not commute with.
//             An execution in which everyone enabled sleeps is abandoned as redundant. A step
//             that commutes with everything, now and later, is taken alone. Complete.
// bounded     every execution with at most k preemptions (Musuvathi, Qadeer, PLDI 2007): a choice
//             of anyone but the running thread while that could go on costs one. What the
//             environment does (timeouts, spurious wakes, signals) is free: it has budgets.
//             Without sleep sets, which are unsound under a bound. What follows a state is explored
//             once with the most preemptions that are left in it (SeenStates): every state that
//             the bound lets an execution be in is met, every interleaving is not. Not where a
//             step extends a graph.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore/seen_states.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class SearchStrategy final : public Strategy {
 public:
  struct Settings {
    const char* name = "exhaustive";
    bool sleep = true;          // sleep sets and invisible steps
    bool bounded = false;
    unsigned preemptions = 0;   // of bounded
    bool remember = false;      // of bounded: what follows a state is explored once
    bool backwards = false;     // try alternatives in descending order: counts must not change
  };

  explicit SearchStrategy(const Settings& settings) : settings_(settings) {}

  const char* name() const override { return settings_.name; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  void end(Outcome outcome, std::uint64_t steps) override;
  bool every_step() const override { return true; }
  bool abandon() const override { return abandon_; }
  bool exhausted() const override { return exhausted_; }

 private:
  // A decision on the stack. Its alternatives lie in `pool_`, in the order they are tried.
  struct Node {
    std::uint32_t first;     // index of its first alternative in pool_
    std::uint32_t count;     // alternatives
    std::uint32_t current;   // which is explored now; the earlier ones are done
    bool value;              // a choice of a value, not of an actor
    std::uint32_t sleep_first, sleep_count;  // who sleeps here, in pool_
    unsigned preemptions;    // before this decision
  };

  Actor take(Execution& execution, Node& node);
  void open(Execution& execution, std::span<const Actor> enabled);
  void next_sleep(Execution& execution, const Node& node, Actor chosen);
  bool asleep(std::uint32_t code) const;
  bool met(const Execution& execution);

  Settings settings_;
  std::vector<Node> stack_;
  std::vector<std::uint32_t> pool_;
  SeenStates seen_;
  std::vector<std::uint32_t> sleep_;   // of the state that is reached now
  std::size_t depth_ = 0;              // decisions taken in this execution
  std::size_t last_actor_ = 0;         // deepest replayed decision that chose an actor
  unsigned preemptions_ = 0;
  bool started_ = false, abandon_ = false, exhausted_ = false;
};

}  // namespace tenterhook::checker
