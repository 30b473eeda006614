// Uniformly random: at each decision every enabled actor is equally likely. Execution i depends on
// the seed and i alone.
#pragma once

#include "checker/explore/rng.hpp"
#include "checker/explore/strategy.hpp"

namespace tenterhook::checker {

class RandomStrategy final : public Strategy {
 public:
  explicit RandomStrategy(std::uint64_t seed) : seed_(seed) {}

  const char* name() const override { return "random"; }
  bool begin() override;
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;

 private:
  std::uint64_t seed_;
  std::uint64_t run_ = 0;
  Rng rng_;
};

}  // namespace tenterhook::checker
