// The state of a goroutine, and the scan bit over it: readgstatus, casgstatus, castogscanstatus,
// casfrom_Gscanstatus, casgcopystack, scang, restartg, isscanstatus, dumpgstatus of Go 1.6
// (proc.go).
//
// The scan bit is a lock: whoever has set it owns the stack, and every other change of the state
// waits until it is cleared. It counts as one in the order of locks: nothing that takes sched.lock
// may be called while holding it (R14).
//
// Thread safe. Each change of the state releases what precedes it and acquires what preceded the
// last one. Errors: a change that the state machine does not have is fatal, in Go's words.
// Checked by: g_status/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

std::uint32_t readgstatus(g* gp);
bool isscanstatus(std::uint32_t status);

// From oldval to newval, neither with the scan bit; waits while the bit is set. REQUIRES: but for
// the bit, the state is oldval, and only the caller may change it.
void casgstatus(g* gp, std::uint32_t oldval, std::uint32_t newval);

// Sets the scan bit over oldval. False: the state is another by now.
bool castogscanstatus(g* gp, std::uint32_t oldval, std::uint32_t newval);

// Clears it. REQUIRES: the caller set it.
void casfrom_Gscanstatus(g* gp, std::uint32_t oldval, std::uint32_t newval);

// To Gcopystack, from Gwaiting or Grunnable, which others may be changing; returns which it was.
std::uint32_t casgcopystack(g* gp);

// Returns when gp's stack has been scanned once since the call: by the caller, who has the scan
// bit, or by gp itself at its next safe point. A safe point while it waits, on a goroutine: gp may
// be stopping the world. REQUIRES: one scanner a goroutine at a time; no lock is held.
void scang(g* gp);

// The end of a scan. REQUIRES: the caller set the scan bit.
void restartg(g* gp);

// Part of safepoint: the scan that was asked of the running goroutine. On g0 (mcall).
g* scan_self(g* gp);

void dumpgstatus(g* gp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
