// What the simulations have in common.
#include "checker/relacy/simulate.hpp"

namespace tenterhook::relacy::engine {

namespace {

int& opened_member(rl::context& c);

template <int rl::context::*Member>
struct opened {
  friend int& opened_member(rl::context& c) { return c.*Member; }
};
template struct opened<&rl::context::disable_alloc_>;

}  // namespace

int& internal_allocations(rl::context& c) { return opened_member(c); }

namespace {

// Relacy's replacements are inline, so one that no source here calls would not exist, and the
// standard library's would take its place in half of the program.
using allocate = void*(std::size_t);
using release = void(void*);
[[gnu::used]] allocate* const replaced_new[] = {&operator new, &operator new[] };
[[gnu::used]] release* const replaced_delete[] = {&operator delete, &operator delete[] };

}  // namespace

void restart(fiber_t& fiber, void (*run)(void*), rl::thread_id_t index) {
  const stack_t stack = fiber.fib.uc_stack;
  getcontext(&fiber.fib);
  fiber.fib.uc_stack = stack;
  fiber.fib.uc_link = nullptr;
  ucontext_t here;
  fiber_ctx_t first = {run, reinterpret_cast<void*>(std::intptr_t{index}), &fiber.jmp, &here};
  makecontext(&fiber.fib, reinterpret_cast<void (*)()>(fiber_start_fnc), 1, &first);
  swapcontext(&here, &fiber.fib);  // back as soon as the fiber waits to be switched to
}

failure_kind kind_of(rl::test_result_e result) {
  switch (result) {
    case rl::test_result_user_assert_failed: return failure_kind::assertion;
    case rl::test_result_user_invariant_failed: return failure_kind::invariant;
    case rl::test_result_data_race: return failure_kind::race;
    case rl::test_result_access_to_freed_memory: return failure_kind::use_after_free;
    case rl::test_result_double_free: return failure_kind::double_free;
    case rl::test_result_unitialized_access: return failure_kind::uninitialised;
    case rl::test_result_deadlock: return failure_kind::deadlock;
    case rl::test_result_livelock: return failure_kind::livelock;
    default: return failure_kind::misuse;
  }
}

rl::string words_for(rl::test_result_e result, const char* words) {
  switch (result) {
    case rl::test_result_deadlock: return current.who_is_blocked();
    case rl::test_result_livelock:
      return rl::string("no end within ") + std::to_string(current.settings->max_steps).c_str() +
             " steps";
    case rl::test_result_unitialized_access:
      return "reads what was never written, or was not yet when the reader could know it";
    case rl::test_result_access_to_freed_memory:
      return "a cell that was destroyed, or never was: the pointer may be null or wild";
    case rl::test_result_data_race: return "unordered with another thread's access";
    default: return words;
  }
}

}  // namespace tenterhook::relacy::engine
