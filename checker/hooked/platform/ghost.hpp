// The hooked ghost<T>: a variable of the proof. Its accesses are steps, give the program no
// ordering, and wake nobody.
#pragma once

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <seam::cell_value T>
class ghost {
 public:
  explicit ghost(T value = T{}, const char* name = "", int index = -1) {
    detail::construct<T>(cell_, checker::CellKind::ghost, name, index);
    cell_.bits = detail::to_bits(value);
    cell_.initialised = true;
  }
  ~ghost() { checker::Execution::died(cell_); }
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;

  T get(site at = site::current()) const {
    return detail::from_bits<T>(engine().ghost_read(cell_, at));
  }
  void set(T value, site at = site::current()) {
    std::uint64_t before = 0;
    engine().ghost_write(cell_, checker::Rmw::exchange, detail::to_bits(value), before, at);
  }
  T add(T value, site at = site::current())
    requires std::integral<T>
  {
    std::uint64_t before = 0;
    engine().ghost_write(cell_, checker::Rmw::add, detail::to_bits(value), before, at);
    return detail::from_bits<T>(before);
  }
  T peek() const { return detail::from_bits<T>(cell_.bits); }

 private:
  mutable checker::Cell cell_;
};

// Holds after every step from now on; nullptr ends it.
inline void always(bool (*holds)(void*), void* argument, const char* promise) {
  engine().always(holds, argument, promise);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
