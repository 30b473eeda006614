// The CPU profiler's hook: setcpuprofilerate_m, resetcpuprofiler, sigprof of Go 1.6 (proc.go,
// os1_linux.go).
//
// hook.resetcpuprofiler starts and stops the ticks, which may be the thread's own or, as from
// setitimer(2), come to any thread of the process: sigprof ignores those on an M whose own
// profiling is off. Checked by: prof/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// From now on each M is profiled hz times a second, from the next goroutine that it runs; hz <= 0:
// not. REQUIRES: on a goroutine; one call at a time, which Go's callers have cpuprofLock for.
void setcpuprofilerate_m(runtime& rt, std::int32_t hz);

// Of the calling M.
void resetcpuprofiler(m& mp, std::int32_t hz);

// A tick: add(rt) runs under prof.lock while profiling is on. In a signal handler, at any point of
// the interrupted code. Waits for other threads' ticks, never for its own.
void sigprof(runtime& rt, void (*add)(runtime& rt));

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
