#include "platform/stack.hpp"

#include <cxxabi.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "arch/jump/jump.hpp"
#include "platform/check.hpp"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13; older kernels answer EINVAL
#endif

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace {

namespace jumps = arch::jump;

// A slab is about this large, and no more than so many stacks: address space is dear on 32 bits.
constexpr std::size_t slab_bytes = 4 << 20;
constexpr std::size_t slab_stacks = 64;

constexpr std::uint64_t canary = 0x5afe57ac5afe57ac;

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

std::size_t round_up(std::size_t bytes, std::size_t page) {
  check(bytes > 0, "a stack has a size");
  check(bytes <= SIZE_MAX - 2 * page, "a stack and its guard fit into the address space");
  return (bytes + page - 1) / page * page;
}

// The kernel reads a path there, or cannot.
bool untouchable(const std::byte* page) {
  return access(reinterpret_cast<const char*>(page), F_OK) != 0 && errno == EFAULT;
}

}  // namespace

stack_pool::stack_pool(const options& wanted)
    : page_(page_bytes()),
      bytes_(round_up(wanted.bytes, page_)),
      stride_(bytes_ + page_),
      per_slab_(std::clamp<std::size_t>(slab_bytes / stride_, 1, slab_stacks)),
      light_guards_(wanted.light_guards),
      guard_maps_(wanted.guard_maps) {}

stack_pool::~stack_pool() {
  for (std::byte* const slab : slabs_) {
    sanitizer::forget_frames(slab, per_slab_ * stride_);
    munmap(slab, per_slab_ * stride_);
  }
}

// Makes a page untouchable. False: that would take a memory map that there is not, or not for this.
// REQUIRES: lock_ is held.
bool stack_pool::guard(std::byte* page, bool first_of_slab) {
  if (light_guards_) {
    // An emulator says yes to advice that it does not know: the first guard is tried.
    if (madvise(page, page_, MADV_GUARD_INSTALL) == 0 &&
        (light_guards_work_ || untouchable(page))) {
      light_guards_work_ = true;
      return true;
    }
    light_guards_ = false;  // this kernel has none, or memory is locked; it will not change
  }
  if (guard_maps_ == 0 && !first_of_slab) return false;
  if (mprotect(page, page_, PROT_NONE) != 0) {
    guard_maps_ = 0;  // the process is out of maps before the pool is
    return false;
  }
  if (guard_maps_ > 0) --guard_maps_;
  return true;
}

// Not inlined: errno's address is not to be kept across a stack switch of the caller's.
// REQUIRES: lock_ is held.
[[gnu::noinline]] void stack_pool::add_slab() {
  const std::size_t bytes = per_slab_ * stride_;
  void* const pages = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (pages == MAP_FAILED) {
    throw out_of_stacks("no memory for " + std::to_string(per_slab_) + " more stacks of " +
                        std::to_string(bytes_) + " bytes beside " + std::to_string(in_use_) +
                        " in use: mmap: " + std::strerror(errno) +
                        " (see ulimit -v, vm.max_map_count, vm.overcommit_memory)");
  }
  // A huge page would commit the memory of many stacks for one.
  madvise(pages, bytes, MADV_NOHUGEPAGE);
  auto* const low = static_cast<std::byte*>(pages);
  slabs_.push_back(low);
  for (std::size_t i = 0; i < per_slab_; ++i) {
    std::byte* const page = low + i * stride_;
    const stack made{page + page_, bytes_, guard(page, i == 0)};
    if (!made.guarded) std::memcpy(made.low - sizeof canary, &canary, sizeof canary);
    free_.push_back(made);
  }
}

stack stack_pool::allocate() {
  const std::lock_guard hold(lock_);
  if (free_.empty()) add_slab();
  const stack taken = free_.back();
  free_.pop_back();
  ++in_use_;
  return taken;
}

void stack_pool::release(const stack& done) {
  if (!done.guarded && std::memcmp(done.low - sizeof canary, &canary, sizeof canary) != 0) {
    fatal("stack overflow: found when the stack was released");
  }
  const std::lock_guard hold(lock_);
  check(in_use_ > 0, "a released stack was allocated");
  check(done.bytes == bytes_, "a released stack is this pool's");
  --in_use_;
  free_.push_back(done);
}

