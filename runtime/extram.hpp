// Threads that the runtime did not make: needm, dropm, newextram, lockextra, unlockextra of Go 1.6
// (proc.go); and beforefork, afterfork, procPin, procUnpin.
//
// A foreign thread that calls into the runtime borrows an M, with its g0 and its goroutine, from a
// list that is locked by exchanging its head.
// Checked by: extram/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Makes an M for a foreign thread and puts it on the list. REQUIRES: on an M.
void newextram(runtime& rt);

// The calling thread, which is no M, becomes one: it runs as that M's goroutine, in Gsyscall. Waits
// while the list is empty.
void needm(runtime& rt);

// And is none again.
void dropm(runtime& rt);

// Runs f(argument) as a goroutine's code on a foreign thread: needm, exitsyscall, f, entersyscall, dropm
// (Go: cgocallback). Makes another M for the list if it took the last.
void callback(runtime& rt, void (*f)(void*), void* argument);

// The head of the list, which is locked then. nilokay: nullptr is fine, else it waits.
m* lockextra(runtime& rt, bool nilokay);
void unlockextra(runtime& rt, m* mp);

// Around a fork of the process: no preemption, no profiling signals.
void beforefork();
void afterfork();

// Keeps the calling goroutine on its P, and returns which.
std::int32_t procPin();
void procUnpin();

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
