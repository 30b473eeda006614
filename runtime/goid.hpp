// Goroutine ids: the cache in newproc1 of Go 1.6 (proc.go). A P takes a batch of ids from sched and
// hands them out without any shared access. Ids start at 1, are unique, and ascend on each P.
// Checked by: goid/*.
#pragma once

#include <cstdint>

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// The next goroutine's id. REQUIRES: the caller owns pp. Any number of Ps at the same time.
std::int64_t newgoid(p* pp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
