// What the platform and the explorer share about the execution that is running: its threads, futex
// queues, blocks, promises and failure. One object, since Relacy itself has one context a process.
//
// Includes Relacy: only for checker/relacy/*.cpp.
//
// Thread safety: none needed. Relacy's threads are fibers of one OS thread.
#pragma once

#include "arch/event.hpp"
#include "arch/target.hpp"
#include "checker/program.hpp"
#include "checker/relacy/arena.hpp"
#include "checker/relacy/cell.hpp"
#include "checker/relacy/explore.hpp"
#include "checker/relacy/names.hpp"
#include "checker/relacy/relacy_headers.hpp"

namespace tenterhook::relacy::engine {

// A pool's size is a template argument of Relacy's, so each is compiled.
inline constexpr unsigned min_threads = 2;
inline constexpr unsigned max_threads = 8;

enum class failure_kind : std::uint8_t {
  none,
#define FAILURE(name, text) name,
#include "checker/execution/failures.def"
#undef FAILURE
};

const char* text(failure_kind kind);

// What one thread has released to whom acquires it, as Relacy's sync_var, but of a size that is
// known at run time.
struct clock {
  rl::timestamp_t times[max_threads];
  void reset();
  void acquire(rl::thread_info_base& by) const;
  void release(rl::thread_info_base& by);
};

// A stack that the program allocated; `token` is of the running execution.
struct made_stack {
  char* low = nullptr;
  std::size_t bytes = 0;
  plain_cell* token = nullptr;
  bool running = false, released = false;
};

struct thread_state {
  const char* name = nullptr;
  void (*run)(void*) = nullptr;
  void* argument = nullptr;
  rl::thread_info_base* info = nullptr;  // Relacy's; null: not entered in this execution
  bool finished = false;
  int joiner = -1;                // Relacy's index of who waits for the end
  const char* blocked = nullptr;  // in what; null: it is not
  std::source_location where{};   // of what blocks it
  std::int64_t now = 0;           // its virtual clock, ns
  void* value = nullptr;          // platform::get_slot()
  std::uint32_t ghosts = 0;       // platform::ghosts()
  made_stack* on = nullptr;       // where it runs; null: on its own stack
  long blocks = 0;                // it created, and nobody destroyed
  bool ended = false;             // by quiesce()
  clock end;
};

// The kernel's queue of one futex word.
struct futex_queue {
  const void* word;
  clock lock;
  unsigned count;
  int waiters[max_threads];  // Relacy's indices, first come first
};

struct promise {
  bool (*holds)(void*);
  void* argument;
  const char* words;
};

enum class environment : std::uint8_t { timeout, spurious };

struct site_count {
  const char* file;
  unsigned line;
  environment what;
  unsigned count;
};

struct session {
  // -- the exploration --
  const checker::program* program = nullptr;
  const checker::parameters* values = nullptr;
  const Settings* settings = nullptr;
  std::uint64_t executions = 0, blocked = 0, steps = 0, mutated = 0;
  std::uint64_t runs_left = 0;  // 0: no limit
  double deadline = 0;          // seconds of the steady clock
  bool finished = false;        // the scheduler has no more executions
  bool altering = false;        // a mutant or raised orders: the slow path of every operation
  rl::vector<const char*>::type marks;
  void* scheduler = nullptr;  // Relacy's, and what prints the state of the running execution
  void (*save)(void* scheduler, std::ostream& out) = nullptr;

  // -- this execution --
  unsigned capacity = 0;  // threads in the pool
  unsigned started = 0;
  bool pool_too_small = false;
  bool cut = false;          // it ended by a false assumption
  bool failed_once = false;  // the mutant's failure has happened
  thread_state threads[max_threads];
  unsigned slot_of[max_threads] = {};  // by Relacy's index
  std::source_location here{};         // of the last operation
  rl::vector<futex_queue>::type futexes;
  rl::vector<site_count>::type sites;
  unsigned overdue = 0;  // set of indices: timed waits whose budget is used up
  promise promises[8] = {};
  unsigned promised = 0;
  bool quiescing = false;    // main waits until nobody else can run
  bool left_behind = false;  // quiesce() ended threads: their fibers stand where they stood
  rl::vector<made_stack*>::type stacks;  // kept for the next execution
  std::size_t stacks_used = 0;
  arena memory;
  names labels;  // only while a trace is recorded

  // -- its failure --
  failure_kind kind = failure_kind::none;
  rl::string message, location, thread;

  void begin_execution();
  // The scheduler has ended one; `last`: it has no other. Returns whether to stop.
  bool end_execution(bool last);
  [[noreturn]] void fail(failure_kind what, const char* words, std::source_location where);
  void note_failure(failure_kind what, const char* words, const char* file, unsigned line);
  [[noreturn]] void abandon();
  void check_promises() {
    if (promised != 0) [[unlikely]]
      evaluate_promises();
  }
  void evaluate_promises();
  rl::string who_is_blocked() const;

  thread_state& self() { return threads[slot_of[rl::ctx().threadx_->index_]]; }
  bool recording() const { return rl::ctx().collecting_history(); }
  void log(const char* words, std::source_location where);
  futex_queue& queue(const void* word);
  made_stack& fresh_stack(std::size_t bytes, std::source_location where);
  made_stack& stack_at(const void* low, std::source_location where);
  // May the execution end though Relacy has blocked threads?
  bool only_ended_are_left() const;
  long leaked() const;  // blocks that were not destroyed; those of ended threads are not counted
  unsigned& used(std::source_location where, environment what);

  // The mutant and the raised orders. REQUIRES: altering.
  std::memory_order altered(arch::operation what, std::memory_order order,
                            std::source_location where);
  bool hit(Mutate kind, std::source_location where);
};

extern session current;

inline rl::debug_info info(std::source_location where) {
  return {where.function_name(), where.file_name(), where.line()};
}

inline rl::memory_order order_of(std::memory_order order) {
  static_assert(int(std::memory_order_relaxed) == rl::mo_relaxed);
  static_assert(int(std::memory_order_acquire) == rl::mo_acquire);
  static_assert(int(std::memory_order_release) == rl::mo_release);
  static_assert(int(std::memory_order_acq_rel) == rl::mo_acq_rel);
  static_assert(int(std::memory_order_seq_cst) == rl::mo_seq_cst);
  return static_cast<rl::memory_order>(order);
}

// While one lives, operations are no scheduling points.
using uninterrupted = rl::preemption_disabler;

}  // namespace tenterhook::relacy::engine
