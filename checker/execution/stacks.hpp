// Stacks of the program under test, and contexts: the places where it goes on after it has switched
// from one stack to another within a virtual thread. For the checker the thread stays the same.
//
// A switch is no step. What orders two of them is kept in plain cells, the tokens of a context and
// of its stack: who leaves writes, who enters reads, so that entering without a happens-before edge
// from the leaving is a data race, found before the jump. On a graph this is what makes it sound to
// replay threads on memory that no graph knows.
//
// Thread safety: none; part of an Execution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "checker/execution/arena.hpp"
#include "checker/execution/cell.hpp"
#include "checker/execution/fiber.hpp"

namespace tenterhook::checker {

// A stack that the program allocated.
struct ProgramStack {
  std::unique_ptr<Stack> memory;
  Cell token;              // plain; written when the stack is made an entry on, or left
  std::uint32_t made = 0;  // entries, in this execution
  bool running = false;
  bool released = false;
};

// Where a context goes on. It lives with the execution: contexts are abandoned without destructors.
struct Place {
  enum class State : std::uint8_t { unused, running, enterable, left_for_good };

  Fiber fiber;
  State state = State::unused;
  ProgramStack* stack = nullptr;  // null: the own stack of thread `owner`
  std::uint32_t owner = 0;        // the thread that left it
  void* message = nullptr;
  void (*run)(void*) = nullptr;
};

// What the program holds of it.
struct Context {
  Cell token;              // plain; written when it is made or left
  Place* place = nullptr;  // null: never made and never left
};

class Stacks {
 public:
  // Thread t's n-th stack of an execution is at one address in every execution and process: so many
  // stacks a thread may allocate, each of at most so many bytes with its guard page.
  static constexpr std::uint32_t kPerThread = Arena::kWide ? 1024 : 64;
  static constexpr std::size_t kRoom = std::size_t{Arena::kWide ? 1024 : 128} << 10;

  // The thread's next stack; null: it has had its number, or they are too large. Kept from one
  // execution to the next, not reused within one. Throws std::bad_alloc.
  ProgramStack* allocate(std::uint32_t thread, std::size_t bytes);
  // Of this execution, by its lowest address; null: there is none.
  ProgramStack* find(const void* low) const;
  // The one that the address lies on; null: none does.
  const ProgramStack* around(const void* address) const;
  // How often were entries made on the stack that the address lies on, before the newest one?
  std::uint32_t earlier_lives(const void* address) const;
  Place& fresh_place();
  void reset();
  // Frees the exceptions that abandoned contexts were handling.
  void drop_exceptions();

 private:
  std::vector<std::vector<std::unique_ptr<ProgramStack>>> stacks_;  // by thread, by number
  std::vector<std::uint32_t> used_;                                 // by thread
  std::vector<ProgramStack*> all_;                                  // of this execution
  std::vector<std::unique_ptr<Place>> places_;
  std::size_t used_places_ = 0;
};

}  // namespace tenterhook::checker
