// The power64 port: 64-bit POWER, big-endian, named ppc64 since 2014's end.
//
// Linux limited user addresses to 43 bits then: with 3 zero bits of alignment lfstack has 24 bits
// of count. Kernels of today can hand out higher ones, which lfstackpush's packing check reports.
// The least frame is 1.6's 32 bytes (back chain, CR, LR, TOC); in 2014 it was one word. The cache
// line is the 64 bytes that Go states, though the machine's is 128.
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_power64 {
  static constexpr std::string_view name = "power64";
  static constexpr std::string_view about = "64-bit POWER, big-endian";
  static constexpr memory_model model = memory_model::power;
  static constexpr rmw_kind rmw = rmw_kind::ll_sc;
  static constexpr unsigned word_size = 8;
  static constexpr unsigned pointer_size = 8;
  static constexpr std::endian byte_order = std::endian::big;
  static constexpr unsigned cache_line = 64;
  static constexpr unsigned phys_page = 65536;
  static constexpr unsigned pc_quantum = 4;
  static constexpr unsigned min_frame_size = 32;
  static constexpr bool has_link_register = true;
  static constexpr unsigned int64_align = 8;
  static constexpr unsigned stack_align = 16;
  static constexpr bool has_atomic8 = false;
  static constexpr bool has_atomic64 = true;
  static constexpr lfstack_packing lfstack{.address_bits = 43, .align_shift = 3, .count_bits = 24};
  static constexpr bool runnable = true;
};
static_assert(target<target_power64>);

}  // namespace tenterhook::arch
