// quiesce(): the main thread waits until nobody else can act, and ends the others where they are.
#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {
namespace {

// What the environment may do or not.
bool optional(Actor actor) {
  return actor.kind != ActorKind::run && actor.kind != ActorKind::flush;
}

}  // namespace

// Enabled when nothing but the environment's whims is. Nothing forces a timeout then.
void Execution::enable_quiesce() {
  if (!std::all_of(enabled_.begin(), enabled_.end(), optional)) return;
  enabled_.insert(enabled_.begin(), Actor{0, ActorKind::run});
}

bool Execution::quiesce(std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  if (self.slot != 0) {
    fail(FailureKind::misuse, "quiesce() is called by another thread than the main one", site);
  }
  side_effect(self);
  if (live_.size() == 1) return true;
  const Op op{OpKind::quiesce, {}, {}, {}, nullptr, 0, 0, site};
  self.state = ThreadState::quiescing;
  dirty_ = true;
  point(self, op);
  self.state = ThreadState::ready;
  const EventId event = graphs_ ? machine_.quiesce(self) : kInitial;
  std::string ended;
  for (const std::uint32_t slot : live_) {
    Thread& t = *threads_[slot];
    if (&t == &self) continue;
    if (!graphs_) clocks_.join(self.clock, t.clock);
    if (t.state == ThreadState::finished) continue;
    ended += (ended.empty() ? "ends " : ", ") + t.name;
    end_here(t);
    t.ended_by = event;
  }
  dirty_ = true;
  if (options_.trace) note(self, op, 0, 0, ended.c_str());
  return true;
}

// It is not run again, and what is on its stacks stays.
void Execution::end_here(Thread& t) {
  if (t.state == ThreadState::awaiting) awaiting_--;
  for (FutexQueue& q : queues_) std::erase(q.waiters, t.slot);
  if (t.on != nullptr) t.on->running = false;
  t.state = ThreadState::finished;
  t.ended = true;
}

}  // namespace tenterhook::checker
