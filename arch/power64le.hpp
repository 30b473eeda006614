// The power64le port: 64-bit POWER, little-endian, named ppc64le since 2014's end. All but the byte
// order is power64's, and stated again: a port is read on its own.
#pragma once

#include "arch/target.hpp"

namespace tenterhook::arch {

struct target_power64le {
  static constexpr std::string_view name = "power64le";
  static constexpr std::string_view about = "64-bit POWER, little-endian";
  static constexpr memory_model model = memory_model::power;
  static constexpr rmw_kind rmw = rmw_kind::ll_sc;
  static constexpr unsigned word_size = 8;
  static constexpr unsigned pointer_size = 8;
  static constexpr std::endian byte_order = std::endian::little;
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
static_assert(target<target_power64le>);

}  // namespace tenterhook::arch
