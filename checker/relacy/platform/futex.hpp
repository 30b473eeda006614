// Futexes, emulated on Relacy's parking (its own futex lacks the fences): futex.cpp.
#pragma once

#include <cstdint>
#include <source_location>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

enum class futex_result { woken, again, interrupted, timed_out };

// timeout_ns < 0: for ever. `woken` may be spurious. Never `interrupted`: signals are not modelled.
futex_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::int64_t timeout_ns,
                        std::source_location where = std::source_location::current());

// Wakes the first `count` waiters, in the order of their arrival; returns how many it woke.
std::uint32_t futex_wake(atomic<std::uint32_t>& word, std::uint32_t count,
                         std::source_location where = std::source_location::current());

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
