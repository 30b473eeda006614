// Blocks, labels and pages from the execution's arena.
#include "platform/memory.hpp"

#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::platform::detail {

using engine::current;
using engine::failure_kind;

namespace {

constexpr std::uint64_t alive = 0x65766974696d6b62;
constexpr std::uint64_t dead = 0x6c6c6f7573746e77;
constexpr int poison = 0xDB;  // no cell's signature

struct alignas(16) header {
  std::uint64_t state;
  std::size_t bytes;
  unsigned creator;
};

header* header_of(void* object) { return static_cast<header*>(object) - 1; }

}  // namespace

void* allocate_block(std::size_t bytes) {
  void* place = current.memory.allocate(sizeof(header) + bytes);
  if (place == nullptr) {
    current.fail(failure_kind::misuse, "the execution's arena is full", current.here);
  }
  auto* made = ::new (place) header{alive, bytes, current.slot_of[rl::ctx().threadx_->index_]};
  current.self().blocks++;
  return made + 1;
}

void end_block(void* object) {
  if (!current.memory.contains(object) || header_of(object)->state != alive) {
    const bool again = current.memory.contains(object) && header_of(object)->state == dead;
    current.fail(again ? failure_kind::double_free : failure_kind::misuse,
                 again ? "the object was destroyed before" : "destroy of what create did not make",
                 current.here);
  }
  header_of(object)->state = dead;
  current.threads[header_of(object)->creator].blocks--;
}

void poison_block(void* object) { std::memset(object, poison, header_of(object)->bytes); }

}  // namespace tenterhook::relacy::platform::detail

namespace tenterhook::relacy::platform {

void label(const void* object, std::size_t bytes, const char* type, std::int64_t number) {
  using engine::current;
  if (current.recording()) current.labels.object(object, bytes, type, number);
}

void* map_pages(std::size_t bytes) {
  using engine::current;
  constexpr std::size_t page = 4096;
  void* place = current.memory.allocate(bytes + page);
  if (place == nullptr) {
    current.fail(engine::failure_kind::misuse, "the execution's arena is full", current.here);
  }
  const auto address = (reinterpret_cast<std::uintptr_t>(place) + page - 1) & ~(page - 1);
  return std::memset(reinterpret_cast<void*>(address), 0, bytes);
}

void unmap_pages(void*, std::size_t) {}

}  // namespace tenterhook::relacy::platform
