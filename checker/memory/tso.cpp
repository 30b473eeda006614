#include "checker/memory/tso.hpp"

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
namespace {

// Does the operation's lowering on x86 wait for an empty store buffer?
bool drains(const Op& op) {
  switch (op.kind) {
    case OpKind::store:
    case OpKind::fence:
      return op.order == std::memory_order_seq_cst;  // xchg, mfence
    case OpKind::rmw:
    case OpKind::cas:
    case OpKind::cas_weak:    // locked
    case OpKind::futex_wait:
    case OpKind::futex_wake:
    case OpKind::start:
    case OpKind::end:         // system calls
      return true;
    default:
      return false;
  }
}

}  // namespace

bool TotalStoreOrder::ready(const Thread& thread) const {
  return !thread.buffered() || !drains(thread.pending);
}

MemoryModel::Seen TotalStoreOrder::read(const Thread& thread, const Cell& cell) const {
  for (std::size_t i = thread.buffer.size(); i > thread.flushed; --i) {
    const BufferedStore& own = thread.buffer[i - 1];
    if (own.cell == &cell) return {own.bits, own.event, own.step, own.clock};
  }
  return {cell.bits, cell.writer, cell.writer_step, cell.clock};
}

void TotalStoreOrder::write(Execution& execution, Thread& thread, const BufferedStore& store,
                            std::memory_order order) {
  if (order == std::memory_order_seq_cst) {
    execution.commit(*store.cell, store);
  } else {
    thread.buffer.push_back(store);
  }
}

void TotalStoreOrder::flush(Execution& execution, Thread& thread) {
  const BufferedStore store = thread.buffer[thread.flushed++];
  if (!thread.buffered()) {
    thread.buffer.clear();
    thread.flushed = 0;
  }
  if (store.cell != nullptr) execution.commit(*store.cell, store);  // null: it died
}

bool TotalStoreOrder::buffers(const Op& op) const {
  return op.kind == OpKind::store && op.order != std::memory_order_seq_cst;
}

}  // namespace tenterhook::checker
