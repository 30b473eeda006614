// Memory of one execution: operator new inside Relacy's threads, the program's blocks and Relacy's
// own records of cells. Dropped as a whole, so an execution that is cut short leaves nothing
// behind; never reused within one, so a pointer to a dead object stays recognisable. At a fixed
// address where the system lets it be: the same execution then prints the same pointers.
//
// Thread safety: none needed, as session.hpp.
#pragma once

#include <cstddef>

namespace tenterhook::relacy::engine {

class arena {
 public:
  static constexpr bool wide = sizeof(void*) > 4;
  static constexpr std::size_t capacity = std::size_t{1} << (wide ? 30 : 28);  // reserved only

  void reset();
  bool contains(const void* address) const {
    const char* p = static_cast<const char*>(address);
    return p >= begin_ && p < begin_ + capacity;
  }
  // 16-byte aligned, not cleared; null: the arena is full.
  void* allocate(std::size_t bytes) {
    bytes = (bytes + 15) & ~std::size_t{15};
    if (bytes > capacity - used_) [[unlikely]]
      return nullptr;
    void* result = begin_ + used_;
    used_ += bytes;
    return result;
  }

 private:
  char* begin_ = nullptr;
  std::size_t used_ = capacity;
};

}  // namespace tenterhook::relacy::engine
