// Entries of wait queues, cached a P: acquireSudog, releaseSudog of Go 1.6 (proc.go).
// Checked by: lifecycle/reuse.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// REQUIRES, both: on a goroutine.
sudog* acquireSudog();
void releaseSudog(sudog* s);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
