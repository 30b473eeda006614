// The monitor: sysmon, retake, forcegchelper of Go 1.6 (proc.go). A thread without a P that takes
// Ps back from long system calls, asks goroutines that run long to give way, polls the network if
// nobody does, forces collections, and traces.
//
// Checked by: sysmon/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// mstartfn of the monitor's M. Returns when the runtime ends.
void sysmon();

// What the monitor keeps from one round to the next; and one round of its loop: the sleep, then the
// look at everything. False: the runtime ends. sysmon's thread alone.
struct sysmon_state {
  std::int64_t lastscavenge = 0;  // ns
  std::int32_t nscavenge = 0;
  std::int64_t lasttrace = 0;  // ns
  std::int64_t idle = 0;       // rounds in a row in which it took no P
  std::uint32_t delay = 0;     // us
};
bool sysmon_round(runtime& rt, sysmon_state& s);
void sysmon_look(runtime& rt, sysmon_state& s, std::int64_t now);

// Wakes the monitor if it sleeps for want of anything to watch: pidleget, and whoever starts the
// world. REQUIRES: sched.lock is held.
void wake_sysmon(runtime& rt);

// One look at all Ps. Returns how many it took from system calls. sysmon's thread alone.
std::uint32_t retake(runtime& rt, std::int64_t now);

// The time slice of a goroutine, in ns.
inline constexpr std::int64_t forcePreemptNS = 10'000'000;

// The goroutine that sysmon wakes when there was no collection for long.
void forcegchelper(void* rt);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
