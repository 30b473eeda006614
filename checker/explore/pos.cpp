#include "checker/explore/pos.hpp"

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {

std::uint64_t EventPriorities::of(Actor actor, Rng& rng) {
  if (actor.code() >= values_.size()) values_.resize(actor.code() + 8, 0);
  std::uint64_t& p = values_[actor.code()];
  if (p == 0) p = rng.next() | 1;
  return p;
}

void EventPriorities::executed(const Execution& execution, std::span<const Actor> enabled,
                               Actor actor) {
  for (const Actor other : enabled) {
    if (other.thread != actor.thread && !execution.independent(other, actor)) {
      forget(other.code());
    }
  }
  // What the thread does next is another event; its oldest buffered store is not, nor is its next
  // operation when that store reaches memory.
  if (actor.kind == ActorKind::flush) {
    forget(actor.code());
    return;
  }
  for (const ActorKind kind : {ActorKind::run, ActorKind::timeout, ActorKind::spurious,
                               ActorKind::interrupt}) {
    forget(Actor{actor.thread, kind}.code());
  }
}

bool PosStrategy::begin() {
  rng_.reseed(mix(seed_, run_++));
  priorities_.clear();
  return true;
}

Actor PosStrategy::pick(Execution& execution, std::span<const Actor> enabled) {
  Actor highest = enabled[0];
  std::uint64_t most = 0;
  for (const Actor actor : enabled) {
    const std::uint64_t p = priorities_.of(actor, rng_);
    if (p > most) {
      most = p;
      highest = actor;
    }
  }
  priorities_.executed(execution, enabled, highest);
  return highest;
}

std::uint32_t PosStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  return rng_.below(n);
}

}  // namespace tenterhook::checker
