#include "checker/memory/on_graph.hpp"

#include <exception>

#include "checker/execution/cell.hpp"

namespace tenterhook::checker {

MemoryModel::Seen OnGraph::read(const Thread&, const Cell& cell) const {
  return {cell.bits, cell.writer, cell.writer_step, cell.clock};
}

// The graph takes every store.
void OnGraph::write(Execution&, Thread&, const BufferedStore&, std::memory_order) {
  std::terminate();
}

void OnGraph::flush(Execution&, Thread&) {}

}  // namespace tenterhook::checker
