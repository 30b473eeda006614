// Threads that the runtime did not make: needm, dropm, newextram, lockextra, unlockextra of Go 1.6
// (proc.go), and cgocallback of cgocall.go; beforefork, afterfork, procPin, procUnpin.
//
// A foreign thread that calls into the runtime borrows an M, with its g0 and its goroutine, from a
// list that is locked by putting a mark in the place of its head.
//
// Invariant: the list has one M more than are needed, or will have it soon: whoever takes the last
// one makes another, as soon as it may. So nobody waits for ever.
// Checked by: extram/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Makes an M for a foreign thread and puts it on the list. Any thread; the M counts as one that
// runs from then on, for checkdead too.
void newextram(runtime& rt);

// The calling thread, which is no M, becomes one: it runs on that M's g0, and the M's goroutine is
// in Gsyscall, without a P, unless the runtime ends: then only dropm may follow. Waits while the
// list is empty. No signal comes between the two states.
// Fatal, if newextram was never called: "cgo callback before cgo call". REQUIRES: its first call,
// if there is one, was before.
void needm(runtime& rt);

// And is none again; the M goes back to the list. REQUIRES: needm's state, but for the P, which the
// last system call may have left behind; or the runtime ends.
void dropm();

// Runs f(argument) as that M's goroutine: needm, exitsyscall, f, entersyscall, dropm. Waits for a P
// as long as it must, and gives it back. f may do what a goroutine may, except to end itself
// (fatal); it may let no exception out. False: the runtime ended first; f was not run, or not to
// its end. REQUIRES: the thread is no M; the runtime is started, and lives until the return.
bool callback(runtime& rt, void (*f)(void*), void* argument);

// The head of the list, which is locked then: everybody else waits. nilokay: nullptr is fine, else
// it waits for an M. unlockextra puts mp in its place. Any thread; between the two a signal handler
// of this thread must not come here.
m* lockextra(runtime& rt, bool nilokay);
void unlockextra(runtime& rt, m* mp);

// Around a fork of the process: no preemption, no profiling signals. REQUIRES: on a goroutine, on
// which afterfork follows.
void beforefork();
void afterfork();

// Keeps the calling goroutine on its P, and returns which. Nests.
std::int32_t procPin();
void procUnpin();

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
