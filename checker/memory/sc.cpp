#include "checker/memory/sc.hpp"

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {

MemoryModel::Seen SequentialConsistency::read(const Thread&, const Cell& cell) const {
  return {cell.bits, cell.writer, cell.writer_step, cell.clock};
}

void SequentialConsistency::write(Execution& execution, Thread&, const BufferedStore& store,
                                  std::memory_order) {
  execution.commit(*store.cell, store);
}

void SequentialConsistency::flush(Execution&, Thread&) {}

}  // namespace tenterhook::checker
