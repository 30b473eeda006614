// The hooked plain<T>: no step, but every access is checked for races and initialisation.
#pragma once

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <seam::cell_value T>
class plain {
 public:
  explicit plain(const char* name) {
    detail::construct<T>(cell_, checker::CellKind::plain, name, -1);
    if (checker::Execution::exists()) engine().born(cell_);
  }
  explicit plain(T value, const char* name = "", int index = -1) {
    detail::construct<T>(cell_, checker::CellKind::plain, name, index);
    cell_.bits = detail::to_bits(value);
    cell_.initialised = true;
    if (checker::Execution::exists()) engine().born(cell_);
  }
  ~plain() { checker::Execution::died(cell_); }
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;

  T get(site at = site::current()) const {
    return detail::from_bits<T>(engine().plain_read(cell_, at));
  }
  void set(T value, site at = site::current()) {
    engine().plain_write(cell_, detail::to_bits(value), at);
  }

 private:
  mutable checker::Cell cell_;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
