// Watching: checkdead, schedtrace, throw and its dump, print, of Go 1.6 (proc.go, panic.go,
// print.go), and the part of GODEBUG that is about the scheduler (runtime1.go).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/check.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Fatal if no M runs and none will: "all goroutines are asleep - deadlock!", or, without a
// goroutine of the program's, "no goroutines (main called runtime.Goexit) - deadlock!". An M on the
// list for foreign threads counts as one that runs, since they may call in at any time. REQUIRES:
// sched.lock is held; it is not, when it throws (L19). Checked by: deadlock/*.
void checkdead(runtime& rt);

// The state of the scheduler, in Go's line format; times since rt.runtimeInitTime. Takes sched.lock
// and allglock. Any thread.
std::string schedtrace(runtime& rt, bool detailed, std::int64_t now);

// Is this the real thing? There the process ends with a throw, and what is printed without a hook
// goes to standard error.
inline bool native() { return std::string_view(platform::name()) == "native"; }

// Go's throw: says the message and, by hook.print, all Gs, Ms and Ps; takes no lock, but lists the
// Gs only if allglock is free. Natively no goroutine runs any more by then, as far as a freeze can
// reach it; who throws in the meantime waits for its end, or some seconds.
[[noreturn]] void throw_(runtime& rt, const char* message);

// Where print goes: to hook.print, or natively to standard error. Any thread, no lock needed.
void gwrite(runtime& rt, const std::string& text);
bool is_heard(const runtime& rt);  // false: what is written goes nowhere, and need not be made

// What Go's print makes of hex(value), and of a pointer: "0x1002"; "0x0" is no pointer. A muintptr
// is a number to it, in decimal.
std::string hex(std::uint64_t value);
inline std::uint64_t address(const void* of) { return reinterpret_cast<std::uintptr_t>(of); }

// What throw_ prints. Reads everything racily; what sched.lock guards is -1 if it is not free.
std::string crashtrace(runtime& rt);

// GODEBUG's scheduler settings.
struct debug_vars {
  std::int32_t schedtrace = 0;  // a trace every so many ms; 0: none
  std::int32_t scheddetail = 0;  // not 0: with a line each P, M and G
};

// Reads "schedtrace=1000,scheddetail=1"; a later setting wins, an empty text sets nothing. Returns
// "" or one sentence that says what is wrong with it, and then `into` is as before.
std::string parsedebugvars(std::string_view godebug, debug_vars& into);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
