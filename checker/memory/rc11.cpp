#include "checker/memory/rc11.hpp"

#include <exception>

#include "checker/execution/cell.hpp"

namespace tenterhook::checker {

MemoryModel::Seen RepairedC11::read(const Thread&, const Cell& cell) const {
  return {cell.bits, cell.writer, cell.writer_step, cell.clock};
}

// The graph takes every store.
void RepairedC11::write(Execution&, Thread&, const BufferedStore&, std::memory_order) {
  std::terminate();
}

void RepairedC11::flush(Execution&, Thread&) {}

}  // namespace tenterhook::checker
