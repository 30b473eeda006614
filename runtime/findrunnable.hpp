// findrunnable of Go 1.6 (proc.go): what an M does that is out of work. See schedule.hpp for the
// protocol.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct found {
  g* gp;  // nullptr: none, or, from findrunnable, the runtime ends
  bool inheritTime;
};

// Looks in the local queue, the global one, the network and the other Ps' queues; sleeps without a
// P until there is something. REQUIRES: on g0, with a P. Checked by: spinning/*.
found findrunnable();

// Is any P's queue, or the global one, not empty? Any thread, behind a fence.
bool any_work(runtime& rt);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
