// Hooked stacks: see arch/seam/seam.hpp. They come from the execution, and a switch stays within
// the virtual thread: only its stack changes.
#pragma once

#include <cstddef>
#include <stdexcept>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

struct stack {
  std::byte* low = nullptr;
  std::size_t bytes = 0;
  bool guarded = true;
};

struct out_of_stacks : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class stack_pool {
 public:
  struct options {
    std::size_t bytes = 64 << 10;
  };

  stack_pool() = default;
  explicit stack_pool(const options& wanted) : bytes_(wanted.bytes) {}
  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  stack allocate(site at = site::current()) {
    const checker::Stack& made = *engine().allocate_stack(bytes_, at).memory;
    return {reinterpret_cast<std::byte*>(made.bottom()), made.size()};
  }
  void release(const stack& done, site at = site::current()) {
    engine().release_stack(done.low, at);
  }

 private:
  std::size_t bytes_ = options{}.bytes;
};

class context;
void* switch_to(context& from, context& to, void* message, site at = site::current());
[[noreturn]] void leave(context& from, context& to, void* message, site at = site::current());

class context {
 public:
  using entry = void (*)(void* message);

  explicit context(const char* name = "context", int index = -1) {
    context_.token.kind = checker::CellKind::plain;
    context_.token.name = name;
    context_.token.index = index;
    if (checker::Execution::exists()) engine().born(context_.token);
  }
  ~context() {
    if (checker::Execution::exists()) engine().drop_context(context_);
    checker::Execution::died(context_.token);
  }
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  void make(const stack& on, entry run, site at = site::current()) {
    engine().make_context(context_, on.low, run, at);
  }

 private:
  friend void* switch_to(context&, context&, void*, site);
  friend void leave(context&, context&, void*, site);

  checker::Context context_;
};

inline void* switch_to(context& from, context& to, void* message, site at) {
  return engine().switch_context(from.context_, to.context_, message, false, at);
}
inline void leave(context& from, context& to, void* message, site at) {
  engine().switch_context(from.context_, to.context_, message, true, at);
  __builtin_unreachable();  // who enters it again is refused
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
