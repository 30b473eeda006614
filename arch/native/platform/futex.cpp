#include "platform/futex.hpp"

#include <linux/futex.h>
#include <linux/time_types.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == 4, "the kernel waits on four bytes");

long futex(atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const __kernel_old_timespec* timeout) {
  return syscall(SYS_futex, &word.native_cell(), operation | FUTEX_PRIVATE_FLAG, value, timeout,
                 nullptr, 0);
}

}  // namespace

futex_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::int64_t timeout_ns, std::source_location) {
  // SYS_futex takes the kernel's old timespec, whose fields are longs, whatever time_t is.
  __kernel_old_timespec timeout{};
  if (timeout_ns >= 0) {
    const auto time = detail::split<decltype(timeout.tv_sec)>(timeout_ns);
    timeout.tv_sec = time.seconds;
    timeout.tv_nsec = time.nanoseconds;
  }
  if (futex(word, FUTEX_WAIT, expected, timeout_ns < 0 ? nullptr : &timeout) == 0) {
    return futex_result::woken;
  }
  switch (errno) {
    case EAGAIN: return futex_result::again;
    case EINTR: return futex_result::interrupted;
    case ETIMEDOUT: return futex_result::timed_out;
    case EFAULT: fatal("futex wait: the word is not mapped");
    case EINVAL: fatal("futex wait: the kernel rejects the word or the time");
    case ENOSYS: fatal("futex wait: the kernel has no futexes");
    // Some kernels leak an internal error code here. Go ignores it, as libpthread does: waking for
    // no reason is allowed.
    default: return futex_result::woken;
  }
}

std::uint32_t futex_wake(atomic<std::uint32_t>& word, std::uint32_t count,
                         std::source_location) {
  // The kernel's count is an int, and it wakes one thread even if that is not positive.
  if (count == 0) return 0;
  const long woken = futex(word, FUTEX_WAKE, std::min<std::uint32_t>(count, INT_MAX), nullptr);
  if (woken < 0) fatal("futex wake failed");
  return static_cast<std::uint32_t>(woken);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
