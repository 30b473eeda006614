// Sequential consistency (Lamport 1979): memory is one array, a store is visible at once.
#pragma once

#include "checker/memory/model.hpp"

namespace tenterhook::checker {

class SequentialConsistency final : public MemoryModel {
 public:
  bool ready(const Thread&) const override { return true; }
  Seen read(const Thread& thread, const Cell& cell) const override;
  void write(Execution& execution, Thread& thread, const BufferedStore& store,
             std::memory_order order) override;
  void flush(Execution& execution, Thread& thread) override;
  bool buffers(const Op&) const override { return false; }
  bool volatile_readiness() const override { return false; }
};

}  // namespace tenterhook::checker
