// Crashes of the program under test become failures of its execution.
#pragma once

namespace tenterhook::checker {

// Catches SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT inside virtual threads on an alternate stack,
// and watches for a virtual thread that runs for seconds of CPU time without a hooked operation.
// Outside virtual threads the signals do what they did before. Call once a process.
void catch_crashes();

}  // namespace tenterhook::checker
