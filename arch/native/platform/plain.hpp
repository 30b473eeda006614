// The native plain<T>: a T, for free. The protocol that protects it is checked on the other
// platforms (and by a thread sanitizer build of this one, to which it is plain data as well).
//
// Not thread safe by itself: that is its meaning.
#pragma once

#include <source_location>

#include "arch/seam/seam.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <seam::cell_value T>
class plain {
  using location = std::source_location;

 public:
  // Uninitialised, as its memory was.
  explicit plain(const char*) {}
  constexpr plain(T value, const char*, int = -1) : value_(value) {}
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;

  T get(location = location::current()) const { return value_; }
  void set(T value, location = location::current()) { value_ = value; }

 private:
  T value_;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
