// Data that a protocol protects, over rl::var: a race or an uninitialised read is a failure.
#pragma once

#include <source_location>

#include "arch/seam/seam.hpp"
#include "checker/relacy/cell.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

// Thread safety: the program's protocol; that is what is checked.
template <seam::cell_value T>
class plain {
  using place = std::source_location;

 public:
  explicit plain(const char* name) : cell_(name, -1) {}
  plain(T value, const char* name, int index = -1) : cell_(engine::to_bits(value), name, index) {}

  T get(place where = place::current()) const {
    return engine::from_bits<T>(static_cast<engine::bits_of<T>>(cell_.get(where)));
  }
  void set(T value, place where = place::current()) { cell_.set(engine::to_bits(value), where); }

 private:
  engine::plain_cell cell_;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
