#include "arch/jump/by_ucontext.hpp"

#include <fenv.h>
#include <setjmp.h>
#include <ucontext.h>

#include <cstdint>
#include <cstdlib>
#include <new>

namespace tenterhook::arch::by_ucontext {
namespace {

using entry_function = void (*)(transfer_t);

// What an fcontext_t points to: on the stack that it stands for.
struct place {
  transfer_t arrived;           // written by who jumps here
  entry_function entry;         // nullptr: entered before
  femode_t modes;               // rounding and traps, which sigsetjmp does not keep
  union {
    ucontext_t fresh;           // before the first jump
    sigjmp_buf registers;       // after
  };
};

// makecontext hands over ints: a pointer is two of them.
void begin(unsigned high, unsigned low) {
  const auto address = static_cast<std::uintptr_t>(std::uint64_t{high} << 32 | low);
  const place* self = reinterpret_cast<const place*>(address);
  fesetmode(&self->modes);
  self->entry(self->arrived);
  std::abort();  // an entry never returns
}

}  // namespace

fcontext_t make_fcontext(void* top, std::size_t bytes, void (*entry)(transfer_t)) {
  constexpr std::uintptr_t alignment = 64;
  const auto end = reinterpret_cast<std::uintptr_t>(top);
  const std::uintptr_t at = (end - sizeof(place)) / alignment * alignment;
  auto* made = ::new (reinterpret_cast<void*>(at)) place;
  made->entry = entry;
  fegetmode(&made->modes);
  getcontext(&made->fresh);
  made->fresh.uc_stack.ss_sp = static_cast<char*>(top) - bytes;
  made->fresh.uc_stack.ss_size = bytes - (end - at);
  made->fresh.uc_link = nullptr;
  const std::uint64_t self = at;
  makecontext(&made->fresh, reinterpret_cast<void (*)()>(&begin), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
  return made;
}

// Not inlined: what it keeps is found again by the stack pointer that sigsetjmp saw here.
[[gnu::noinline]] transfer_t jump_fcontext(fcontext_t to, void* data) {
  place here;
  here.entry = nullptr;
  fegetmode(&here.modes);
  if (sigsetjmp(here.registers, 0) == 0) {
    auto* there = static_cast<place*>(to);
    there->arrived = {&here, data};
    if (there->entry != nullptr) setcontext(&there->fresh);
    siglongjmp(there->registers, 1);
  }
  fesetmode(&here.modes);
  return here.arrived;
}

}  // namespace tenterhook::arch::by_ucontext