std::size_t stack_pool::in_use() const {
  const std::lock_guard hold(lock_);
  return in_use_;
}

#if defined(__x86_64__) && defined(__LP64__)
// The thread's __cxa_get_globals(); nullptr: not asked for yet. Read by the instructions of
// exceptions_here().
[[gnu::used]] thread_local void* exceptions_of_thread asm("tenterhook_exceptions") = nullptr;
#endif

// What a jump carries, on the stack that is left, and what both its sides do.
struct context::switching {
  context& from;
  context& to;
  void* message;
  bool for_good;
  exception_globals& exceptions;  // the thread's, which the jump does not change

  // The running thread's. __cxa_get_globals is declared constant: a compiler may keep its result
  // across a jump that it sees, as the address of a thread-local, after which the thread can be
  // another. So it must not know that there is either; and the call costs as much as the jump.
#if defined(__x86_64__) && defined(__LP64__)
  static exception_globals& exceptions_here() {
    exception_globals* here;
    asm volatile(
        "movq tenterhook_exceptions@gottpoff(%%rip), %0\n\t"
        "movq %%fs:(%0), %0"
        : "=r"(here)
        :
        : "memory");
    return here != nullptr ? *here : ask_for_exceptions();
  }
#else
  static exception_globals& exceptions_here() { return ask_for_exceptions(); }
#endif
  [[gnu::noinline]] static exception_globals& ask_for_exceptions() {
    auto* here = reinterpret_cast<exception_globals*>(abi::__cxa_get_globals());
    asm volatile("" : "+r"(here));
#if defined(__x86_64__) && defined(__LP64__)
    exceptions_of_thread = here;
#endif
    return *here;
  }

  static void* jump(context& from, context& to, void* message, bool for_good) {
    if (&from == &to || to.resume_ == nullptr) {
      fatal("a stack is entered that is running, or was never left");
    }
    switching s{from, to, message, for_good, exceptions_here()};
    from.exceptions_ = s.exceptions;
    void* const resume = to.resume_;
    to.resume_ = nullptr;
    sanitizer::begin_switch(for_good ? nullptr : &from.fiber_, to.fiber_);
    const jumps::transfer_t arrived = jumps::jump_fcontext(resume, &s);
    // On this stack again, at the end of somebody else's jump.
    return arrive(arrived);
  }

  // The first thing on the entered stack. `left.data` lies on the stack that was left.
  static void* arrive(const jumps::transfer_t& left) {
    const switching s = *static_cast<const switching*>(left.data);
    sanitizer::finish_switch(s.to.fiber_, s.from.fiber_);
    s.exceptions = s.to.exceptions_;
    if (s.for_good) {
      sanitizer::destroy(s.from.fiber_);
    } else {
      s.from.resume_ = left.fctx;  // enterable from here on
    }
    return s.message;
  }

  // The bottom of a made stack: an exception that would pass it ends the process here.
  static void begin(jumps::transfer_t left) noexcept {
    const entry run = static_cast<const switching*>(left.data)->to.run_;
    run(arrive(left));
    fatal("the entry function of a stack returned");
  }
};

void context::make(const stack& on, entry run) {
  check(on.low != nullptr, "a context is made on a stack");
  check(run != nullptr, "a context has an entry function");
  sanitizer::forget_frames(on.low, on.bytes);
  sanitizer::destroy(fiber_);
  sanitizer::make(fiber_, on.low, on.bytes);
  run_ = run;
  exceptions_ = {};
  resume_ = jumps::make_fcontext(on.low + on.bytes, on.bytes, &switching::begin);
}

void* switch_to(context& from, context& to, void* message, std::source_location) {
  return context::switching::jump(from, to, message, false);
}

void leave(context& from, context& to, void* message, std::source_location) {
  context::switching::jump(from, to, message, true);
  fatal("a stack that was left for good is entered");
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
