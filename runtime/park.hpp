// Parking and readying goroutines: gopark, goparkunlock, goready, ready, park_m, Gosched,
// goschedImpl, gosched_m, gopreempt_m, dropg of Go 1.6 (proc.go).
//
// Thread safety: at each function. What precedes ready is seen by the goroutine when it runs on.
// Checked by: park/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Parks the calling goroutine: it becomes Gwaiting, and then, on g0, unlockf(gp, lock) runs, which
// may make it known to whoever is to ready it. If that returns false the goroutine runs on at once.
// unlockf == nullptr: it is known already. Nothing of gp may be touched after unlockf has made it
// known: it may be running elsewhere (R13).
void gopark(bool (*unlockf)(g*, void*), void* lock, const char* reason);

// Parks, and then unlocks l.
void goparkunlock(mutex& l, const char* reason);

// Makes a parked goroutine runnable: on the calling M's P, and next in line if `next`. Otherwise it
// goes to the end of the queue, so that it overtakes nobody (L17). Wakes another M if a P is idle
// and nobody spins. goready is a safe point. REQUIRES: the calling M has a P; gp is known to nobody
// else; goready's caller holds no lock.
void ready(g* gp, bool next = true);
void goready(g* gp, bool next = true);

// Gives way: the caller goes to the end of the global queue.
void Gosched();

// Parts the M from its goroutine.
void dropg();

// -- on g0: see stubs.hpp --
g* park_m(g* gp);
g* gosched_m(g* gp);
g* gopreempt_m(g* gp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
