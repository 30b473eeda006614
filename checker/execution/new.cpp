// operator new inside a virtual thread allocates from the execution's arena: an execution that is
// cut never unwinds, so nothing else would give its memory back.
#include <cstdlib>
#include <new>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {

// Here, so that whoever has an execution links these operators: else a sanitizer's library, which
// comes before the archive, would be asked for operator new first and this file left out.
Execution* Execution::current_ = nullptr;

}  // namespace tenterhook::checker

namespace {

void* allocate(std::size_t bytes, std::size_t alignment) {
  using tenterhook::checker::Execution;
  if (Execution::exists() && alignment <= 16) {
    if (void* memory = Execution::current().user_allocate(bytes)) return memory;
  }
  void* memory = alignment <= alignof(std::max_align_t)
                     ? std::malloc(bytes == 0 ? 1 : bytes)
                     : std::aligned_alloc(alignment,
                                          (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void release(void* memory) {
  using tenterhook::checker::Execution;
  if (Execution::exists() && Execution::current().owns(memory)) return;
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, std::align_val_t a) {
  return allocate(bytes, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) {
  return allocate(bytes, static_cast<std::size_t>(a));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
