// A virtual thread: a fiber, the operation it is about to do, and what it knows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "checker/execution/fiber.hpp"
#include "checker/execution/op.hpp"

namespace tenterhook::checker {

// ready      it has a pending operation; the memory model may still hold it back.
// blocked    in a futex's queue.
// joining    waits for another thread's end.
// awaiting   spins: the last iterations of its loop were equal and wrote nothing, so it is not run
//            again until a cell that they read is written.
// halted     an assumption of its is false, in a directed run: it goes on in another graph.
// quiescing  waits until no other thread can go on.
// finished   its function returned, or it was ended (Thread::ended). Its store buffer may still
//            hold stores.
enum class ThreadState : std::uint8_t {
  unborn, ready, blocked, joining, awaiting, halted, quiescing, finished
};

// A store that its thread has done and memory has not seen.
struct BufferedStore {
  Cell* cell;
  std::uint64_t bits;
  std::uint64_t event;
  std::uint32_t step;
  const std::uint32_t* clock;
};

// One read of a loop's iteration; equal iterations are equal sequences of these.
struct SpinRead {
  const void* site;
  const Cell* cell;
  std::uint64_t writer;
  friend bool operator==(const SpinRead&, const SpinRead&) = default;
};

// A loop that has come to nothing yet; see monitors.cpp.
struct HotLoop {
  const char* name;
  std::uint64_t turn_began;  // the step at which the last turn that counts began
  unsigned turns = 0;        // that count
  unsigned pauses = 0;       // turns since the thread last let go of its processor
};

struct ProgramStack;

struct Thread {
  std::uint32_t slot = 0;            // index in the execution; fixed by (parent, n-th start)
  std::uint32_t parent = 0;
  std::string name;                  // "owner#1": the given name and the path of starts
  std::string path;                  // "1", "2.1"; empty: the main thread
  std::uint64_t path_hash = 0;
  std::vector<std::uint32_t> children;  // slots by n-th start, kept across executions

  // of the running execution
  ThreadState state = ThreadState::unborn;
  Op pending;
  Fiber fiber;
  std::unique_ptr<Stack> stack;
  ProgramStack* on = nullptr;        // where it runs; null: on its own
  std::uint32_t ghosts = 0;          // of the program's proofs: platform::ghosts()
  void* value = nullptr;             // of the program's, for the thread: platform::get_slot()
  bool ended = false;                // by quiesce()
  std::uint32_t ended_by = 0;        // graph: its event
  void (*run)(void*) = nullptr;
  void* argument = nullptr;
  std::uint32_t* clock = nullptr;
  std::uint32_t started = 0;         // children so far
  bool joined = false;               // somebody waits for its end
  Thread* starter = nullptr;         // while it runs ahead to its first operation
  std::uint64_t events = 0;          // operations so far
  std::int64_t now_ns = 0;           // its virtual clock
  std::vector<BufferedStore> buffer;  // oldest first
  std::size_t flushed = 0;           // entries of `buffer` that memory has seen
  std::uint32_t joins = 0;           // slot it waits for, while joining
  std::uint8_t futex_answer = 0;     // of the wait that just ended: a FutexAnswer
  std::uint32_t woken_by = 0;        // graph: the wake that ended its wait
  std::int64_t timeout_ns = -1;      // of the wait it is in
  const char* freed = nullptr;       // the block it released last: its cells die now
  std::size_t freed_bytes = 0;
  void (*handler)(void*) = nullptr;  // of signals
  void* handler_argument = nullptr;
  unsigned signals_left = 0;
  bool masked = false, in_handler = false, interrupted = false;
  Op deferred;                       // a store that a mutation swaps with what follows it
  // spin detection
  std::vector<SpinRead> iteration, previous;
  unsigned repeats = 0;
  unsigned fruitless = 0;            // directed: rounds of a loop since it last had an effect
  bool chose = false;                // directed: a choice among them
  std::uint64_t acted = 0;           // the step at which it acted last
  std::uint64_t acts = 0;            // its steps so far, and those of the environment with it
  std::uint64_t signalled = 0;       // a hash of which of them were signals
  std::vector<HotLoop> loops;        // the outer ones first

  bool buffered() const { return flushed < buffer.size(); }
};

}  // namespace tenterhook::checker
