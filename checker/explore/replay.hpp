// Repeats an execution by its recorded decisions, in the process that recorded them.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class DecisionReplay final : public Strategy {
 public:
  explicit DecisionReplay(std::vector<std::uint32_t> decisions)
      : decisions_(std::move(decisions)) {}

  const char* name() const override { return "replay"; }
  bool begin() override {
    at_ = 0;
    return true;
  }
  Actor pick(Execution&, std::span<const Actor> enabled) override {
    if (at_ >= decisions_.size() || enabled.size() < 2) return enabled[0];
    const Actor wanted = Actor::from_code(decisions_[at_++]);
    for (const Actor actor : enabled) {
      if (actor == wanted) return actor;
    }
    return enabled[0];  // another execution: its fingerprint will tell
  }
  std::uint32_t choose(Execution&, std::uint32_t, ChoiceKind) override {
    return at_ < decisions_.size() ? decisions_[at_++] : 0;
  }

 private:
  std::vector<std::uint32_t> decisions_;
  std::size_t at_ = 0;
};

}  // namespace tenterhook::checker
