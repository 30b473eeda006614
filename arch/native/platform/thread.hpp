// Threads, time and chance, natively: pthreads and the system's clock.
//
// Thread safe. Errors: a thread that cannot be started is fatal.
#pragma once

#include <cstdint>
#include <source_location>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace detail {
struct native_thread;
}

// A started thread. Trivially copyable; join once, through any copy.
struct thread_handle {
  detail::native_thread* thread = nullptr;
};

// Runs run(argument) on a new thread. What the caller did before is seen by it, and what it does is
// seen after the join. The system shows the first 15 characters of the name. An assumption_failed
// (platform/check.hpp) ends the thread; any other exception ends the process.
thread_handle start_thread(const char* name, void (*run)(void*), void* argument,
                           std::source_location = std::source_location::current());
void join_thread(thread_handle, std::source_location = std::source_location::current());

// Of these, none orders memory.
void osyield(std::source_location = std::source_location::current());
void usleep(std::uint32_t microseconds,
            std::source_location = std::source_location::current());  // a signal may end it early
std::int64_t nanotime();  // monotonic

// Tells the processor, `pauses` times, that this thread spins.
inline void procyield(std::uint32_t pauses,
                      std::source_location = std::source_location::current()) {
  for (; pauses > 0; --pauses) {
#if defined(__i386__) || defined(__x86_64__)
    asm volatile("pause");
#elif defined(__arm__)
    asm volatile("yield");
#elif defined(__powerpc64__)
    asm volatile("or 27,27,27");  // the other hardware threads may have the core
#endif
  }
}

// Uniform in [0, n): a xorshift a thread, and Lemire's multiplication. REQUIRES: n > 0.
std::uint32_t fastrandn(std::uint32_t n, std::source_location = std::source_location::current());

// The calling thread's slot, nullptr at first. A compiler may keep the address of a thread-local
// variable across a stack switch, after which the thread can be another: so it must not know that
// there is one. On amd64 the instruction is hidden from it, elsewhere a function.
#if defined(__x86_64__) && defined(__LP64__)
extern thread_local void* slot asm("tenterhook_slot");
inline void* get_slot() {
  void* value;
  // the linker makes a constant of the offset in an executable; memory: not before the last switch
  asm volatile(
      "movq tenterhook_slot@gottpoff(%%rip), %0\n\t"
      "movq %%fs:(%0), %0"
      : "=r"(value)
      :
      : "memory");
  return value;
}
#else
void* get_slot();
#endif
void set_slot(void* value);

// The thread's own, for proofs: here there are none.
constexpr std::uint32_t* ghosts() { return nullptr; }

// Processors that this process may use.
std::uint32_t ncpu();

// Timeouts fire here.
constexpr bool real() { return true; }

// Waits until all other threads have ended or wait for ever, and ends them: true. Here that cannot
// be known: false, at once, and the caller has to end them itself.
inline bool quiesce(std::source_location = std::source_location::current()) { return false; }

// Signals are delivered by the checker only, as choices between two steps: natively a handler is
// never called, so there is nothing to keep and nothing to mask.
inline void on_signal(void (*)(void*), void*) {}
inline bool mask_signals(bool) { return false; }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
