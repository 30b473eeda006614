// futex(2) on a 32-bit atomic cell, private to the process; Go's futexsleep and futexwakeup
// (os1_linux.go).
//
// The kernel's protocol: wait is a full fence, then under the queue's lock it loads the word,
// compares and enqueues; wake is a full fence, then under the same lock it dequeues. So a waker
// that changes the word before it wakes loses no waiter.
//
// Thread safe.
#pragma once

#include <cstdint>
#include <limits>
#include <source_location>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

enum class futex_result {
  woken,        // by a futex_wake, or for no reason
  again,        // the word did not have the expected value
  interrupted,  // by a signal
  timed_out,
};

// Sleeps while the word has the expected value, at most timeout_ns nanoseconds; for ever if that is
// negative. REQUIRES: the word outlives the wait.
futex_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::int64_t timeout_ns,
                        std::source_location = std::source_location::current());

// Wakes at most `count` of the threads that sleep on the word; returns how many it woke.
std::uint32_t futex_wake(atomic<std::uint32_t>& word, std::uint32_t count,
                         std::source_location = std::source_location::current());

namespace detail {

template <class Seconds>
struct split_time {
  Seconds seconds;
  std::int32_t nanoseconds;
};

// A duration as the kernel takes it. Where its seconds have 32 bits, 2^31 s and more (68 years)
// would wrap to the past, and the sleep become a spin: it is cut to the longest there is, as Go's
// timediv does. REQUIRES: ns >= 0.
template <class Seconds>
constexpr split_time<Seconds> split(std::int64_t ns) {
  const std::int64_t seconds = ns / 1'000'000'000;
  constexpr std::int64_t longest = std::numeric_limits<Seconds>::max();
  if (seconds > longest) return {static_cast<Seconds>(longest), 0};
  return {static_cast<Seconds>(seconds), static_cast<std::int32_t>(ns % 1'000'000'000)};
}

}  // namespace detail

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
