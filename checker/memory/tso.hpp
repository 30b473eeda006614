// Total store order as the abstract machine of Owens, Sarkar and Sewell ("A better x86 memory
// model: x86-TSO", TPHOLs 2009): a first-in first-out store buffer a thread, of any length; a load
// sees its own thread's newest buffered store to the cell, else memory; locked operations, fences
// and system calls wait for an empty buffer. C++ operations become x86's as arch/lowering.hpp says.
#pragma once

#include "checker/memory/model.hpp"

namespace tenterhook::checker {

class TotalStoreOrder final : public MemoryModel {
 public:
  bool ready(const Thread& thread) const override;
  Seen read(const Thread& thread, const Cell& cell) const override;
  void write(Execution& execution, Thread& thread, const BufferedStore& store,
             std::memory_order order) override;
  void flush(Execution& execution, Thread& thread) override;
  bool buffers(const Op& op) const override;
  bool volatile_readiness() const override { return true; }
};

}  // namespace tenterhook::checker
