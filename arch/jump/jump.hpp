// The bare jump between stacks, under the native platform's contexts and the checker's fibers: four
// names with the contract of Boost.Context's.
//
//   fcontext_t      where a stack goes on; good for one jump
//   transfer_t      {fctx: where the stack that was left goes on, data: what it sent}
//   make_fcontext(top, bytes, entry)   entry(transfer) runs at the first jump, and never returns
//   jump_fcontext(to, data)            returns when somebody jumps back
//
// By Boost.Context, or, with TENTERHOOK_UCONTEXT, by ucontext and sigsetjmp, which every glibc has.
// A jump keeps callee-saved registers and the floating-point control modes.
//
// Thread safety: an fcontext_t may be jumped to by any thread, one at a time.
#pragma once

#if TENTERHOOK_UCONTEXT

#include "arch/jump/by_ucontext.hpp"

namespace tenterhook::arch::jump {
using by_ucontext::fcontext_t;
using by_ucontext::jump_fcontext;
using by_ucontext::make_fcontext;
using by_ucontext::transfer_t;
}  // namespace tenterhook::arch::jump

#else

#include <boost/context/detail/fcontext.hpp>

namespace tenterhook::arch::jump {
using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;
}  // namespace tenterhook::arch::jump

#endif
