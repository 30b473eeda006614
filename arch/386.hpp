// The 386 port: 32-bit x86. Go's int64 is aligned to 4 bytes here, so a 64-bit atomic in a struct
// can straddle a cache line unless it is placed with care; 64-bit atomics are CMPXCHG8B.
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_386 {
  static constexpr std::string_view name = "386";
  static constexpr std::string_view about = "32-bit x86";
  static constexpr memory_model model = memory_model::tso;
  static constexpr rmw_kind rmw = rmw_kind::locked;
  static constexpr unsigned word_size = 4;
  static constexpr unsigned pointer_size = 4;
  static constexpr std::endian byte_order = std::endian::little;
  static constexpr unsigned cache_line = 64;
  static constexpr unsigned phys_page = 4096;
  static constexpr unsigned pc_quantum = 1;
  static constexpr unsigned min_frame_size = 0;
  static constexpr bool has_link_register = false;
  static constexpr unsigned int64_align = 4;
  static constexpr unsigned stack_align = 16;
  static constexpr bool has_atomic8 = true;
  static constexpr bool has_atomic64 = true;
  static constexpr lfstack_packing lfstack{.address_bits = 32, .align_shift = 0, .count_bits = 32};
  static constexpr bool runnable = true;
};
static_assert(target<target_386>);

}  // namespace tenterhook::arch
