// The monitor: sysmon, retake, forcegchelper of Go 1.6 (proc.go). A thread without a P that takes Ps
// back from long system calls, asks goroutines that run long to give way, polls the network if
// nobody does, forces collections, and traces.
//
// Checked by: sysmon/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// mstartfn of the monitor's M. Returns when the runtime ends.
void sysmon();

// One look at all Ps. Returns how many it took from system calls. sysmon's thread alone.
std::uint32_t retake(runtime& rt, std::int64_t now);

// The time slice of a goroutine, in ns.
inline constexpr std::int64_t forcePreemptNS = 10'000'000;

// The goroutine that sysmon wakes when there was no collection for long.
void forcegchelper(void* rt);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
