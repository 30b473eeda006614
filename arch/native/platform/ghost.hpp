// The native ghost<T> and `always`. A ghost is a seq_cst atomic: it gives the program's accesses
// more order than the seam allows, so a native run can miss a race that a ghost stands beside. The
// other platforms are exact there.
//
// Thread safe.
#pragma once

#include <atomic>

#include "arch/seam/seam.hpp"
#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <seam::cell_value T>
class ghost {
 public:
  constexpr explicit ghost(T value, const char* = "", int = -1) : cell_(value) {}
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;

  T get() const { return cell_.load(std::memory_order_seq_cst); }     // ghosts have one order
  void set(T value) { cell_.store(value, std::memory_order_seq_cst); }  // the same
  T add(T value)
    requires countable<T>
  {
    return cell_.fetch_add(value, std::memory_order_seq_cst);  // the same
  }
  T peek() const { return cell_.load(std::memory_order_relaxed); }  // nothing: after a join

 private:
  std::atomic<T> cell_;
};

// Natively there are no steps to check a predicate after.
inline void always(bool (*)(void*), void*, const char*) {}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
