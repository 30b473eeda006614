#include "checker/explore/search.hpp"

#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {

bool SearchStrategy::begin() {
  if (settings_.remember) seen_.make_room();
  depth_ = 0;
  preemptions_ = 0;
  abandon_ = false;
  sleep_.clear();
  last_actor_ = 0;
  if (!started_) {
    started_ = true;
    return true;
  }
  // change the deepest decision that has an alternative left
  while (!stack_.empty() && stack_.back().current + 1 >= stack_.back().count) {
    pool_.resize(stack_.back().first);
    stack_.pop_back();
  }
  if (stack_.empty()) {
    exhausted_ = true;
    return false;
  }
  Node& node = stack_.back();
  pool_.resize(node.sleep_first + node.sleep_count);
  node.current++;
  // the sleep set of what comes after the stack depends on the last actor chosen on it
  last_actor_ = stack_.size() - 1;
  while (last_actor_ > 0 && stack_[last_actor_].value) --last_actor_;
  return true;
}

void SearchStrategy::end(Outcome, std::uint64_t) {
  // an execution that ended early leaves no decision behind it: none was opened
  while (stack_.size() > depth_) {
    pool_.resize(stack_.back().first);
    stack_.pop_back();
  }
}

bool SearchStrategy::asleep(std::uint32_t code) const {
  return std::find(sleep_.begin(), sleep_.end(), code) != sleep_.end();
}

Actor SearchStrategy::pick(Execution& execution, std::span<const Actor> enabled) {
  if (depth_ < stack_.size()) {
    return take(execution, stack_[depth_]);
  }
  open(execution, enabled);
  if (abandon_) return enabled[0];
  return take(execution, stack_.back());
}

// A new decision: who may act here.
void SearchStrategy::open(Execution& execution, std::span<const Actor> enabled) {
  Node node{static_cast<std::uint32_t>(pool_.size()), 0, 0, false, 0, 0, preemptions_};
  bool alone = false;
  if (settings_.sleep) {
    for (const Actor actor : enabled) {
      if (!execution.invisible(actor)) continue;
      pool_.push_back(actor.code());
      alone = true;
      break;
    }
  }
  if (!alone) {
    const Actor self{static_cast<std::uint16_t>(execution.running()), ActorKind::run};
    const bool goes_on = std::find(enabled.begin(), enabled.end(), self) != enabled.end();
    if (settings_.bounded && goes_on) pool_.push_back(self.code());
    for (const Actor actor : enabled) {
      if (settings_.sleep && asleep(actor.code())) continue;
      if (settings_.bounded && goes_on) {
        const bool free = actor.kind != ActorKind::run && actor.kind != ActorKind::flush;
        if (actor == self || (!free && preemptions_ >= settings_.preemptions)) continue;
      }
      pool_.push_back(actor.code());
    }
    if (settings_.backwards) std::reverse(pool_.begin() + node.first, pool_.end());
  }
  node.count = static_cast<std::uint32_t>(pool_.size()) - node.first;
  // where there is one way to go, the next fork tells soon enough
  if (node.count == 0 || (node.count > 1 && settings_.remember && met(execution))) {
    pool_.resize(node.first);
    abandon_ = true;
    return;
  }
  node.sleep_first = static_cast<std::uint32_t>(pool_.size());
  node.sleep_count = static_cast<std::uint32_t>(sleep_.size());
  pool_.insert(pool_.end(), sleep_.begin(), sleep_.end());
  stack_.push_back(node);
}

// Was everything that may follow here explored? What may follow depends on who ran last, since he
// may go on for nothing, now or after the environment did something to him. Only who is finished or
// joins never goes on: then the state covers the same state whoever ran last, with no fewer
// preemptions before it. Where another ran last it does so for one preemption more, unless stores
// are on their way: those reach memory for nothing if nobody could go on, else each costs one.
bool SearchStrategy::met(const Execution& execution) {
  GraphHash state;
  if (!execution.state(state)) return false;
  const unsigned fewest = seen_.fewest(state);
  if (fewest <= preemptions_) return true;
  const Thread& last = execution.thread(execution.running());
  if (last.state == ThreadState::finished || last.state == ThreadState::joining) {
    seen_.meet(state, preemptions_);
    return false;
  }
  bool on_their_way = false;
  for (std::uint32_t slot = 0; slot < execution.threads(); ++slot) {
    const Thread& t = execution.thread(slot);
    on_their_way |= t.state != ThreadState::unborn && t.buffered();
  }
  if (!on_their_way && preemptions_ + 1 < fewest) seen_.meet(state, preemptions_ + 1);
  state.low = mix(state.low, last.path_hash);
  state.high = mix(last.path_hash, state.high);
  if (seen_.fewest(state) <= preemptions_) return true;
  seen_.meet(state, preemptions_);
  return false;
}

Actor SearchStrategy::take(Execution& execution, Node& node) {
  const Actor chosen = Actor::from_code(pool_[node.first + node.current]);
  ++depth_;
  if (settings_.sleep && depth_ > last_actor_) next_sleep(execution, node, chosen);
  if (settings_.bounded) {
    const Actor self{static_cast<std::uint16_t>(execution.running()), ActorKind::run};
    // the running thread stands first where it could go on
    const bool goes_on = pool_[node.first + (settings_.backwards ? node.count - 1 : 0)] ==
                         self.code();
    const bool counts = chosen.kind == ActorKind::run || chosen.kind == ActorKind::flush;
    if (goes_on && counts && !(chosen == self)) preemptions_++;
  }
  return chosen;
}

// Who sleeps after the step: those that slept before and those explored before, if they commute
// with it.
void SearchStrategy::next_sleep(Execution& execution, const Node& node, Actor chosen) {
  if (node.sleep_count == 0 && node.current == 0) {
    sleep_.clear();
    return;
  }
  sleep_.clear();
  for (std::uint32_t i = 0; i < node.sleep_count; ++i) {
    const std::uint32_t code = pool_[node.sleep_first + i];
    if (execution.independent(Actor::from_code(code), chosen)) sleep_.push_back(code);
  }
  for (std::uint32_t i = 0; i < node.current; ++i) {
    const std::uint32_t code = pool_[node.first + i];
    if (execution.independent(Actor::from_code(code), chosen)) sleep_.push_back(code);
  }
}

std::uint32_t SearchStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  if (depth_ == stack_.size()) {
    Node node{static_cast<std::uint32_t>(pool_.size()), n, 0, true, 0, 0, preemptions_};
    for (std::uint32_t i = 0; i < n; ++i) pool_.push_back(settings_.backwards ? n - 1 - i : i);
    node.sleep_first = static_cast<std::uint32_t>(pool_.size());
    stack_.push_back(node);
  }
  Node& node = stack_[depth_++];
  return pool_[node.first + node.current];
}

}  // namespace tenterhook::checker
