// The amd64 port: 64-bit x86. A user address has 47 significant bits; lfstack keeps 48 and extends
// the sign, drops the 3 zero bits of a pointer-aligned node, and has 19 bits of count left.
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_amd64 {
  static constexpr std::string_view name = "amd64";
  static constexpr std::string_view about = "64-bit x86";
  static constexpr memory_model model = memory_model::tso;
  static constexpr rmw_kind rmw = rmw_kind::locked;
  static constexpr unsigned word_size = 8;
  static constexpr unsigned pointer_size = 8;
  static constexpr std::endian byte_order = std::endian::little;
  static constexpr unsigned cache_line = 64;
  static constexpr unsigned phys_page = 4096;
  static constexpr unsigned pc_quantum = 1;
  static constexpr unsigned min_frame_size = 0;
  static constexpr bool has_link_register = false;
  static constexpr unsigned int64_align = 8;
  static constexpr unsigned stack_align = 16;
  static constexpr bool has_atomic8 = true;
  static constexpr bool has_atomic64 = true;
  static constexpr lfstack_packing lfstack{.address_bits = 48, .align_shift = 3, .count_bits = 19};
  static constexpr bool runnable = true;
};
static_assert(target<target_amd64>);

}  // namespace tenterhook::arch
