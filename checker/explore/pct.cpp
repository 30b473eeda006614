#include "checker/explore/pct.hpp"

#include <algorithm>

#include "checker/execution/hash.hpp"

namespace tenterhook::checker {
namespace {
// Initial priorities lie above what change points and yields give.
constexpr std::uint64_t kInitial = std::uint64_t{1} << 32;
}  // namespace

bool PctStrategy::begin() {
  rng_.reseed(mix(seed_, run_++));
  step_ = 0;
  lowest_ = kInitial - 1 - depth_;
  points_lowest_ = rng_.below(2) == 0;
  std::fill(priorities_.begin(), priorities_.end(), 0);
  change_points_.clear();
  constexpr std::uint32_t kGuess = 64;  // steps of the first execution
  const auto steps = longest_ == 0 ? kGuess : static_cast<std::uint32_t>(longest_);
  for (unsigned i = 1; i < depth_; ++i) change_points_.push_back(1 + rng_.below(steps));
  return true;
}

std::uint64_t& PctStrategy::priority(Actor actor) {
  if (actor.code() >= priorities_.size()) priorities_.resize(actor.code() + 8, 0);
  std::uint64_t& p = priorities_[actor.code()];
  if (p == 0) p = kInitial + (rng_.next() >> 32) + 1;
  return p;
}

Actor PctStrategy::pick(Execution&, std::span<const Actor> enabled) {
  const auto best = [&] {
    Actor highest = enabled[0];
    for (const Actor actor : enabled) {
      if (priority(actor) > priority(highest)) highest = actor;
    }
    return highest;
  };
  ++step_;
  Actor chosen = best();
  const auto point = std::find(change_points_.begin(), change_points_.end(), step_);
  if (point != change_points_.end()) {
    // its number, not its time, says how low: a later one may lie above an earlier one
    const std::uint64_t first = points_lowest_ ? depth_ : kInitial - 1;
    priority(chosen) = first - static_cast<std::uint64_t>(point - change_points_.begin());
    chosen = best();
  }
  return chosen;
}

std::uint32_t PctStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  return rng_.below(n);
}

void PctStrategy::yielded(std::uint32_t thread) {
  priority({static_cast<std::uint16_t>(thread), ActorKind::run}) = lowest_--;
}

void PctStrategy::end(Outcome, std::uint64_t steps) { longest_ = std::max(longest_, steps); }

}  // namespace tenterhook::checker
