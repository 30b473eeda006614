// What a C++ operation is on a machine without total store order, as events of its graph: at most
// one barrier, the access, at most one barrier. From the port's table, arch/lowering.hpp. POWER's
// two ports share one; 64 bits are a pair of registers on ARM. Pure functions; thread safe.
#pragma once

#include <atomic>

#include "arch/lowering.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

struct Lowered {
  Barrier before = Barrier::none;
  Barrier after = Barrier::none;
  arch::dependency write_depends = arch::dependency::none;  // on the read of its operation
  bool paired = false;  // a load-reserve and a store-conditional: a store is one on ARM, of 64 bits
};

// Of the next four REQUIRES: the model is power or arm. `size` in bytes.
Lowered lowered_load(GraphModel model, unsigned size, std::memory_order order);
Lowered lowered_store(GraphModel model, unsigned size, std::memory_order order);
Lowered lowered_modify(GraphModel model, const Event& read, bool wrote);
Barrier lowered_fence(GraphModel model, std::memory_order order);

// Under every model: the write of a read-modify-write, right behind its read in the thread.
Event write_of(GraphModel model, const Event& read, std::uint64_t value);

}  // namespace tenterhook::checker
