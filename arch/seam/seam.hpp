// The seam: what a platform must supply so that runtime/ and properties/ can be compiled on it.
//
// There is no code here, only concepts. A platform is a folder with `platform/*.hpp` in it, which
// defines, in namespace tenterhook::TENTERHOOK_PLATFORM::platform, everything below; its
// `platform/seam_check.cpp` holds the static_asserts. The three platforms are arch/native,
// checker/hooked and checker/relacy; the build decides by include path which one a source sees.
//
// Header                 supplies
// platform/atomic.hpp    atomic<T>, fence
// platform/plain.hpp     plain<T>
// platform/ghost.hpp     ghost<T>
// platform/futex.hpp     futex_result, futex_wait, futex_wake
// platform/thread.hpp    thread_handle, start_thread, join_thread, procyield, osyield, usleep,
//                        nanotime, fastrandn, on_signal, mask_signals, get_slot, set_slot, ghosts,
//                        ncpu, real, quiesce
// platform/stack.hpp     stack, stack_pool, context, switch_to, leave
// platform/memory.hpp    create<T>, destroy, label, map_pages, unmap_pages
// platform/check.hpp     check, fatal, assume, mark, hot, cool, waits, defect
// platform/config.hpp    namespace config: the sizes and counts that decide a state space
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <type_traits>

