// Selectively uniform random walk (Zhao, Wolff, Mathur, Roychoudhury, "Selectively Uniform
// Concurrency Testing", ASPLOS 2025). Each execution declares some events interesting and, given
// how many of them each thread has left, samples every interleaving of these with the same
// probability: the thread of the next interesting event is drawn in proportion to what each thread
// has left, one that was not started yet counting for its parent. Whoever else reaches an
// interesting event is held back until the drawn thread has executed its own; where that cannot go
// on, another one is drawn. All other steps are a random walk.
//
// Interesting are the accesses to one location, drawn for each execution among those that several
// threads accessed and one wrote. A location is the name and index of its cells, so equal in every
// build and order of steps: "runqhead" is that of every P. Counts are means over the executions so
// far; the first execution, which has none, is a random walk.
// Under tso the event of a buffered store is its flush.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checker/explore/rng.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class SurwStrategy final : public Strategy {
 public:
  explicit SurwStrategy(std::uint64_t seed) : seed_(seed) {}

  const char* name() const override { return "surw"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  void end(Outcome outcome, std::uint64_t steps) override;
  bool every_step() const override { return true; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  using Counts = std::vector<std::uint64_t>;  // by thread slot

  struct Location {
    std::string name;
    std::int32_t index;
    bool written = false;
    Counts before;  // accesses in earlier executions
    Counts now;     // in this one
  };
  struct Access {
    std::uint32_t location = kNone;  // kNone: none that others see
    bool writes = false;
  };

  Access access_of(const Execution& execution, Actor actor);
  std::uint64_t left(const Execution& execution, std::uint32_t slot) const;
  std::uint64_t expected(const Execution& execution, std::uint32_t slot) const;
  void draw(const Execution& execution, std::span<const Actor> enabled);
  void hand_down(const Execution& execution);
  bool held_back(std::size_t i, Actor actor) const {
    return accesses_[i].location == interesting_ && interesting_ != kNone &&
           actor.thread != drawn_;
  }
  void executes(Actor actor, Access access);

  std::uint64_t seed_;
  std::uint64_t run_ = 0;               // executions ended
  Rng rng_;
  std::vector<Location> locations_;     // by first access
  std::vector<Access> accesses_;        // of each enabled actor's step
  std::vector<std::uint64_t> weights_;  // of each enabled actor's thread, at its first actor
  std::uint32_t interesting_ = kNone;   // location
  std::uint32_t drawn_ = kNone;         // slot of the thread whose interesting event comes next
  std::uint32_t started_ = 0;           // threads that it had started when it was drawn
};

}  // namespace tenterhook::checker
