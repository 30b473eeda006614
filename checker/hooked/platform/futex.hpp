// The hooked futex: see arch/seam/seam.hpp.
#pragma once

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

enum class futex_result { woken, again, interrupted, timed_out };

inline futex_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                               std::int64_t timeout_ns, site at = site::current()) {
  return static_cast<futex_result>(engine().futex_wait(word.cell(), expected, timeout_ns, at));
}

inline std::uint32_t futex_wake(atomic<std::uint32_t>& word, std::uint32_t count,
                                site at = site::current()) {
  return engine().futex_wake(word.cell(), count, at);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
