// Objects of the program under test, from an arena that ends with the execution. Nothing is reused
// within one: an access after destroy() meets a poisoned cell and is reported.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace detail {
void* allocate_block(std::size_t bytes);
void end_block(void* object);     // fails: not a block, or destroyed before
void poison_block(void* object);  // after its destructor
}  // namespace detail

template <class T, class... Arguments>
T* create(Arguments&&... arguments) {
  static_assert(alignof(T) <= 16);
  return ::new (detail::allocate_block(sizeof(T))) T(std::forward<Arguments>(arguments)...);
}

template <class T>
void destroy(T* object) {
  if (object == nullptr) return;
  detail::end_block(object);
  object->~T();
  detail::poison_block(object);
}

// Names the object in the trace of a failure.
void label(const void* object, std::size_t bytes, const char* type, std::int64_t number);

void* map_pages(std::size_t bytes);  // zeroed
void unmap_pages(void* pages, std::size_t bytes);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
