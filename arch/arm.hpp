// The arm port: 32-bit ARM on linux, ARMv5 and up as Go 1.4 supports it. There are no byte atomics,
// and a 64-bit atomic takes one lock of a table of 57. (Our own native build is for ARMv7, whose
// ldrexd needs no lock.) The page is linux's; NaCl has 64 KiB.
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_arm {
  static constexpr std::string_view name = "arm";
  static constexpr std::string_view about = "32-bit ARM";
  static constexpr memory_model model = memory_model::arm;
  static constexpr rmw_kind rmw = rmw_kind::ll_sc;
  static constexpr unsigned word_size = 4;
  static constexpr unsigned pointer_size = 4;
  static constexpr std::endian byte_order = std::endian::little;
  static constexpr unsigned cache_line = 32;
  static constexpr unsigned phys_page = 4096;
  static constexpr unsigned pc_quantum = 4;
  static constexpr unsigned min_frame_size = 4;
  static constexpr bool has_link_register = true;
  static constexpr unsigned int64_align = 4;
  static constexpr unsigned stack_align = 8;
  static constexpr bool has_atomic8 = false;
  static constexpr bool has_atomic64 = false;
  static constexpr lfstack_packing lfstack{.address_bits = 32, .align_shift = 0, .count_bits = 32};
  static constexpr bool runnable = true;
};
static_assert(target<target_arm>);

}  // namespace tenterhook::arch