namespace tenterhook::seam {

// What fits into one cell: a trivially copyable value of at most eight bytes.
template <class T>
concept cell_value = std::is_trivially_copyable_v<T> && sizeof(T) <= 8;

// atomic<T>: shared data that is accessed concurrently. Constructed as atomic(value, name, index):
// the name and the index (-1: none) appear in traces; natively they cost nothing. No implicit
// reads or writes: a conversion operator would report its own source line. Every operation takes
// its memory order explicitly and a source location that defaults to the caller's.
// Not copyable. Thread safe.
template <class A, class T>
concept atomic_cell = !std::copyable<A> && std::constructible_from<A, T, const char*, int> &&
    requires(A& a, T v, T& expected, std::memory_order o, std::source_location l) {
      { a.load(o, l) } -> std::same_as<T>;
      { a.store(v, o, l) } -> std::same_as<void>;
      { a.exchange(v, o, l) } -> std::same_as<T>;
      // (expected, desired, order on success, order on failure): strong and weak. The weak form
      // may fail though the values are equal. On failure `expected` receives the value read.
      { a.compare_exchange(expected, v, o, o, l) } -> std::same_as<bool>;
      { a.compare_exchange_weak(expected, v, o, o, l) } -> std::same_as<bool>;
    };

// Integral cells also count and set bits; each returns the value before.
template <class A, class T>
concept atomic_integer = atomic_cell<A, T> && requires(A& a, T v, std::memory_order o) {
  { a.fetch_add(v, o) } -> std::same_as<T>;
  { a.fetch_or(v, o) } -> std::same_as<T>;
  { a.fetch_and(v, o) } -> std::same_as<T>;
};

// A 32-bit cell also sets bits of one byte of it: Go's atomic.Or8 on a bitmap byte. `lane` is the
// byte's offset in memory (0..3), so which bits it means depends on the byte order.
template <class A>
concept atomic_word = atomic_integer<A, std::uint32_t> &&
    requires(A& a, unsigned lane, std::uint8_t bits, std::memory_order o) {
      { a.or8(lane, bits, o) } -> std::same_as<void>;
      { a.load8(lane, o) } -> std::same_as<std::uint8_t>;
    };

// plain<T>: shared data that a protocol protects, not atomicity. Free natively; race-checked when
// hooked. plain(name) leaves it uninitialised (reading it is then a reported error), plain(value,
// name, index) does not. get/set, never implicit.
template <class P, class T>
concept plain_cell = !std::copyable<P> && std::constructible_from<P, T, const char*, int> &&
    std::constructible_from<P, const char*> &&
    requires(P& p, T v, std::source_location l) {
      { p.get(l) } -> std::same_as<T>;
      { p.set(v, l) } -> std::same_as<void>;
    };

// ghost<T>: a variable of the proof, not of the program. Sequentially consistent; gives the
// program's own accesses no ordering. `peek` reads without an event: only for `always` predicates
// and after all threads are joined.
template <class G, class T>
concept ghost_cell = !std::copyable<G> && std::constructible_from<G, T, const char*, int> &&
    requires(G& g, const G& c, T v) {
      { g.get() } -> std::same_as<T>;
      { g.set(v) } -> std::same_as<void>;
      { g.add(v) } -> std::same_as<T>;  // the value before
      { c.peek() } -> std::same_as<T>;
    };

// stack: memory to run on, [low, low + bytes), growing down. stack_pool: constructed as
// stack_pool({.bytes = n}), 64 KiB without. A released stack may be given again, hooked it is not.
template <class P, class S>
concept stacks = !std::copyable<P> && std::default_initializable<P> &&
    std::constructible_from<P, typename P::options> && std::is_trivially_copyable_v<S> &&
    requires(P& p, S& s, typename P::options o) {
      { s.low } -> std::same_as<std::byte*&>;
      { s.bytes } -> std::same_as<std::size_t&>;
      { o.bytes } -> std::same_as<std::size_t&>;
      { p.allocate() } -> std::same_as<S>;
      { p.release(s) } -> std::same_as<void>;
    };

// context: a place to go on from, a stack that was left or a fresh one. Constructed as
// context(name, index), for traces. make() says where it begins: the entry function's argument is
// the first message; it never returns, lets no exception out, and ends with leave(). Whoever enters
// a context must know, by a happens-before edge, that it was made or left: hooked, else is a data
// race. One that runs, or was left for good, is not entered: hooked, the failure "stack entered
// twice". A thread's own stack is entered by that thread alone.
template <class C, class S>
concept place_to_go_on = !std::copyable<C> && std::default_initializable<C> &&
    std::constructible_from<C, const char*, int> &&
    requires(C& c, S& s, void (*run)(void*)) {
      { c.make(s, run) } -> std::same_as<void>;
    };

// The functions a platform supplies (platform/seam_check.cpp checks each signature):
//
//   // platform/atomic.hpp
//   void fence(std::memory_order, source_location = current());
//
//   // platform/futex.hpp. The kernel's protocol: wait is a full fence, then under the queue's lock
//   // loads the word, compares, enqueues; wake is a full fence, then under the same lock dequeues.
//   enum class futex_result { woken, again, interrupted, timed_out };
//   futex_result futex_wait(atomic<uint32_t>&, uint32_t expected, int64_t timeout_ns, loc);
//                              // timeout_ns < 0: for ever. `woken` may be spurious.
//   uint32_t futex_wake(atomic<uint32_t>&, uint32_t count, loc);   // how many it woke
//
//   // platform/thread.hpp. Start and join synchronise; yields, sleeps and the clock do not.
//   struct thread_handle;      // trivially copyable; join once
//   thread_handle start_thread(const char* name, void (*run)(void*), void* argument, loc);
//   void join_thread(thread_handle, loc);
//   void procyield(uint32_t pauses, loc);   // PAUSE: the other hyperthread may go on
//   void osyield(loc);                      // sched_yield
//   void usleep(uint32_t microseconds, loc);
//   int64_t nanotime();                     // monotonic, ns; hooked: the thread's virtual clock
//   uint32_t fastrandn(uint32_t n, loc);    // uniform in [0, n); hooked: a recorded choice
//   void on_signal(void (*handler)(void*), void* argument);  // calling thread; hooked: a choice
//   bool mask_signals(bool masked);       // of the calling thread; returns what it was
//   void* get_slot(); void set_slot(void*);  // the thread's own pointer, nullptr at first
//   uint32_t* ghosts();        // the thread's own, for proofs: 0 at first; natively nullptr
//   uint32_t ncpu();                         // processors; hooked: config::ncpu
//   bool real();               // may timeouts fire? Hooked: their budget is not 0; natively true.
//                              // Where they may not, nothing is mended by time
//   bool quiesce(loc);         // main thread only. Hooked: waits until no other thread can go on
//                              // (finished, parked, spinning for what nobody will write, joining
//                              // such a one), ends the others where they are, without unwinding,
//                              // and is true: what they did happens before, joins with them return
//                              // at once, what they held is no leak. No timeout is forced
//                              // meanwhile; timeouts, spurious wakes and signals within their
//                              // budgets may come before it or not. Natively false, at once.
//
//   // platform/stack.hpp: no steps; a context is for one thread at a time, and not for handlers of
//   // signals.
//   void* switch_to(context& from, context& to, void* message, loc);  // goes on at `to`, where the
//                              // message is the entry's argument or switch_to()'s result; returns
//                              // the message of whoever enters `from`, perhaps on another thread
//   [[noreturn]] void leave(context& from, context& to, void* message, loc);  // for good
//
//   // platform/memory.hpp
//   T* create<T>(arguments...); void destroy(T*);  // reported: use after, double free, leak
//   void label(const void* object, size_t bytes, const char* type, int64_t number);
//                              // names the object in traces: label(this, sizeof *this, "p", 1)
//   void* map_pages(size_t bytes); void unmap_pages(void*, size_t bytes);
//
//   // platform/check.hpp
//   void check(bool, const char* promise, loc);    // false: the failure "assertion"
//   [[noreturn]] void fatal(const char* message, loc);   // Go's throw
//   void assume(bool, loc);         // false: this execution ends here, counted as blocked
//   void always(bool (*holds)(void*), void* argument, const char* promise);   // platform/ghost.hpp
//                              // from now on after every step; nullptr ends it
//   void mark(const char* branch);  // coverage mark: this branch was taken
//   void hot(const char* loop, loc);   // the calling thread begins a turn of a loop, which has
//                              // come to nothing yet. Hooked, stepwise: the failure "livelock",
//                              // which names the loop, after a number of turns in each of which
//                              // every thread ran that could
//   void waits(const char* loop, uint32_t most, loc);   // the same of a loop that waits for
//                              // another thread; hooked: a "livelock" after more than `most` turns
//                              // without an osyield or a usleep: one processor may be all there is
//   void cool(const char* loop);    // neither any more: it has ended, or come to something
//   constexpr uint32_t defect_id(const char* name);            // FNV-1a of the name
//   bool defect(uint32_t id);       // is this defect switched on? natively constant false.
//                                   // Written: if (platform::defect(defect_id("runq-...")))
//   const char* name();             // "native", "hooked", "relacy"

}  // namespace tenterhook::seam
