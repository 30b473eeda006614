// Where a goroutine is, said where it changes: in one queue (to be run, of a semaphore, of the free
// ones), or in one thread's hands. Nobody puts it into a second queue, nor runs it while it is in
// one, nor while the world is stopped. And how many Ps are in the idle list, and whom nmspinning
// counts.
//
// Checked hooked and under Relacy, in cells that are as racy as the protocol around them: whoever
// puts or takes without the order that the queues promise is a reported race. Natively all of this
// is folded away.
#pragma once

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// By whoever has gp, before it is in the queue.
inline void enqueued(g* gp) {
  if (platform::ghosts() == nullptr) return;
  platform::check(!gp->queued.get(), "a goroutine is in one queue at a time");
  gp->queued.set(true);
}

// By whoever has taken gp, nullptr included; returns it.
inline g* dequeued(g* gp) {
  if (platform::ghosts() != nullptr && gp != nullptr) gp->queued.set(false);
  return gp;
}

// By the thread that is about to run gp.
inline void runs(g* gp) {
  if (platform::ghosts() == nullptr) return;
  platform::check(!gp->queued.get(), "a goroutine that runs is in no queue");
  gp->turns.set(gp->turns.get() + 1);
}

// By a thread that runs goroutines, between taking its P and giving it up.
inline void world_runs(runtime& rt) {
  if (platform::ghosts() == nullptr) return;
  platform::check(!rt.sched.stopped.get(), "nobody runs while the world is stopped");
}

// By whoever stops using pp, in a stopped world.
inline void goes_out_of_use(p* pp) {
  if (platform::ghosts() == nullptr) return;
  // relaxed: the world is stopped
  platform::check(pp->m.load(std::memory_order_relaxed) == nullptr,
                  "a P that goes out of use is no M's");
}

// By whoever changes the list of idle Ps, under sched.lock: npidle was `counted` before, and there
// are `more` of them from now on. It changes with the list only, so while the lock is free the two
// agree.
inline void idle_changes(runtime& rt, std::uint32_t counted, std::uint32_t more) {
  if (platform::ghosts() == nullptr) return;
  platform::check(counted == rt.sched.idle.get(), "npidle counts the Ps of the idle list");
  rt.sched.idle.set(counted + more);
}

// By whoever counts mp in nmspinning, after that, or hands it the count that a wake has made; and
// by mp, before it counts itself off. So every count is one M's, or belongs to one call of startm.
inline void spin_counted(m& mp, bool counted) {
  if (platform::ghosts() == nullptr) return;
  platform::check(mp.counted.get() != counted, "an M that spins is counted, once");
  mp.counted.set(counted);
}

// By an M that is about to sleep, or to run a goroutine.
inline void spins_no_more(m& mp) {
  if (platform::ghosts() == nullptr) return;
  platform::check(!mp.counted.get(), "nobody is counted as spinning who sleeps, or has work");
}

// By whoever has stopped the world, or is about to start it.
inline void set_stopped(runtime& rt, bool stopped) {
  if (platform::ghosts() != nullptr) rt.sched.stopped.set(stopped);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
