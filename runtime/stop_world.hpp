// Stopping all goroutines: stopTheWorld, startTheWorld, stopTheWorldWithSema,
// startTheWorldWithSema, gcstopm, freezetheworld, preemptall, preemptone; gcprocs, needaddgcproc,
// helpgc, mhelpgc, gchelper of Go 1.6 (proc.go).
//
// Who stops the world holds worldsema, sets gcwaiting and counts the Ps in stopwait. Each P is
// stopped by its M at a safe point (gcstopm), by the stopper if it is idle, or by whoever comes
// first, the stopper or the M, if it is in a system call; whoever stops the last wakes the
// stopper.
//
// Thread safety: at each function.
// Checked by: stop_world/*.
#pragma once

#include "platform/check.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Returns when only the calling goroutine runs, and keeps it on its M until startTheWorld. Callers
// queue. REQUIRES: on a goroutine, holding no lock.
void stopTheWorld(const char* reason);
void startTheWorld();

// The same for a caller that holds worldsema and has set m.preemptoff.
void stopTheWorldWithSema(runtime& rt);
void startTheWorldWithSema(runtime& rt);

// pp is stopped, and counted; the last one wakes who stops the world. REQUIRES: sched.lock is held,
// gcwaiting is set, and pp is the caller's.
void stopped(p* pp);

// Stops the calling M's P, and then the M, until the world is started. False: the runtime ends.
// REQUIRES: on g0, holding no lock; gcwaiting was seen to be set.
bool gcstopm();

// As stopTheWorld, but best-effort, for ever, and without taking a lock: for a crash.
void freezetheworld(runtime& rt);

// Asks the goroutines that run to stop at their next safe point. Best-effort, but for stop_asked.
// True: at least one was asked. Any thread.
bool preemptall(runtime& rt);
bool preemptone(p* pp);

// The other side of preemptall: asks gp to stop at its next safe point if the world stops, or if
// there is a request for pp. For who has just begun to run gp on pp.
//
// The race: preemptall finds another goroutine on the P, or none, and gp would run without knowing.
// (Go 1.6 asks again after 100 us.) Closed by both first writing and then reading, seq_cst: who
// wants a stop says so (gcwaiting, runSafePointFn) and then looks at status, p.m and curg; who runs
// gp sets these and then looks here (Dekker).
// REQUIRES: the last store of those three was seq_cst; the calling M runs gp on pp.
inline void stop_asked(p* pp, g* gp) {
  // seq_cst, both: see above
  if (pp->rt.sched.gcwaiting.load(std::memory_order_seq_cst) == 0 &&
      pp->runSafePointFn.load(std::memory_order_seq_cst) == 0) {
    return;
  }
  platform::mark("stop_asked/late");
  gp->preempt.store(1, std::memory_order_relaxed);      // our own goroutine's
  gp->stackguard0.store(stackPreempt, std::memory_order_relaxed);  // the same
}

// Helpers of the collector, while the world is stopped: how many Ms would take part, the caller
// included; whether one more could; and the waking of those. Fatal: "gcprocs inconsistency".
std::int32_t gcprocs(runtime& rt);
bool needaddgcproc(runtime& rt);
void helpgc(runtime& rt, std::int32_t nproc);
void mhelpgc();        // mstartfn of an M that is made to help the next time
void gchelper(m& mp);  // what a helper does: hook.gchelper; the last one wakes the collector

// A collection by all Ms that sleep, as Go's gc does it: has them begin, and returns how many take
// part, the caller included; waits until they are done. REQUIRES: the world is stopped by us.
std::int32_t starthelpers(runtime& rt);
void waithelpers(runtime& rt);

// GOMAXPROCS at run time: stops the world, changes it if n > 0, starts the world. Returns what it
// was. REQUIRES: on a goroutine.
std::int32_t GOMAXPROCS(runtime& rt, std::int32_t n);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
