// The memory of an execution. One range of addresses, the same in every process; in it a region
// for each virtual thread, in which allocation n lies where it lay in every other execution that
// allocated the same before it: (thread, n-th allocation) fixes an address. Nothing is reused
// within an execution; reset() drops all of it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <vector>

namespace tenterhook::checker {

class Arena {
 public:
  // Where there are 4 GiB of addresses, an eighth of them is the arena.
  static constexpr bool kWide = sizeof(void*) > 4;
  static constexpr std::size_t kRegion = std::size_t{kWide ? 16 : 1} << 20;  // bytes a thread
  static constexpr std::size_t kRegions = kWide ? 4096 : 512;                // threads

  Arena();   // throws std::bad_alloc when the address range cannot be reserved
  ~Arena();
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  bool contains(const void* address) const {
    const auto offset = reinterpret_cast<std::uintptr_t>(address) -
                        reinterpret_cast<std::uintptr_t>(base_);
    return offset < kRegion * kRegions;
  }

  // Whose region it lies in. REQUIRES: contains(address).
  std::uint32_t thread_of(const void* address) const {
    return static_cast<std::uint32_t>(
        static_cast<std::size_t>(static_cast<const char*>(address) - base_) / kRegion);
  }

  // Zeroed memory from the thread's region, aligned to 16; null when the region is full.
  void* allocate(std::uint32_t thread, std::size_t bytes);

  // Memory that must be released again: a block. release() says whether it was live.
  enum class Released { yes, twice, never_allocated };
  void* allocate_block(std::uint32_t thread, std::size_t bytes, std::source_location site);
  Released release_block(void* block);
  // The bytes of a block. REQUIRES: it came from allocate_block.
  static std::size_t block_size(const void* block);
  // The oldest block, by (thread, n-th allocation), that was never released; null: none.
  struct Leak {
    const void* block;
    std::source_location site;
  };
  std::vector<Leak> leaks() const;

  void reset();

  // The first address behind the arena: of virtual threads' stacks, if nothing else is there.
  static constexpr std::uint64_t kBehind = kWide ? 0x2100'0000'0000 : 0xa000'0000;

 private:
  struct Header;

  char* base_;
  std::vector<std::size_t> used_;      // of each region
  std::size_t highest_ = 0;            // regions in use: [0, highest_)
  std::vector<Header*> blocks_;
};

}  // namespace tenterhook::checker
