// The amd64p32 port: Native Client on amd64, with 64-bit registers and 4-byte pointers. Its page is
// NaCl's 64 KiB. No kernel of today runs its programs: ordering is modelled, layout is checked at
// compile time only (the nearest ABI is x32).
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_amd64p32 {
  static constexpr std::string_view name = "amd64p32";
  static constexpr std::string_view about =
      "64-bit x86 with 32-bit pointers (NaCl); layout is checked at compile time only";
  static constexpr memory_model model = memory_model::tso;
  static constexpr rmw_kind rmw = rmw_kind::locked;
  static constexpr unsigned word_size = 8;
  static constexpr unsigned pointer_size = 4;
  static constexpr std::endian byte_order = std::endian::little;
  static constexpr unsigned cache_line = 64;
  static constexpr unsigned phys_page = 65536;
  static constexpr unsigned pc_quantum = 1;
  static constexpr unsigned min_frame_size = 0;
  static constexpr bool has_link_register = false;
  static constexpr unsigned int64_align = 8;
  static constexpr unsigned stack_align = 16;
  static constexpr bool has_atomic8 = true;
  static constexpr bool has_atomic64 = true;
  static constexpr lfstack_packing lfstack{.address_bits = 32, .align_shift = 0, .count_bits = 32};
  static constexpr bool runnable = false;
};
static_assert(target<target_amd64p32>);

}  // namespace tenterhook::arch
