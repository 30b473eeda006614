// The life of a goroutine: newproc, newproc1, malg, goexit1, goexit0, allgadd, gcount of Go 1.6
// (proc.go).
//
// Thread safety: at each function. What precedes newproc is seen by the new goroutine.
// Checked by: lifecycle/*.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "platform/memory.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Starts a goroutine that runs fn(arg): next in line on the calling M's P. Wakes another M if a P
// is idle and nobody spins. fn may let no exception out. fn == nullptr is fatal, "go of nil func
// value". REQUIRES: the calling M has a P.
void newproc(void (*fn)(void*), void* arg);
// bytes > 0: arg points to that many bytes, at most sizeof g::own, of which fn gets a copy.
void newproc(void (*fn)(void*), void* arg, std::size_t bytes);

// The same without the wake-up: the first goroutines have no M to wake yet.
g* newproc1(void (*fn)(void*), void* arg, bool system, std::size_t bytes = 0);

// The same of anything callable. It is copied, if it is small and simple into the goroutine, as Go
// copies arguments; else to the heap, where it stays if the goroutine ends by goexit1 or never.
template <class F>
void go(F f) {
  if constexpr (sizeof(F) <= sizeof(g::own) && alignof(F) <= 8 &&
                std::is_trivially_copyable_v<F>) {
    newproc([](void* argument) { (*static_cast<F*>(argument))(); }, &f, sizeof f);
  } else {
    newproc(
        [](void* argument) {
          F* mine = static_cast<F*>(argument);
          (*mine)();
          platform::destroy(mine);
        },
        platform::create<F>(std::move(f)));
  }
}

// Ends the calling goroutine. What is on its stack is dropped, without destructors.
[[noreturn]] void goexit1();
g* goexit0(g* gp);  // on g0

// A goroutine with a stack, Gidle. stacksize < 0: without.
g* malg(runtime& rt, std::int32_t stacksize);

// Makes gp known to whoever looks at all goroutines. REQUIRES: it is not Gidle.
void allgadd(runtime& rt, g* gp);

// The goroutines that live, without the runtime's own. An estimate while they come and go; at
// least 1.
std::int32_t gcount(runtime& rt);

bool isSystemGoroutine(g* gp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
