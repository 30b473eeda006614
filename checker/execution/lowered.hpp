// What a C++ operation is on a machine without total store order, as events of its graph: barriers,
// the access, barriers. Pure functions; thread safe.
#pragma once

#include <atomic>
#include <cstdint>

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

struct Barriers {
  Barrier before = Barrier::none;
  Barrier after = Barrier::none;
};

// REQUIRES: the model is power or arm.
Barriers load_barriers(GraphModel model, std::memory_order order);
Barriers store_barriers(GraphModel model, std::memory_order order);
// `fail_order`: of a compare-exchange that fails; else the order.
Barriers modify_barriers(GraphModel model, std::memory_order order, std::memory_order fail_order,
                         bool failed);
Barrier fence_barrier(GraphModel model, std::memory_order order);

}  // namespace tenterhook::checker
