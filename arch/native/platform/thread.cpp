#include "platform/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <vector>

#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace detail {

// Written by the starter, read by the thread, freed by the joiner; pthreads order the three.
struct native_thread {
  std::string name;
  void (*run)(void*);
  void* argument;
  pthread_t id{};
};

}  // namespace detail

namespace {

void* trampoline(void* argument) {
  auto* self = static_cast<detail::native_thread*>(argument);
  pthread_setname_np(pthread_self(), self->name.c_str());
  try {
    self->run(self->argument);
  } catch (const assumption_failed&) {
    // The flag that assume() set says it to the runner.
  }
  return nullptr;
}

// A seed of its own for every thread: the n-th value of splitmix64, from the time of the first.
std::uint64_t fresh_seed() {
  static const std::uint64_t start = static_cast<std::uint64_t>(nanotime());
  static std::atomic<std::uint64_t> threads{0};
  // Nothing to order: only the numbers must differ.
  const std::uint64_t n = threads.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t z = start + n * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return z != 0 ? z : 1;  // xorshift never leaves 0
}

// Not inlined: a goroutine that moved to another thread would use the old thread's generator, whose
// address the compiler may keep across the stack switch.
[[gnu::noinline]] std::uint32_t fastrand() {
  thread_local std::uint64_t x = fresh_seed();
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  return static_cast<std::uint32_t>((x * 0x2545f4914f6cdd1du) >> 32);  // xorshift64*
}

}  // namespace

// Not inlined, as fastrand, both: and get_slot's result is not known from an earlier one.
#if defined(__x86_64__) && defined(__LP64__)
[[gnu::used]] thread_local void* slot = nullptr;  // by get_slot's instruction
#else
static thread_local void* slot = nullptr;

[[gnu::noinline]] void* get_slot() {
  asm volatile("");
  return slot;
}
#endif

[[gnu::noinline]] void set_slot(void* value) {
  asm volatile("");
  slot = value;
}

std::uint32_t ncpu() {
  std::size_t bytes = sizeof(cpu_set_t);
  for (; bytes <= (std::size_t{1} << 20); bytes *= 2) {  // EINVAL: this kernel counts further
    std::vector<cpu_set_t> set(bytes / sizeof(cpu_set_t));
    if (sched_getaffinity(0, bytes, set.data()) == 0) {
      return static_cast<std::uint32_t>(std::max(1, CPU_COUNT_S(bytes, set.data())));
    }
    if (errno != EINVAL) break;
  }
  return 1;
}

thread_handle start_thread(const char* name, void (*run)(void*), void* argument,
                           std::source_location where) {
  constexpr std::size_t longest = 15;  // the kernel's comm
  auto* thread = new detail::native_thread{
      .name = std::string(name).substr(0, longest), .run = run, .argument = argument};
  if (pthread_create(&thread->id, nullptr, trampoline, thread) != 0) {
    fatal("start_thread: the system has no room for another thread (see ulimit -u)", where);
  }
  return {thread};
}

void join_thread(thread_handle handle, std::source_location where) {
  check(handle.thread != nullptr, "join_thread is given a started thread", where);
  if (pthread_join(handle.thread->id, nullptr) != 0) {
    fatal("join_thread: not joinable, or joined by itself", where);
  }
  delete handle.thread;
}

void osyield(std::source_location) { sched_yield(); }

// The kernel adds its timer slack, 50 us, so that a short time is waited for awake.
void usleep(std::uint32_t microseconds, std::source_location) {
  constexpr std::uint32_t short_time = 10;
  if (microseconds <= short_time) {
    const std::int64_t end = nanotime() + std::int64_t{microseconds} * 1000;
    while (nanotime() < end) procyield(1);
    return;
  }
  timespec time{};
  time.tv_sec = microseconds / 1'000'000;
  time.tv_nsec = static_cast<long>(microseconds % 1'000'000) * 1000;
  nanosleep(&time, nullptr);
}

std::int64_t nanotime() {
  timespec now{};
  if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) fatal("nanotime: no monotonic clock");
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

std::uint32_t fastrandn(std::uint32_t n, std::source_location where) {
  check(n > 0, "fastrandn draws from at least one number", where);
  // Lemire: the high word of a 32x32 product is in [0, n). The low word tells the few draws that
  // would make some results likelier; their number is 2^32 mod n.
  std::uint64_t product = std::uint64_t{fastrand()} * n;
  if (static_cast<std::uint32_t>(product) < n) [[unlikely]] {
    const std::uint32_t least = -n % n;
    while (static_cast<std::uint32_t>(product) < least) {
      product = std::uint64_t{fastrand()} * n;
    }
  }
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
