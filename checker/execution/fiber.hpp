// Stacks and the switch between virtual threads, on arch/jump/. One OS thread, no system calls
// on a switch. A switch saves the C++ exception globals, so that a thread may switch away inside a
// catch block.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "arch/jump/jump.hpp"

namespace tenterhook::checker {

// A stack with a guard page below it. Reused from execution to execution.
class Stack {
 public:
  // Throws std::bad_alloc when the system has no memory. Stacks of one number are at one address in
  // every process, if that is free: cells on them are locations of graphs.
  explicit Stack(std::size_t bytes, std::uint32_t number = 0);
  // With the upper end at that address, if that is free.
  static std::unique_ptr<Stack> with_top(std::size_t bytes, std::uint64_t top);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  char* top() const { return base_ + mapped_; }
  char* bottom() const { return base_ + guard_; }
  std::size_t size() const { return mapped_ - guard_; }
  bool holds(const void* address) const { return address >= bottom() && address < top(); }
  bool in_guard(const void* address) const {
    return address >= base_ && address < base_ + guard_;
  }

 private:
  Stack() = default;
  void map(std::size_t bytes);       // sets guard_ and mapped_
  void place(std::uint64_t address);  // maps them there, or elsewhere

  std::size_t guard_ = 0;
  std::size_t mapped_ = 0;
  char* base_ = nullptr;
};

// A suspended point of control. `stack` is null for the explorer's own.
struct Fiber {
  arch::jump::fcontext_t context = nullptr;
  Stack* stack = nullptr;
  void* caught = nullptr;          // __cxa_eh_globals of the suspended thread
  unsigned int uncaught = 0;
  void* propagating = nullptr;     // of ARM's unwinder
  const void* asan_bottom = nullptr;
  std::size_t asan_size = 0;
  void* asan_fake = nullptr;
};

// Makes `fiber` start in entry(argument) when it is first switched to; entry never returns.
void prepare(Fiber& fiber, void (*entry)(void*), void* argument);

// Frees the exceptions that a fiber was handling when it was abandoned. It is not run again.
void drop_exceptions(Fiber& fiber);

// Leaves `from` (resumable, unless it is left for good) and continues `to`.
void switch_fiber(Fiber& from, Fiber& to, bool for_good = false);

}  // namespace tenterhook::checker
