// Partial order sampling (Yuan, Yang, Gu, "Partial Order Aware Concurrency Sampling", CAV 2018):
// each pending event has a random priority and the highest enabled one runs. An event that races
// with the one that ran gets a new priority, so that no order of the first two decides any later
// order. With n threads and E events, of which D(e) race with e, each partial order is sampled
// with a probability of at least
//     n^-E * R^U,  R = n E / (E + sum D),  U = (E - ceil(sum D / (n - 1))) / 2
// in each execution: the fewer races, the further above the n^-E of a random walk.
// Racing is the opposite of Execution::independent.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "checker/explore/rng.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

// The priorities of pending events, by actor.
class EventPriorities {
 public:
  void clear() { values_.clear(); }
  // Draws it if the event has none yet.
  std::uint64_t of(Actor actor, Rng& rng);
  // The actor's step is about to be executed: what it changes gets new priorities. `enabled` is
  // who could act in its stead.
  void executed(const Execution& execution, std::span<const Actor> enabled, Actor actor);

 private:
  void forget(std::uint32_t code) {
    if (code < values_.size()) values_[code] = 0;
  }

  std::vector<std::uint64_t> values_;  // by actor code; 0: none yet
};

class PosStrategy final : public Strategy {
 public:
  explicit PosStrategy(std::uint64_t seed) : seed_(seed) {}

  const char* name() const override { return "pos"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  // A thread that is alone has a new event after each step.
  bool every_step() const override { return true; }

 private:
  std::uint64_t seed_;
  std::uint64_t run_ = 0;
  Rng rng_;
  EventPriorities priorities_;
};

}  // namespace tenterhook::checker
