// A function on every P: forEachP, runSafePointFn of Go 1.6 (proc.go). A "ragged barrier".
//
// Each P runs it at its next safe point; for a P that is idle or in a system call somebody else
// does. Who takes the flag (a compare-exchange from 1 to 0) runs it, so each P has it run once. The
// flag is looked at on every way into Pidle, before, and into Psyscall, after.
//
// Checked by: safepoint/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Returns when fn(pp) has run for every P below gomaxprocs. What fn did is seen by the caller.
// REQUIRES: the caller holds worldsema and a P.
void forEachP(runtime& rt, void (*fn)(puintptr));

// At a safe point of the calling M, whose P's runSafePointFn was seen to be set.
void runSafePointFn();

// The same for a P that its M is about to give up. REQUIRES: sched.lock is held; pp is the
// caller's.
void safepoint_locked(p* pp);

// Part of entersyscall, after pp became Psyscall (seq_cst): gives it away if there is a request for
// it, which forEachP may have made too late to see that.
void entersyscall_safepoint(p* pp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
