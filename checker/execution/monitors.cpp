// Monitors of liveness: loops that must come to something, or let others run.
#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {
namespace {

// Far more than any loop of runtime/ goes round while others get on.
constexpr unsigned kFairTurns = 16;

HotLoop* find(Thread& t, const char* loop) {
  const auto found = std::find_if(t.loops.begin(), t.loops.end(),
                                  [&](const HotLoop& l) { return l.name == loop; });
  return found == t.loops.end() ? nullptr : &*found;
}

}  // namespace

// A turn counts when everybody who can run has run since the last one that counted. So where one
// thread runs far more often than another its turns count as slowly as the other gets on. A graph
// has no turns: there a loop without end comes to the limit of events.
void Execution::hot(const char* loop, std::source_location site) {
  Thread& self = *threads_[running_];
  if (directed_) return;
  Inside inside(*this, self);
  HotLoop* hot = find(self, loop);
  if (hot == nullptr) {
    self.loops.push_back({loop, steps_});
    return;
  }
  const bool owed = std::any_of(live_.begin(), live_.end(), [&](std::uint32_t slot) {
    const Thread& t = *threads_[slot];
    if (&t == &self) return false;
    return t.buffered() || (t.state == ThreadState::ready && t.acted <= hot->turn_began);
  });
  if (owed) return;
  hot->turn_began = steps_;
  if (++hot->turns < kFairTurns) return;
  std::string message = self.name + " goes round in " + loop + " for ever: " +
                        std::to_string(kFairTurns) + " turns, in each of which all could run";
  fail(FailureKind::livelock, std::move(message), site);
}

void Execution::cool(const char* loop) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  std::erase_if(self.loops, [&](const HotLoop& l) { return l.name == loop; });
}

// Whoever it waits for may have been on this processor, and need it to go on. A thread's own
// affair: in graphs as well.
void Execution::waits(const char* loop, unsigned most, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  HotLoop* hot = find(self, loop);
  if (hot == nullptr) hot = &self.loops.emplace_back(HotLoop{loop, steps_});
  if (hot->pauses++ < most) return;
  std::string message = self.name + " waits in " + loop + " and never lets go of its processor";
  fail(FailureKind::livelock, std::move(message), site);
}

void Execution::gives_way() {
  for (HotLoop& hot : threads_[running_]->loops) hot.pauses = 0;
}

}  // namespace tenterhook::checker
