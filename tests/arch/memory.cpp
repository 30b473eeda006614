#include "platform/memory.hpp"

#include <gtest/gtest.h>

#include "arch/this_target.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

TEST(Memory, CreateConstructsAndDestroyDestructs) {
  struct counted {
    counted(int& alive, int by) : alive_(alive), by_(by) { alive_ += by_; }
    ~counted() { alive_ -= by_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    int& alive_;
    int by_;
  };
  int alive = 0;
  auto* object = create<counted>(alive, 3);
  label(object, sizeof *object, "counted", 1);
  EXPECT_EQ(alive, 3);
  destroy(object);
  EXPECT_EQ(alive, 0);
  destroy<counted>(nullptr);
}

TEST(Memory, MappedPagesAreZeroedWritableAndAligned) {
  constexpr std::size_t bytes = 3 * 65536 + 1;
  auto* pages = static_cast<unsigned char*>(map_pages(bytes));
  ASSERT_NE(pages, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(pages) % 4096, 0u);
  for (std::size_t i = 0; i < bytes; i += 4096) ASSERT_EQ(pages[i], 0);
  pages[0] = pages[bytes - 1] = 1;
  unmap_pages(pages, bytes);
}

TEST(Memory, MoreThanThereIsIsNullptr) {
  EXPECT_EQ(map_pages(SIZE_MAX - (1 << 20)), nullptr);
}

TEST(MemoryDeathTest, UnmappedPagesAreGone) {
  auto* pages = static_cast<volatile char*>(map_pages(4096));
  unmap_pages(const_cast<char*>(pages), 4096);
  EXPECT_DEATH(*pages = 1, "");
}

TEST(MemoryDeathTest, UnmappingWhatIsNoPageIsFatal) {
  int local = 0;
  EXPECT_DEATH(unmap_pages(reinterpret_cast<char*>(&local) + 1, 4096), "munmap failed");
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
