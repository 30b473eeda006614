#include "checker/execution/arena.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace tenterhook::checker {

struct alignas(16) Arena::Header {
  static constexpr std::uint64_t kLive = 0x6c6976652d626c6bULL;
  static constexpr std::uint64_t kFreed = 0x66726565642d626bULL;
  std::uint64_t state;
  std::size_t bytes;
  std::source_location site;
};

namespace {
// far from where Linux puts programs, libraries, stacks and the sanitizers' shadows
constexpr std::uint64_t kBase = Arena::kWide ? 0x2000'0000'0000 : 0x8000'0000;
static_assert(kBase + Arena::kRegion * Arena::kRegions <= Arena::kBehind);

// The range stays mapped for the next arena of this process: an emulator notes every page of it,
// and a litmus test is short.
bool spare = false;
std::size_t most = 0;  // regions in use at once, of all executions
}  // namespace

Arena::Arena() : used_(kRegions, 0) {
  const auto wanted = reinterpret_cast<char*>(static_cast<std::uintptr_t>(kBase));
  if (spare) {
    spare = false;
    base_ = wanted;
    return;
  }
  void* base = ::mmap(wanted, kRegion * kRegions, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (base == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<char*>(base);
}

Arena::~Arena() {
  // what was written goes: the most that any execution used, a region a thread
  ::madvise(base_, kRegion * std::max(most, highest_), MADV_DONTNEED);
  spare = true;
}

void* Arena::allocate(std::uint32_t thread, std::size_t bytes) {
  const std::size_t rounded = (bytes + 15) / 16 * 16;
  std::size_t& used = used_[thread];
  if (thread >= highest_) highest_ = thread + 1;
  if (rounded > kRegion - used) return nullptr;
  char* memory = base_ + thread * kRegion + used;
  used += rounded;
  std::memset(memory, 0, rounded);
  return memory;
}

void* Arena::allocate_block(std::uint32_t thread, std::size_t bytes, std::source_location site) {
  void* memory = allocate(thread, sizeof(Header) + bytes);
  if (memory == nullptr) return nullptr;
  auto* header = ::new (memory) Header{Header::kLive, bytes, site};
  blocks_.push_back(header);
  return header + 1;
}

Arena::Released Arena::release_block(void* block) {
  if (!contains(block)) return Released::never_allocated;
  Header* header = static_cast<Header*>(block) - 1;
  if (header->state == Header::kFreed) return Released::twice;
  if (header->state != Header::kLive) return Released::never_allocated;
  header->state = Header::kFreed;
  return Released::yes;
}

std::size_t Arena::block_size(const void* block) {
  return (static_cast<const Header*>(block) - 1)->bytes;
}

std::vector<Arena::Leak> Arena::leaks() const {
  std::vector<Leak> found;
  for (Header* header : blocks_) {
    if (header->state == Header::kLive) found.push_back({header + 1, header->site});
  }
  std::sort(found.begin(), found.end(),
            [](const Leak& a, const Leak& b) { return a.block < b.block; });
  return found;
}

void Arena::reset() {
  std::fill_n(used_.begin(), highest_, 0);
  most = std::max(most, highest_);
  highest_ = 0;
  blocks_.clear();
}

}  // namespace tenterhook::checker
