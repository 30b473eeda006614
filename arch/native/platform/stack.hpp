// Stacks and switches between them, natively: guarded memory, and the jump of arch/jump/.
//
//   stack_pool pool({.bytes = 64 << 10});
//   context here, there;                           // `here`: whatever stack this runs on
//   there.make(pool.allocate(), [](void* first) {  // first: the message, until the first switch
//     ...
//     void* next = switch_to(there, here, answer);
//     ...
//     leave(there, here, answer);
//   });
//   void* answer = switch_to(here, there, message);
//
// A switch keeps callee-saved registers, the floating-point control words and the C++ exception
// globals: what a stack has caught and not finished, and how many exceptions are in flight on it.
// So it may be made inside a catch block or a destructor, and the stack be entered again by
// another thread.
//
// Thread safety: a context belongs to one thread at a time. It may be entered once switch_to() has
// arrived on the other stack, and not before: it is the arriving side that publishes it, as Go's
// mcall lets g0 put the goroutine that it left into a queue.
#pragma once

#include <cstddef>
#include <mutex>
#include <source_location>
#include <stdexcept>
#include <vector>

#include "platform/sanitizer.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

// Memory to run on: [low, low + bytes), growing down.
struct stack {
  std::byte* low = nullptr;
  std::size_t bytes = 0;
  bool guarded = false;  // below `low` lies a page that cannot be touched
};

// No memory, or no memory maps, for another stack; what() has the figures and the limits to raise.
struct out_of_stacks : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Allocates stacks of one size, by slabs: one memory map holds many stacks, each above its guard
// page. Guards are made, in this order of preference,
//  - by MADV_GUARD_INSTALL (Linux 6.13), which costs no memory map;
//  - by mprotect, for the first `guard_maps` stacks: each splits its slab's map in two more, and
//    vm.max_map_count (65,530) would end at some 32,000 stacks;
//  - then by one guard a slab, and a canary below each stack, which release() checks: an overflow
//    is found late there, and `guarded` is false.
// Memory is committed page by page as it is touched, and kept for the next stack after release().
// Thread safe.
class stack_pool {
 public:
  struct options {
    std::size_t bytes = 64 << 10;     // usable, each; rounded up to pages
    std::size_t guard_maps = 16'000;  // most guards that cost a map
    bool light_guards = true;         // use MADV_GUARD_INSTALL where the kernel has it
  };

  stack_pool() : stack_pool(options{}) {}
  explicit stack_pool(const options& wanted);
  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;
  // REQUIRES: nothing runs on any of its stacks. Those still allocated end with it.
  ~stack_pool();

  // Throws out_of_stacks.
  stack allocate();

  // REQUIRES: allocated here, and left for good. A broken canary is fatal.
  void release(const stack& done);

  std::size_t in_use() const;

 private:
  void add_slab();
  bool guard(std::byte* page, bool first_of_slab);

  const std::size_t page_;
  const std::size_t bytes_;
  const std::size_t stride_;  // a stack and its guard page
  const std::size_t per_slab_;

  mutable std::mutex lock_;  // guards all below
  bool light_guards_;
  bool light_guards_work_ = false;  // one was made and seen to be one
  std::size_t guard_maps_;  // left
  std::size_t in_use_ = 0;
  std::vector<std::byte*> slabs_;
  std::vector<stack> free_;
};

class context;

// Saves the running stack in `from` and goes on at `to`, where the message is the entry function's
// argument or switch_to()'s result. Returns the message of whoever enters `from` again, perhaps on
// another thread: nothing thread-local that was read before is valid after it.
// REQUIRES: `to` is made or left; entering a running context is fatal.
void* switch_to(context& from, context& to, void* message,
                std::source_location = std::source_location::current());

// As switch_to(), but nobody comes back: the stack may be released once `to` has arrived.
[[noreturn]] void leave(context& from, context& to, void* message,
                        std::source_location = std::source_location::current());

// A place to go on from: a stack that was left, or a fresh one with its entry function.
class context {
 public:
  // Runs on its own stack. The argument is the first message. Must not return and must let no
  // exception out: it ends with leave().
  using entry = void (*)(void* message);

  // Becomes enterable when switch_to() leaves it. The name and the index are for traces.
  explicit context(const char* = "context", int = -1) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;
  // REQUIRES: not running. What is on its stack is dropped, without destructors.
  ~context() { sanitizer::destroy(fiber_); }

  // To be entered at `run`, on that stack. REQUIRES: not running. May be repeated with any stack.
  void make(const stack& on, entry run);

 private:
  struct switching;
  friend void* switch_to(context&, context&, void*, std::source_location);
  friend void leave(context&, context&, void*, std::source_location);

  // __cxa_get_globals(), as the C++ ABI lays it out.
  struct exception_globals {
    void* caught = nullptr;
    unsigned uncaught = 0;
#if defined(__ARM_EABI_UNWINDER__)
    void* propagating = nullptr;
#endif
  };

  void* resume_ = nullptr;  // an fcontext_t; nullptr while running
  entry run_ = nullptr;
  exception_globals exceptions_;
  sanitizer::fiber fiber_;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
