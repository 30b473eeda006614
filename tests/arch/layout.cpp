// What the compiler lays out, against what the port and the seam say. Nothing runs: it is also
// compiled for amd64p32, whose programs no kernel of today runs.
#include <cstdint>
#include <limits>

#include "arch/this_target.hpp"
#include "platform/atomic.hpp"
#include "platform/plain.hpp"

namespace tenterhook::arch {
namespace {

namespace native = tenterhook::TENTERHOOK_PLATFORM::platform;

template <class T>
constexpr bool as_wide_as_its_value = sizeof(native::atomic<T>) == sizeof(T) &&
                                      alignof(native::atomic<T>) == sizeof(T) &&
                                      sizeof(native::plain<T>) == sizeof(T);

static_assert(sizeof(std::uintptr_t) == this_target::pointer_size);
static_assert(std::numeric_limits<std::uintptr_t>::digits >=
              int{this_target::lfstack.address_bits});
static_assert(as_wide_as_its_value<std::uint32_t>);
static_assert(as_wide_as_its_value<void*>);
// Also where the compiler aligns a bare 64-bit number to 4, as on 386: Go's 64-bit atomics fault or
// tear there.
static_assert(as_wide_as_its_value<std::uint64_t>);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace
}  // namespace tenterhook::arch
