// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS 2010):
// random priorities, the highest enabled actor runs, and at d-1 random steps the running one falls
// below all others. A bug of depth d among n threads and k steps is found with a probability of at
// least 1 / (n * k^(d-1)) in each execution. k is the longest execution seen so far.
// A store buffer is an actor of its own with a priority of its own. An actor that yields falls
// below those that did not, or a spinning thread of high priority would run for ever. In half of
// the executions it stays above those that a change point lowered: a bug may need one thread to be
// held back while another one yields.
#pragma once

#include <vector>

#include "checker/explore/rng.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class PctStrategy final : public Strategy {
 public:
  PctStrategy(std::uint64_t seed, unsigned depth) : seed_(seed), depth_(depth) {}

  const char* name() const override { return "pct"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  void end(Outcome outcome, std::uint64_t steps) override;
  bool every_step() const override { return true; }
  void yielded(std::uint32_t thread) override;

 private:
  std::uint64_t& priority(Actor actor);

  std::uint64_t seed_;
  unsigned depth_;
  std::uint64_t run_ = 0;
  std::uint64_t longest_ = 0;   // 0: none yet
  std::uint64_t step_ = 0;
  std::uint64_t lowest_ = 0;    // what the next actor that yields falls to
  bool points_lowest_ = false;  // what change points lower falls below what yields
  Rng rng_;
  std::vector<std::uint64_t> priorities_;   // by actor code; 0: none yet
  std::vector<std::uint64_t> change_points_;
};

}  // namespace tenterhook::checker
