// Memory, natively: the C++ heap for objects, mmap for pages. Use after free, double free and leaks
// are reported by the other platforms, and here by an address sanitizer build.
//
// Thread safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

template <class T, class... Arguments>
T* create(Arguments&&... arguments) {
  return new T(std::forward<Arguments>(arguments)...);
}

// As delete: nullptr does nothing.
template <class T>
void destroy(T* object) {
  delete object;
}

// Names are for traces.
inline void label(const void*, std::size_t, const char*, std::int64_t) {}

// Zeroed, private, readable and writable memory at a page's start, of `bytes` rounded up to pages;
// nullptr if the system has none. REQUIRES: bytes > 0.
void* map_pages(std::size_t bytes);

// Gives back what map_pages(bytes) returned. Anything else is fatal.
void unmap_pages(void* pages, std::size_t bytes);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
