// Ps: acquirep, acquirep1, releasep, pidleput, pidleget, procresize of Go 1.6 (proc.go).
//
// Thread safety: at each function.
// Invariants: a P has at most one M; it is idle, or has an M, or is in a system call, or stopped.
// Checked by: spinning/*, stop_world/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Wires pp and the calling M. REQUIRES: the caller took pp, which is Pidle. Fatal otherwise:
// "acquirep: invalid p state", or "acquirep: already in go" if the M has one.
void acquirep(p* pp);
void acquirep1(p* pp);

// Parts them; pp is Pidle then, and the caller's.
p* releasep();

// The list of idle Ps. REQUIRES: sched.lock is held. pidleget: nullptr if there is none.
void pidleput(p* pp);
p* pidleget(runtime& rt);

// Changes how many Ps there are. Returns those with goroutines in their queues, linked by link,
// with
// their p.m set to an idle M or nullptr: the caller has to start them. The goroutines of Ps that go
// out of use are put at the head of the global queue.
// REQUIRES: the world is stopped, sched.lock is held; 0 < nprocs <= max_gomaxprocs, else fatal.
p* procresize(runtime& rt, std::int32_t nprocs);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
