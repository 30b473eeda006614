// A memory model as a step machine: what a load sees, when a store becomes visible.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "checker/execution/thread.hpp"

namespace tenterhook::checker {

class Execution;

class MemoryModel {
 public:
  struct Seen {
    std::uint64_t bits;
    std::uint64_t writer;
    std::uint32_t step;
    const std::uint32_t* clock;
  };

  virtual ~MemoryModel() = default;
  // Has it no step machine, so that every execution extends a graph?
  virtual bool on_graph() const { return false; }

  // May the thread's pending operation be executed now?
  virtual bool ready(const Thread& thread) const = 0;

  // What a load of the cell by the thread sees.
  virtual Seen read(const Thread& thread, const Cell& cell) const = 0;

  // Executes a store. `drains`: it is visible at once (ready() has seen to the buffer).
  virtual void write(Execution& execution, Thread& thread, const BufferedStore& store,
                     std::memory_order order) = 0;

  // Makes the thread's oldest buffered store visible. REQUIRES: thread.buffered().
  virtual void flush(Execution& execution, Thread& thread) = 0;

  // Would a pending store go into the buffer, unseen by everybody else?
  virtual bool buffers(const Op& op) const = 0;

  // Must the enabled set be computed anew at every step?
  virtual bool volatile_readiness() const = 0;
};

// The model of that name; null: there is none.
std::unique_ptr<MemoryModel> make_model(std::string_view name);

}  // namespace tenterhook::checker
