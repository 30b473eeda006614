// The models without a step machine, rc11, power and arm: an execution extends a graph
// (execution/graph_machine.hpp), which this class stands for.
#pragma once

#include "checker/memory/model.hpp"

namespace tenterhook::checker {

class OnGraph final : public MemoryModel {
 public:
  bool on_graph() const override { return true; }
  bool ready(const Thread&) const override { return true; }
  Seen read(const Thread& thread, const Cell& cell) const override;
  void write(Execution& execution, Thread& thread, const BufferedStore& store,
             std::memory_order order) override;
  void flush(Execution& execution, Thread& thread) override;
  bool buffers(const Op&) const override { return false; }
  bool volatile_readiness() const override { return false; }
};

}  // namespace tenterhook::checker
