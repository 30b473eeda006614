// The jump of jump.hpp by what every glibc has: makecontext enters a stack, sigsetjmp, siglongjmp
// go on there, without a system call. In every build, so that it is tested in every build.
#pragma once

#include <cstddef>

namespace tenterhook::arch::by_ucontext {

using fcontext_t = void*;

struct transfer_t {
  fcontext_t fctx;
  void* data;
};

// `top` is the stack's upper end; a record of about a page is kept below it, in its memory.
// REQUIRES: bytes are four pages or more.
fcontext_t make_fcontext(void* top, std::size_t bytes, void (*entry)(transfer_t));

transfer_t jump_fcontext(fcontext_t to, void* data);

}  // namespace tenterhook::arch::by_ucontext
