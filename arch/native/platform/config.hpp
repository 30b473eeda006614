// Sizes and counts, with the values of the source documents. Hooked, the same names have small
// values (checker/hooked/platform/config.hpp): they decide the state space there.
#pragma once

#include <cstdint>

namespace tenterhook::TENTERHOOK_PLATFORM::platform::config {

inline constexpr std::uint32_t runq_size = 256;        // len(p.runq)
inline constexpr std::uint32_t active_spin = 4;        // lock: tries of
inline constexpr std::uint32_t active_spin_count = 30;  // pauses each,
inline constexpr std::uint32_t passive_spin = 1;       // then yields before sleeping
inline constexpr std::int32_t gfree_high = 64;  // a longer local list of dead Gs moves a batch
inline constexpr std::int32_t gfree_low = 32;   // what a batch leaves, or fetches
inline constexpr std::uint64_t goid_cache_batch = 16;  // goids that a P takes at once
inline constexpr std::uint32_t sema_table_size = 251;  // buckets; a prime, for user patterns
inline constexpr std::int32_t max_gomaxprocs = 256;
inline constexpr std::uint32_t sched_tick = 61;  // schedule: then a look at the global queue
inline constexpr std::uint32_t steal_rounds = 4;  // findrunnable: tries, times gomaxprocs
inline constexpr std::int32_t sudog_cache = 128;  // a P's; half of it moves at once
inline constexpr unsigned lfstack_count_bits = 0;      // 0: as many as the packing leaves

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform::config
