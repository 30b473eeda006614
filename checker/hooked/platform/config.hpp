// Sizes that decide a state space, small: every one is a constant of Go's that natively has the
// document's value (arch/native/platform/config.hpp).
#pragma once

#include <cstdint>

namespace tenterhook::TENTERHOOK_PLATFORM::platform::config {

inline constexpr std::uint32_t ncpu = 3;            // processors
inline constexpr std::uint32_t runq_size = 4;       // Go: 256; len(p.runq)
inline constexpr std::uint32_t active_spin = 1;     // Go: 4 tries of
inline constexpr std::uint32_t active_spin_count = 1;  // Go: 30 pauses each
inline constexpr std::uint32_t passive_spin = 1;    // Go: 1 yield before sleeping
inline constexpr std::int32_t gfree_high = 4;       // Go: 64; a longer local list moves a batch
inline constexpr std::int32_t gfree_low = 2;        // Go: 32; what a batch leaves, or fetches
inline constexpr std::uint64_t goid_cache_batch = 2;   // Go: 16
inline constexpr std::uint32_t sema_table_size = 1;    // Go: 251; one bucket: all collide
inline constexpr std::int32_t max_gomaxprocs = 4;     // Go: 256
inline constexpr std::uint32_t sched_tick = 2;        // Go: 61
inline constexpr std::uint32_t steal_rounds = 1;      // Go: 4
inline constexpr std::int32_t sudog_cache = 2;        // Go: 128
inline constexpr unsigned lfstack_count_bits = 0;      // 0: as many as the packing leaves

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform::config
