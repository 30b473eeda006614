// Who runs, and on which stack: getg, mcall, gogo, systemstack, and the safe point. In Go these are
// assembly (asm_*.s), stubs.go and, for the safe point, the stack check in every function's
// prologue with newstack behind it.
//
// An M's own stack (g0) runs the scheduler, as a loop: mstart1 in m.hpp. A goroutine that calls
// mcall(f) is left, and f(gp) runs on g0. Where Go's f never returns, ours returns the goroutine
// that this M is to enter next, or nullptr for "call schedule".
//
// Go's other reason for g0, that goroutines' stacks are small, is none here: systemstack(f) is f().
//
// Thread safety: each function is about the calling thread.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// The calling M, of which the platform keeps a thread's; nullptr on a thread that is none. Not to
// be kept across a stack switch: goroutines move between threads.
m* getm();
void setm(m* mp);

// The running goroutine, or the M's g0. REQUIRES, here and below: the thread is an M.
g* getg();
p* getp();  // nullptr: none
runtime& getrt();

// Leaves the calling goroutine and runs f(gp) on g0. Returns when somebody enters gp again, perhaps
// on another M. Fatal on g0: "runtime: mcall called on m->g0 stack".
void mcall(g* (*f)(g*));

// Enters gp; returns when it calls mcall, with what that f returned. REQUIRES: on g0; gp is
// Grunning and belongs to this M (execute).
g* gogo(g* gp);

template <class F>
void systemstack(F f) {
  f();
}

// Keeps the calling goroutine on its M and P until releasem.
m* acquirem();
void releasem(m* mp);

// After `m.locks--`: the request for preemption that was refused in between is made again (R12).
void restore_preempt(m* mp);

// Preempts the calling goroutine, or has it scan its stack, as it was asked to: Go's newstack, as
// far as it is about that. REQUIRES: gp runs on mp, which is the calling thread's.
void newstack(m* mp, g* gp);

// A safe point of the program: newstack if it was asked for. go, semacquire, semrelease, goready,
// exitsyscall, Gosched, scang, GOMAXPROCS and setMaxThreads are some; a loop that calls none of
// these has to call it. On g0 nothing happens.
// Checked by: stop_world/calls.
inline void safepoint() {
  m* mp = getm();
  g* gp = mp->running;
  // relaxed: a request that is seen late is seen at the next safe point
  if (gp->stackguard0.load(std::memory_order_relaxed) == stackPreempt) newstack(mp, gp);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
