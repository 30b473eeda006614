// Watching: checkdead, schedtrace, throw and its dump, of Go 1.6 (proc.go, panic.go).
#pragma once

#include <string>

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Fatal if no M runs and none will: "all goroutines are asleep - deadlock!", or, without a goroutine
// of the program's, "no goroutines (main called runtime.Goexit) - deadlock!".
// REQUIRES: sched.lock is held; it is not, when it throws (L19). Checked by: deadlock/*.
void checkdead(runtime& rt);

// The state of the scheduler, in Go's line format. Takes sched.lock and allglock.
std::string schedtrace(runtime& rt, bool detailed, std::int64_t now);

// Go's throw: says the message and, by hook.print, all Gs, Ms and Ps; takes no lock.
[[noreturn]] void throw_(runtime& rt, const char* message);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
