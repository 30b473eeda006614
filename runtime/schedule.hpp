// Finding work: schedule, execute, findrunnable, resetspinning, wakep, handoffp, injectglist of Go
// 1.6
// (proc.go), and the protocol that keeps a runnable goroutine from being overlooked while a P is
// idle.
//
// An M is *spinning* if it has a P, is out of work, and looks for some in the others' queues;
// sched.nmspinning counts those, and those that are being started. Who makes a goroutine runnable
// puts it into a queue and then looks: if a P is idle and nobody spins, an M is woken, spinning.
// Who stops spinning because it found work wakes the next, if it was the last. Who stops spinning
// because there is none gives up its P, counts down nmspinning, and then looks at all queues again.
// Both sides first write and then read, seq_cst, so one of the two sees the other (Dekker).
//
// Thread safety: at each function.
// Checked by: spinning/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// The next goroutine to enter, made Grunning by execute. nullptr: the runtime ends.
// REQUIRES: on g0, with a P unless the M is locked to a goroutine.
g* schedule();

// Gives gp the calling M. inheritTime: it goes on in the time slice of the last one. Returns gp.
g* execute(g* gp, bool inheritTime);

// Stops spinning with work in hand; wakes the next M if it was the last to spin.
void resetspinning();

// Starts a spinning M unless one spins already. Any M, with or without a P.
void wakep(runtime& rt);

// Wakes an M if a P is idle and nobody spins: after a goroutine was made runnable.
void wakep_if_needed(runtime& rt);

// The same for a caller with a P, which spares it the fence if that is the only P: nobody is idle.
inline void wake_others(runtime& rt) {
  // relaxed: it changes while the world, and so the caller, is stopped
  if (rt.gomaxprocs.load(std::memory_order_relaxed) > 1) wakep_if_needed(rt);
}

// Gives away a P that its M cannot use for now: to another M if there may be work for it, to the
// idle list otherwise. The caller is without it then. Any thread, holding no lock.
void handoffp(p* pp);

// Makes a list of parked goroutines, linked by schedlink, runnable. Any thread, holding no lock.
void injectglist(runtime& rt, g* glist);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
