// The beginning and the end of a started runtime: schedinit and main of Go 1.6 (proc.go), osinit,
// and what exit(0) does.
//
//   runtime rt(1);
//   start(rt, {.procs = 2}, [](void*) { … }, nullptr);   // the main goroutine, on m0's thread
//   … wait for rt.exited …
//   stop(rt);                                            // ends and joins every M
//
// When the main goroutine returns the runtime is left, as a process is by exit(0): nothing that
// still runs or waits is finished. stop() waits for Ms that are in system calls or in loops without
// a safe point, and while a goroutine has stopped the world.
#pragma once

#include "runtime/deadlock.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Natively the environment has its say, as in Go: GOMAXPROCS, of which as much counts as is a
// number above 0; and GODEBUG, over `debug`: what is wrong with it is printed, in a sentence, and
// nothing of it counts. Hooked nothing from outside may decide an execution.
struct options {
  std::int32_t procs = 0;       // 0: natively GOMAXPROCS, or else as many as there are CPUs; else 1
  debug_vars debug = {};
  bool sysmon = true;           // false: no monitor ("strict"): nothing is mended by time
  bool extra_m = false;         // an M for foreign threads (Go: iscgo)
  bool forcegc = false;         // the goroutine that forces collections
  std::int32_t max_threads = 10'000;
  hooks hook = {};
};

// Starts m0's thread, whose first goroutine runs main(argument). REQUIRES: rt is fresh.
void start(runtime& rt, const options& how, void (*main)(void*), void* argument);

// Sleeps until the main goroutine has returned. One thread at a time.
void wait(runtime& rt);

// Ends every M. Afterwards the runtime may be destroyed. REQUIRES: as wait(), which has returned.
void stop(runtime& rt);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
