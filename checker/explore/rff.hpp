// Reads-from feedback (Wolff, Shi, Duck, Mathur, Roychoudhury, "Greybox Fuzzing for Concurrency
// Testing", ASPLOS 2024). An abstract event is a place in the source with the location it accesses;
// an abstract schedule is a set of constraints on them: this read reads from this write, or it does
// not. A corpus of schedules begins with the empty one. Each execution follows a mutation of one:
// a constraint inserted, replaced, removed or negated, over the reads-from pairs met so far. A
// mutation is kept if its execution met a new pair, or fulfilled it with a new combination of
// pairs. How often a schedule is mutated in a round doubles with each round, up to a limit, and is
// nothing while its combination is met more often than the average one (the paper's cut-off
// exponential power schedule).
//
// The scheduler favours the step that a constraint needs and delays the one that would break it;
// among equals it is partial order sampling. A read that must not read from a write only waits for
// another one: favoured, it would always read from the next. Each eighth execution has no
// constraints, so pos's promise holds for these. No promise for the others: a heuristic.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "checker/explore/pos.hpp"
#include "checker/explore/rng.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class RffStrategy final : public Strategy {
 public:
  explicit RffStrategy(std::uint64_t seed) : seed_(seed) { corpus_.push_back({}); }

  const char* name() const override { return "rff"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  void end(Outcome outcome, std::uint64_t steps) override;
  bool every_step() const override { return true; }
  bool watches() const override { return true; }
  void wrote(std::uint64_t event, const Op& op) override;
  void read(const Op& op, std::uint64_t writer) override;

 private:
  using Id = std::uint32_t;              // of an abstract event, by first sight
  static constexpr Id kInitial = 0;      // the write of every initial value
  static constexpr Id kNone = ~Id{0};

  struct Pair {
    Id writer, reader;
    std::uint64_t run;                   // the last execution that met it
  };
  struct Constraint {
    std::uint32_t pair;
    bool positive;
    friend auto operator<=>(const Constraint&, const Constraint&) = default;
  };
  struct Schedule {
    std::vector<Constraint> constraints;  // ascending
    std::uint64_t combination = 0;        // that it was kept for
    unsigned rounds = 0;                  // in which it was mutated
  };
  // What an actor's step does next to the location that it accesses.
  struct Pending {
    const Cell* cell = nullptr;
    Id reads = kNone, writes = kNone;     // the abstract events
    Id sees = kNone;                      // the write that is newest now
  };

  Id id_of(const Op& op);
  Id id_of(std::uint64_t writer) const;
  Pending pending_of(const Execution& execution, Actor actor);
  int wish(const Pending& p) const;
  int wish(const Pending& p, const Constraint& c) const;
  bool awaited(const Cell* cell, Id reader) const;
  std::uint64_t energy(Schedule& s) const;
  void select();
  void mutate();
  Constraint any_constraint();

  std::uint64_t seed_;
  std::uint64_t run_ = 0;                 // executions begun
  Rng rng_;
  EventPriorities priorities_;
  std::map<std::uint64_t, Id> ids_;            // by hash of what names it
  std::map<std::uint64_t, std::uint32_t> pair_numbers_;
  std::map<std::uint64_t, std::uint64_t> met_;  // executions by combination
  std::vector<Pair> pairs_;               // by first sight
  std::vector<Schedule> corpus_;
  std::size_t parent_ = 0;                // schedule whose mutations are run
  std::uint64_t energy_left_ = 0;
  std::uint64_t ended_ = 0, steps_ = 0;   // executions and their steps in all

  // of the running execution
  std::vector<Constraint> wanted_;
  std::vector<bool> fulfilled_;           // positive ones that a read fulfilled
  bool broken_ = false;                   // a negative one was met
  bool news_ = false;                     // a pair was met for the first time ever
  std::uint64_t combination_ = 0;         // of the pairs met
  std::uint64_t picks_ = 0;
  std::map<std::uint64_t, Id> writers_;  // by event
  std::vector<Pending> pending_;          // of each enabled actor
};

}  // namespace tenterhook::checker
