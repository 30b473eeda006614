// Variables of the proof. Relacy runs one thread at a time, so plain storage is sequentially
// consistent and orders nothing; `always` predicates are evaluated after every write.
#pragma once

#include "arch/seam/seam.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace detail {
void ghost_written();  // evaluates the `always` predicates
}

template <class T>
class ghost {
 public:
  explicit ghost(T value, const char* name = "", int index = -1) : value_(value) {
    (void)name;
    (void)index;
  }
  ghost(const ghost&) = delete;
  ghost& operator=(const ghost&) = delete;

  T get() { return value_; }
  void set(T value) {
    value_ = value;
    detail::ghost_written();
  }
  T add(T value) {
    const T before = value_;
    value_ = static_cast<T>(before + value);
    detail::ghost_written();
    return before;
  }
  T peek() const { return value_; }

 private:
  T value_;
};

// The predicate holds from now on: evaluated before every scheduling decision and after every ghost
// write. nullptr ends all of them. At most eight at a time.
void always(bool (*holds)(void*), void* argument, const char* promise);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
