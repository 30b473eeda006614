// What a runtime looks at before it starts: check and timediv of Go's runtime1.go (2014, 1.6). A
// port whose atomics, byte lanes, sizes or floating point are wrong stops here, with the name of
// what is wrong, and not as a corrupted queue an hour later.
// Checked by: runtime1/*.
#pragma once

#include <cstdint>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// The platform's operations on cells of the caller, by their Go names. One thread.
struct check_cells {
  platform::atomic<std::uint32_t> z{0, "z"};
  platform::atomic<void*> k{nullptr, "k"};
  platform::atomic<std::uint32_t> m{0, "m"};  // [4]byte
  platform::atomic<std::uint64_t> z64{0, "z64"};
  platform::atomic<std::uint64_t> j{0, "j"}, j1{0, "j1"};  // a float64's bits
  platform::atomic<std::uint32_t> i{0, "i"}, i1{0, "i1"};  // a float32's bits
};

// Fatal, with Go's messages, if the machine is not what the runtime takes it for. The cells are the
// caller's since what is shared is not a function's local on every platform.
void check(check_cells& cells);

// v / div without a 64-bit division, which a 32-bit machine has no instruction for; for times, so
// what does not fit is the largest number, with nothing left over. `rem` may be null.
// REQUIRES: v >= 0, div > 0.
std::int32_t timediv(std::int64_t v, std::int32_t div, std::int32_t* rem);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
