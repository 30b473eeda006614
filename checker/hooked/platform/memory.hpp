// Hooked memory comes from the execution's arena; it is never reused within an execution.
#pragma once

#include <new>
#include <utility>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <class T, class... Arguments>
T* create(Arguments&&... arguments) {
  void* block = engine().allocate_block(sizeof(T), site::current());
  return ::new (block) T(std::forward<Arguments>(arguments)...);
}

template <class T>
void destroy(T* object, site at = site::current()) {
  if (object == nullptr) return;
  engine().release(object, at);
  object->~T();
}

inline void label(const void* object, std::size_t bytes, const char* type, std::int64_t number) {
  engine().label(object, bytes, type, number);
}

// Pages hold no cells of their own; the program constructs them there.
inline void* map_pages(std::size_t bytes, site at = site::current()) {
  return engine().allocate_block(bytes, at);
}
inline void unmap_pages(void* pages, std::size_t, site at = site::current()) {
  engine().release(pages, at);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
