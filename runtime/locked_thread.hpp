// Goroutines that are locked to a thread: LockOSThread, UnlockOSThread, lockOSThread,
// unlockOSThread, lockedOSThread, stoplockedm, startlockedm, incidlelocked of Go 1.6 (proc.go).
//
// REQUIRES, but where said: on a goroutine.
// Checked by: locked_thread/*, lifecycle/stop-locked.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Until the unlock, or its end, the calling goroutine runs on this thread only, and nothing else
// does. The user's does not nest; the runtime's own (lower case) does. An unlock too many is fatal:
// "runtime: internal error: misuse of lockOSThread/unlockOSThread".
void LockOSThread();
void UnlockOSThread();
void lockOSThread();
void unlockOSThread();
bool lockedOSThread();

// On g0 of an M that is locked: gives its P away, sleeps until its goroutine is runnable, and has a
// P then. False: the runtime ends.
bool stoplockedm();

// On g0: gives the calling M's P to the M that gp is locked to, and sleeps. False: the runtime
// ends.
bool startlockedm(g* gp);

// Wakes an M that sleeps, or is about to, in stoplockedm: to have a P, or because the runtime ends.
// Any thread. Ours: at the end of a runtime there may be two who do; false: we are the second.
bool wake_locked(m* mp);

// Counts sleeping Ms that are locked, or, by -1, pretends that one more runs. Any thread, holding
// no lock. Looks for a deadlock if v > 0.
void incidlelocked(runtime& rt, std::int32_t v);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
