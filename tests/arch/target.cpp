#include "arch/this_target.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>

namespace tenterhook::arch {
namespace {

// A port that states one number wrongly, or not at all, is no target.
struct sound : target_amd64 {};
static_assert(target<sound>);
struct odd_page : target_amd64 {
  static constexpr unsigned phys_page = 5000;
};
static_assert(!target<odd_page>);
struct pointer_wider_than_word : target_386 {
  static constexpr unsigned pointer_size = 8;
};
static_assert(!target<pointer_wider_than_word>);
struct packing_of_65_bits : target_power64 {
  static constexpr lfstack_packing lfstack{
      .address_bits = 44, .align_shift = 3, .count_bits = 24};
};
static_assert(!target<packing_of_65_bits>);
struct link_register_without_frame : target_arm {
  static constexpr unsigned min_frame_size = 0;
};
static_assert(!target<link_register_without_frame>);
struct page_of_wrong_type : target_arm {
  static constexpr const char* phys_page = "4096";
};
static_assert(!target<page_of_wrong_type>);
static_assert(!target<int>);

TEST(Target, TheRegistryHoldsTheSixPortsSortedAndOnce) {
  std::vector<std::string_view> names;
  for (const target_info& t : targets) names.push_back(t.name);
  EXPECT_EQ(names, (std::vector<std::string_view>{"386", "amd64", "amd64p32", "arm", "power64",
                                                  "power64le"}));
}

TEST(Target, IsFoundByItsExactNameOnly) {
  ASSERT_NE(find_target("power64le"), nullptr);
  EXPECT_EQ(find_target("power64le")->name, "power64le");
  EXPECT_EQ(find_target("power"), nullptr);
  EXPECT_EQ(find_target(""), nullptr);
}

TEST(Target, TheX86PortsAreTsoAndTheOthersAreNot) {
  for (const target_info& t : targets) {
    const bool x86 = t.name == "386" || t.name == "amd64" || t.name == "amd64p32";
    EXPECT_EQ(t.model == memory_model::tso, x86) << t.name;
    EXPECT_EQ(t.rmw == rmw_kind::locked, x86) << t.name;
    EXPECT_EQ(t.model_name, name_of(t.model)) << t.name;
  }
  EXPECT_EQ(find_target("arm")->model_name, "arm");
  EXPECT_EQ(find_target("power64")->model_name, "power");
  EXPECT_EQ(find_target("power64le")->model_name, "power");
}

TEST(Target, OnlyPower64IsBigEndian) {
  for (const target_info& t : targets) {
    EXPECT_EQ(t.byte_order == std::endian::big, t.name == "power64") << t.name;
  }
}

TEST(Target, OnlyAmd64p32HasNoKernelToRunOn) {
  for (const target_info& t : targets) EXPECT_EQ(t.runnable, t.name != "amd64p32") << t.name;
}

// The two ports of one machine differ in what their names say and in nothing else.
TEST(Target, Power64AndPower64leDifferInByteOrderAlone) {
  using be = target_power64;
  using le = target_power64le;
  const auto rest = []<class T>(T) {
    return std::tuple(T::model, T::rmw, T::word_size, T::pointer_size, T::cache_line,
                      T::phys_page, T::pc_quantum, T::min_frame_size, T::has_link_register,
                      T::int64_align, T::stack_align, T::has_atomic8, T::has_atomic64,
                      T::lfstack.address_bits, T::lfstack.count_bits);
  };
  EXPECT_EQ(rest(be{}), rest(le{}));
  EXPECT_NE(be::byte_order, le::byte_order);
}

// Go's figures, once more and from the other side: a slip in a port file shows here.
TEST(Target, StatesGosFigures) {
  const auto row = []<class T>(T) {
    return std::tuple(T::word_size, T::pointer_size, T::cache_line, T::phys_page, T::pc_quantum,
                      T::has_link_register, T::int64_align, T::lfstack.count_bits);
  };
  EXPECT_EQ(row(target_386{}), std::tuple(4, 4, 64, 4096, 1, false, 4, 32));
  EXPECT_EQ(row(target_amd64{}), std::tuple(8, 8, 64, 4096, 1, false, 8, 19));
  EXPECT_EQ(row(target_amd64p32{}), std::tuple(8, 4, 64, 65536, 1, false, 8, 32));
  EXPECT_EQ(row(target_arm{}), std::tuple(4, 4, 32, 4096, 4, true, 4, 32));
  EXPECT_EQ(row(target_power64{}), std::tuple(8, 8, 64, 65536, 4, true, 8, 24));
}

TEST(Target, ThisBuildsPackingHoldsAnAddressOfThisProcess) {
  constexpr auto pack = this_target::lfstack;
  const auto* heap = new std::uint64_t{};
  const auto address = reinterpret_cast<std::uintptr_t>(heap);
  delete heap;
  EXPECT_EQ(address % (1u << pack.align_shift), 0u);
  if constexpr (pack.address_bits < 64) {
    EXPECT_EQ(std::uint64_t{address} >> pack.address_bits, 0u);
  }
}

}  // namespace
}  // namespace tenterhook::arch
