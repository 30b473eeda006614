// Stacks of the program and switches between them, within a thread of Relacy's pool. A context and
// its stack have a token each, an rl::var that is written by who leaves and read by who enters.
//
// Thread safety: a context is for one thread at a time; that is what is checked.
#pragma once

#include <cstddef>
#include <source_location>

#include "checker/relacy/cell.hpp"

namespace tenterhook::relacy::engine {

struct made_stack;

enum class context_state : std::uint8_t { unused, running, enterable, left_for_good };

}  // namespace tenterhook::relacy::engine

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

struct stack {
  std::byte* low = nullptr;
  std::size_t bytes = 0;
  bool guarded = true;
};

// What it gives is kept from execution to execution and not reused within one.
class stack_pool {
  using place = std::source_location;

 public:
  struct options {
    std::size_t bytes = 64 << 10;
  };

  stack_pool() = default;
  explicit stack_pool(const options& wanted) : bytes_(wanted.bytes) {}
  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  stack allocate(place where = place::current());
  void release(const stack& done, place where = place::current());

 private:
  std::size_t bytes_ = options{}.bytes;
};

class context;
void* switch_to(context& from, context& to, void* message,
                std::source_location where = std::source_location::current());
[[noreturn]] void leave(context& from, context& to, void* message,
                        std::source_location where = std::source_location::current());

class context {
  using place = std::source_location;

 public:
  using entry = void (*)(void* message);

  explicit context(const char* name = "context", int index = -1)
      : token_(0, name, index), name_(name), index_(index) {}
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  void make(const stack& on, entry run, place where = place::current());

 private:
  struct switching;
  friend void* switch_to(context&, context&, void*, place);
  friend void leave(context&, context&, void*, place);

  engine::plain_cell token_;
  const char* name_;
  int index_;
  void* resume_ = nullptr;  // an fcontext_t
  entry run_ = nullptr;
  engine::made_stack* stack_ = nullptr;  // null: the own stack of thread `owner_`
  unsigned owner_ = 0;
  engine::context_state state_ = engine::context_state::unused;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
