#include "platform/memory.hpp"

#include <sys/mman.h>

#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

void* map_pages(std::size_t bytes) {
  check(bytes > 0, "map_pages maps at least one byte");
  void* pages =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return pages == MAP_FAILED ? nullptr : pages;
}

void unmap_pages(void* pages, std::size_t bytes) {
  check(pages != nullptr, "unmap_pages is given pages");
  if (munmap(pages, bytes) != 0) fatal("unmap_pages: munmap failed");
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
