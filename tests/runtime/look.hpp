// A test's looks at cells of the runtime, whose order does not matter.
#pragma once

#include "platform/atomic.hpp"

namespace tenterhook::native::runtime {

template <class T>
T look(const platform::atomic<T>& cell) {
  return cell.load(std::memory_order_seq_cst);
}

template <class T>
void put(platform::atomic<T>& cell, T value) {
  cell.store(value, std::memory_order_seq_cst);
}

}  // namespace tenterhook::native::runtime
