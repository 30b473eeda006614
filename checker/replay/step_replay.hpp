// Follows a schedule file step by step, by thread names, operations and objects: a file of another
// build replays as long as the program does the same things.
#pragma once

#include <optional>
#include <string>

#include "checker/explore/strategy.hpp"
#include "checker/replay/schedule.hpp"

namespace tenterhook::checker {

// Where the program first did something else.
struct Divergence {
  std::uint64_t step;
  std::string expected;  // the file's step
  std::string found;     // what could have happened instead, with its place in the source
};

class StepReplay final : public Strategy {
 public:
  explicit StepReplay(const Schedule& schedule) : schedule_(schedule) {}

  const char* name() const override { return "replay"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  bool every_step() const override { return true; }
  bool abandon() const override { return divergence_.has_value(); }

  const std::optional<Divergence>& divergence() const { return divergence_; }
  // Steps whose place in the source moved, though they are the same operations.
  std::uint64_t moved() const { return moved_; }
  std::uint64_t taken() const { return at_; }

 private:
  void diverge(const std::string& found);

  const Schedule& schedule_;
  std::uint64_t at_ = 0;        // steps taken
  std::uint64_t chosen_in_ = 0;  // the step of the last choice
  std::size_t choice_ = 0;      // choices taken in it
  std::uint64_t moved_ = 0;
  std::optional<Divergence> divergence_;
};

}  // namespace tenterhook::checker
