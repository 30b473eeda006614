#include "checker/execution/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>

#include "checker/execution/arena.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace __cxxabiv1 {
// The C++ ABI's per-thread record of exceptions in flight; its layout is fixed by the Itanium ABI.
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
extern "C" void __cxa_end_catch();
}  // namespace __cxxabiv1

namespace tenterhook::checker {
namespace {

namespace ctx = arch::jump;

struct ExceptionGlobals {
  void* caught;
  unsigned int uncaught;
#if defined(__ARM_EABI_UNWINDER__)
  void* propagating;
#endif
};

ExceptionGlobals* exception_globals() {
  return reinterpret_cast<ExceptionGlobals*>(__cxxabiv1::__cxa_get_globals());
}

void save_exceptions(Fiber& into, const ExceptionGlobals& from) {
  into.caught = from.caught;
  into.uncaught = from.uncaught;
#if defined(__ARM_EABI_UNWINDER__)
  into.propagating = from.propagating;
#endif
}

// They are the running thread's again, which may end them.
void restore_exceptions(ExceptionGlobals& into, Fiber& from) {
  into.caught = std::exchange(from.caught, nullptr);
  into.uncaught = from.uncaught;
#if defined(__ARM_EABI_UNWINDER__)
  into.propagating = from.propagating;
#endif
}

struct Start {
  void (*entry)(void*);
  void* argument;
};

// What a switch hands over: where the suspended side's context is to be kept.
struct Handover {
  Fiber* from;
  Fiber* to;
};

void arrive(ctx::transfer_t transfer) {
  auto* handover = static_cast<Handover*>(transfer.data);
  handover->from->context = transfer.fctx;
}

void finish_asan([[maybe_unused]] Fiber& self, [[maybe_unused]] Fiber& from) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(self.asan_fake, &from.asan_bottom, &from.asan_size);
#endif
}

void trampoline(ctx::transfer_t transfer) {
  auto* handover = static_cast<Handover*>(transfer.data);
  Fiber& self = *handover->to;
  finish_asan(self, *handover->from);
  arrive(transfer);
  // prepare() left the start record at the stack's top
  const Start start = *reinterpret_cast<Start*>(self.stack->top() - sizeof(Start));
  start.entry(start.argument);
}

}  // namespace

Stack::Stack(std::size_t bytes, std::uint32_t number) : Stack() {
  map(bytes);
  place(Arena::kBehind + std::uint64_t{number} * mapped_);  // far from everything else
}

std::unique_ptr<Stack> Stack::with_top(std::size_t bytes, std::uint64_t top) {
  std::unique_ptr<Stack> made(new Stack);
  made->map(bytes);
  made->place(top - made->mapped_);
  return made;
}

void Stack::map(std::size_t bytes) {
  guard_ = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  mapped_ = guard_ + (bytes + guard_ - 1) / guard_ * guard_;
}

void Stack::place(std::uint64_t address) {
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* base = ::mmap(reinterpret_cast<void*>(static_cast<std::uintptr_t>(address)), mapped_,
                      PROT_READ | PROT_WRITE, kFlags | MAP_FIXED_NOREPLACE, -1, 0);
  if (base == MAP_FAILED) {
    base = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, kFlags, -1, 0);
  }
  if (base == MAP_FAILED) throw std::bad_alloc();
  base_ = static_cast<char*>(base);
  if (::mprotect(base_, guard_, PROT_NONE) != 0) throw std::bad_alloc();
}

Stack::~Stack() {
  if (base_ != nullptr) ::munmap(base_, mapped_);
}

void prepare(Fiber& fiber, void (*entry)(void*), void* argument) {
#if defined(__SANITIZE_ADDRESS__)
  // the frames of an abandoned execution never unpoisoned their red zones
  __asan_unpoison_memory_region(fiber.stack->bottom(), fiber.stack->size());
  fiber.asan_bottom = fiber.stack->bottom();
  fiber.asan_size = fiber.stack->size();
  fiber.asan_fake = nullptr;
#endif
  char* top = fiber.stack->top() - sizeof(Start);
  *reinterpret_cast<Start*>(top) = {entry, argument};
  top -= reinterpret_cast<std::uintptr_t>(top) % 64;
  const auto room = static_cast<std::size_t>(top - fiber.stack->bottom());
  fiber.context = ctx::make_fcontext(top, room, trampoline);
  fiber.caught = nullptr;
  fiber.uncaught = 0;
  fiber.propagating = nullptr;
}

void drop_exceptions(Fiber& fiber) {
  if (fiber.caught == nullptr) return;
  ExceptionGlobals* globals = exception_globals();
  void* own = std::exchange(globals->caught, fiber.caught);
  while (globals->caught != nullptr) __cxxabiv1::__cxa_end_catch();
  globals->caught = own;
  fiber.caught = nullptr;
}

void switch_fiber(Fiber& from, Fiber& to, [[maybe_unused]] bool for_good) {
  ExceptionGlobals* globals = exception_globals();
  save_exceptions(from, *globals);
  restore_exceptions(*globals, to);
  Handover handover{&from, &to};
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(for_good ? nullptr : &from.asan_fake, to.asan_bottom,
                                 to.asan_size);
#endif
  const ctx::transfer_t transfer = ctx::jump_fcontext(to.context, &handover);
  finish_asan(from, *static_cast<Handover*>(transfer.data)->from);
  arrive(transfer);
}

}  // namespace tenterhook::checker
