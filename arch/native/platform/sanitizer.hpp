// What the sanitizers must be told about stack switches; nothing without one. A program under
// asan or tsan that jumps to another stack unannounced gets false reports or dies.
//
// Used by stack.cpp only. Each switch is begin_switch, the jump, finish_switch on the other side.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace tenterhook::TENTERHOOK_PLATFORM::platform::sanitizer {

#if defined(__SANITIZE_ADDRESS__)

// Of a context: its stack's bounds (a thread's own are learnt when it is first left) and the fake
// stack that holds its locals for use-after-return checks.
struct fiber {
  const void* bottom = nullptr;
  std::size_t size = 0;
  void* fake_stack = nullptr;
};

inline void make(fiber& made, const void* bottom, std::size_t size) {
  made = {.bottom = bottom, .size = size};
}
inline void destroy(fiber&) {}

// Without `from` the stack is left for good, and its fake stack freed.
inline void begin_switch(fiber* from, const fiber& to) {
  __sanitizer_start_switch_fiber(from != nullptr ? &from->fake_stack : nullptr, to.bottom,
                                 to.size);
}
inline void finish_switch(const fiber& self, fiber& from) {
  __sanitizer_finish_switch_fiber(self.fake_stack, &from.bottom, &from.size);
}

// A stack that is used again has the red zones of frames that were never returned from.
inline void forget_frames(void* low, std::size_t bytes) {
  __asan_unpoison_memory_region(low, bytes);
}

#elif defined(__SANITIZE_THREAD__)

struct fiber {
  void* of_tsan = nullptr;
  bool made = false;
};

inline void make(fiber& made, const void*, std::size_t) {
  made = {.of_tsan = __tsan_create_fiber(0), .made = true};
}
inline void destroy(fiber& gone) {
  if (gone.made) __tsan_destroy_fiber(gone.of_tsan);
  gone = {};
}
inline void begin_switch(fiber* from, const fiber& to) {
  if (from != nullptr && !from->made) from->of_tsan = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(to.of_tsan, 0);  // 0: one stack's past is seen on the next, as it is
}
inline void finish_switch(const fiber&, fiber&) {}
inline void forget_frames(void*, std::size_t) {}

#else

struct fiber {};
inline void make(fiber&, const void*, std::size_t) {}
inline void destroy(fiber&) {}
inline void begin_switch(fiber*, const fiber&) {}
inline void finish_switch(const fiber&, fiber&) {}
inline void forget_frames(void*, std::size_t) {}

#endif

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform::sanitizer
