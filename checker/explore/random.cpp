#include "checker/explore/random.hpp"

#include "checker/execution/hash.hpp"

namespace tenterhook::checker {

bool RandomStrategy::begin() {
  rng_.reseed(mix(seed_, run_++));
  return true;
}

Actor RandomStrategy::pick(Execution&, std::span<const Actor> enabled) {
  return enabled[rng_.below(static_cast<std::uint32_t>(enabled.size()))];
}

std::uint32_t RandomStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  return rng_.below(n);
}

}  // namespace tenterhook::checker
