// One execution of a program at a time: virtual threads on fibers, the memory they share, futexes,
// and what can go wrong. The execution obeys; a Strategy decides.
//
// How a step goes. A thread that reaches a hooked operation publishes it (Thread::pending) and
// calls schedule(): on its own stack it asks the strategy who acts next and jumps there directly. A
// thread that is chosen executes its pending operation and runs on to its next one. So at every
// decision each thread's next operation is known.
//
// Thread safety: none; everything happens on one OS thread, and one execution exists a process.
#pragma once

#include <atomic>
#include <csetjmp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <source_location>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "checker/execution/arena.hpp"
#include "checker/execution/clock.hpp"
#include "checker/execution/failure.hpp"
#include "checker/execution/graph_machine.hpp"
#include "checker/execution/graph_steps.hpp"
#include "checker/execution/options.hpp"
#include "checker/execution/stacks.hpp"
#include "checker/execution/thread.hpp"
#include "checker/execution/trace.hpp"
#include "checker/explore/strategy.hpp"
#include "checker/memory/model.hpp"

namespace tenterhook::checker {

enum class FutexAnswer : std::uint8_t { woken, again, interrupted, timed_out };

class Execution {
 public:
  explicit Execution(const Options& options);  // throws std::bad_alloc
  ~Execution();
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  // The one execution that hooked operations belong to.
  // REQUIRES: an Execution exists.
  static Execution& current() { return *current_; }
  static bool exists() { return current_ != nullptr; }

  // Runs `body` on the main virtual thread under the strategy, to its end or to the first failure.
  Outcome run(const std::function<void()>& body, Strategy& strategy);

  // Runs `body` on the graph, which has been begun, to its end: see GraphMachine.
  // REQUIRES: nothing of options().model but its name counts.
  Outcome run_directed(const std::function<void()>& body, Graph& graph, GraphDriver& driver);
  GraphMachine& machine() { return machine_; }
  const GraphMachine& machine() const { return machine_; }
  // The slot of the thread's n-th start, counted from 0: the same whenever it is asked for.
  std::uint32_t slot_of(std::uint32_t parent, std::uint32_t nth);
  // Most threads that a graph of this execution must have room for.
  std::uint32_t width() const { return clocks_.width(); }
  // For the driver of stepwise runs.
  Graph& step_graph() { return own_graph_; }
  const std::vector<StepDriver::Option>& step_options() const { return steps_driver_.options(); }
  std::uint32_t choose_step(std::uint32_t n, ChoiceKind kind) {
    return choose_inside(*threads_[running_], n, kind);
  }
  bool fair() const { return fair_; }
  // Did a directed run meet what a graph cannot carry: a signal between two steps?
  bool unsupported() const { return unsupported_; }
  // Directed: the graph that is built has no consistent end, or one that was seen.
  [[noreturn]] void abandon() { finish(Outcome::redundant); }

  // What the last run came to.
  Outcome outcome() const { return outcome_; }
  const Failure& failure() const { return failure_; }
  void set_failure(const Failure& failure) { failure_ = failure; }
  std::uint64_t steps() const { return steps_; }
  // Steps over all runs: does anything move?
  std::uint64_t progress() const { return before_ + steps_; }
  // Every decision between more than one alternative, in order: replay by counting.
  const std::vector<std::uint32_t>& decisions() const { return decisions_; }
  // A hash of the execution graph, (reads-from, coherence): equal for equal graphs, whatever the
  // order of the steps. Only with Options::graphs.
  GraphHash graph() const { return graph_; }
  // A hash of every step in order: equal if and only if the same things happened.
  std::uint64_t fingerprint() const { return fingerprint_; }
  const std::vector<TraceEntry>& trace() const { return trace_; }
  // The coverage marks that any run met, in the order they were met first.
  const std::vector<std::string>& marks() const { return marks_; }
  // With Options::sites: each operation that any run executed, by its place in the source.
  struct Site {
    std::source_location at;
    OpKind op;
    std::memory_order order, fail_order;
  };
  const std::vector<Site>& sites() const { return seen_; }
  // Of Options::orders, by number: did any run execute an operation there?
  const std::vector<bool>& applied() const { return applied_; }
  const Options& options() const { return options_; }
  Options& options() { return options_; }

  // -- for strategies: the state at a decision --
  const Thread& thread(std::uint32_t slot) const { return *threads_[slot]; }
  std::uint32_t threads() const { return static_cast<std::uint32_t>(threads_.size()); }
  std::uint32_t running() const { return running_; }  // who acted last
  // Do the two commute in this state, each leaving the other enabled? Conservative.
  bool independent(Actor a, Actor b) const;
  // What a trace says of the actor's next step before it is taken.
  [[gnu::no_sanitize("address")]] TraceEntry entry_of(Actor actor) const;
  // Equal hashes: whatever can follow one state can follow the other. For that the graph so far is
  // hashed, Options::graphs, and what the checker keeps of threads and queues. false: the execution
  // extends a graph, which is not hashed on the way.
  bool state(GraphHash& hash) const;
  // Does the actor's step commute with every other thread's steps, now and later?
  bool invisible(Actor a) const;

  // -- for the hooked platform: the operations of the running thread --
  std::uint64_t load(Cell&, std::memory_order, std::source_location);
  void store(Cell&, std::uint64_t bits, std::memory_order, std::source_location);
  std::uint64_t rmw(Cell&, Rmw, std::uint64_t operand, std::memory_order, std::source_location);
  bool cas(Cell&, std::uint64_t& expected, std::uint64_t desired, bool weak,
           std::memory_order success, std::memory_order failure, std::source_location);
  void fence(std::memory_order, std::source_location);
  std::uint64_t plain_read(Cell&, std::source_location);
  void plain_write(Cell&, std::uint64_t bits, std::source_location);
  std::uint64_t ghost_read(Cell&, std::source_location);
  void ghost_write(Cell&, Rmw, std::uint64_t operand, std::uint64_t& before,
                   std::source_location);
  void born(Cell& cell);    // a cell's constructor
  static void died(Cell& cell);  // its destructor, in an execution or not
  // Assembly, on graphs only: see GraphMachine. place() is that of the thread's next event.
  std::uint32_t place() const;
  std::uint64_t assembly_load(Cell&, const Dependencies&);
  void assembly_store(Cell&, std::uint64_t bits, const Dependencies&);
  bool store_conditional(Cell&, std::uint32_t reserved, std::uint64_t bits, const Dependencies&);
  void assembly_barrier(Barrier, const Dependencies&);
  FutexAnswer futex_wait(Cell&, std::uint32_t expected, std::int64_t timeout_ns,
                         std::source_location);
  std::uint32_t futex_wake(Cell&, std::uint32_t count, std::source_location);
  std::uint32_t start(const char* name, void (*run)(void*), void* argument, std::source_location);
  void join(std::uint32_t slot, std::source_location);
  void yield(std::int64_t sleep_ns, std::source_location);
  bool quiesce(std::source_location);
  void*& thread_value() { return threads_[running_]->value; }
  bool real() const { return options_.budget.timeouts != 0; }
  std::uint32_t& thread_ghosts() { return threads_[running_]->ghosts; }
  // Stacks of the program: see stacks.hpp. `low` names a stack by its lowest address.
  ProgramStack& allocate_stack(std::size_t bytes, std::source_location);
  void release_stack(const void* low, std::source_location);
  void make_context(Context&, const void* low, void (*entry)(void*), std::source_location);
  void* switch_context(Context& from, Context& to, void* message, bool for_good,
                       std::source_location);
  void drop_context(Context&);
  std::int64_t now();
  std::uint32_t choose(std::uint32_t n, ChoiceKind kind, std::source_location site);
  void on_signal(void (*handler)(void*), void* argument);
  bool mask_signals(bool masked);
  void always(bool (*holds)(void*), void* argument, const char* promise);
  void mark(const char* name);
  // Monitors: see monitors.cpp.
  void hot(const char* loop, std::source_location);
  void cool(const char* loop);
  void waits(const char* loop, unsigned most, std::source_location);
  void gives_way();
  void* allocate_block(std::size_t bytes, std::source_location);
  // Announces that the block ends; the destructor runs after it, then release_block().
  void release(void* block, std::source_location);
  void label(const void* object, std::size_t bytes, const char* type, std::int64_t number);
  // Never unwinds: a temporary of the caller that holds memory, but for `message`, is lost.
  [[noreturn]] void fail(FailureKind, std::string message, std::source_location);
  void block();  // an assumption is false: the execution, directed the thread, ends here
  bool defect(std::uint32_t id) const { return options_.defect == id && id != 0; }

  // -- for memory models --
  // Makes a store visible: memory, coherence, the clock that it releases.
  void commit(Cell&, const BufferedStore& store);
  std::uint32_t* fresh_clock_copy(const std::uint32_t* clock) { return clocks_.copy(clock); }

  // -- for crash handling (signal context) --
  [[noreturn]] void crashed(int signal, const void* address);
  bool in_virtual_thread() const { return on_fiber_; }
  // Memory for operator new inside a virtual thread; null: not inside one.
  void* user_allocate(std::size_t bytes);
  bool owns(const void* address) const { return arena_.contains(address); }

  // Names for traces.
  // The cell may be dead.
  [[gnu::no_sanitize("address")]] std::string object_name(const Cell& cell) const;
  std::string describe(const Cell& cell, std::uint64_t bits) const;
  std::string address_name(std::uint64_t address) const;  // "g3" or a number

 private:
  friend struct Inside;
  friend class GraphMachine;
  struct FutexQueue {
    Cell* cell;
    std::vector<std::uint32_t> waiters;  // slots, first come first
  };
  struct Effect {
    const void* cell = nullptr;   // what it reads or writes; null: nothing
    bool write = false;
    const void* queue = nullptr;  // futex queue it works on
    std::size_t range = 0;        // a free: bytes from `cell`
  };
  struct Label {
    const char* begin;
    std::size_t bytes;
    const char* type;
    std::int64_t number;
  };
  struct SiteCount {
    std::uint64_t site;
    ActorKind kind;
    unsigned count;
  };

  // scheduling
  void reset();
  Outcome go(const std::function<void()>& body);
  void graph_ended();
  FutexAnswer graph_wait(Thread& self, Cell& cell, std::int64_t timeout_ns, const Op& op);
  // Budgets are per site; on graphs per site and thread, since a graph has no global order.
  std::uint64_t budget_key(const Thread& t) const;
  // What the thread does next, built in place: a copied Op would stall on its own stores.
  [[gnu::no_sanitize("address")]] static Op& publish(Thread& self, OpKind kind, Cell* cell,
                                                     std::memory_order order,
                                                     std::source_location site,
                                                     std::uint64_t operand = 0,
                                                     std::uint64_t expected = 0) {
    Op& op = self.pending;
    op.kind = kind;
    op.cell = nullptr;
    op.order = order;
    op.fail_order = order;
    op.operand = operand;
    op.expected = expected;
    op.site = site;
    // A crash for want of a cell comes here, while the report of it has none to read: the compiler
    // keeps the stores on their sides of the look.
    if (cell != nullptr) {
      std::atomic_signal_fence(std::memory_order_seq_cst);
      static_cast<void>(*static_cast<const volatile std::uint32_t*>(&cell->tag));
      std::atomic_signal_fence(std::memory_order_seq_cst);
    }
    op.cell = cell;
    return op;
  }
  void point(Thread& self, const Op& op);
  void schedule(Thread& self);
  bool environment(Actor actor, Thread& t);
  Actor next();
  void rebuild();
  bool idle() const;
  void enable_waiter(const Thread& t, bool forced);
  void enable_quiesce();
  void end_here(Thread& t);
  Actor fair_next();
  std::uint64_t step_limit() const {
    return graphs_ ? std::min(options_.max_steps, options_.max_events) : options_.max_steps;
  }
  bool interrupted(Thread& self);
  bool spin_again();
  [[noreturn]] void stuck();
  void report_leaks();
  bool waits_for_ever(FailureKind& kind, std::string& message, std::source_location& at) const;
  [[noreturn]] void finish(Outcome outcome);
  static void enter(void* thread);
  static void enter_stack(void* place);
  void enterable(Thread& self, Context& to, std::source_location site);
  void forget_cells(Thread& self, const Stack& stack);
  [[noreturn]] void refuse(FailureKind, const Cell& token, const char* why, std::source_location);
  void thread_ended(Thread& self);
  Thread& unused_thread();
  Thread& spawn_slot(Thread& parent, const char* name);
  void begin(Thread& t, void (*entry)(void*), void* argument);
  unsigned used(std::uint64_t site, ActorKind kind) const;
  void use(std::uint64_t site, ActorKind kind);

  // operations
  [[gnu::no_sanitize("address")]] static bool alive(const Cell& cell) {
    return cell.tag == Cell::kAlive;
  }
  // A dead cell is told by its tag and a null pointer by its signal: no sanitizer comes first.
  [[gnu::no_sanitize("address", "null")]] void access(Cell& cell, std::source_location site) {
    if (cell.tag != Cell::kAlive) [[unlikely]] bad_access(cell, site);
  }
  [[noreturn, gnu::no_sanitize("address")]] void bad_access(Cell& cell, std::source_location site);
  std::string stack_with(const void* address) const;  // whose stack it is on; empty: nobody's
  MemoryModel::Seen read(const Thread& thread, const Cell& cell) const {
    if (sc_) return {cell.bits, cell.writer, cell.writer_step, cell.clock};
    if (graphs_) {
      const GraphMachine::Seen seen = machine_.newest(cell);
      return {seen.bits, seen.writer, 0, nullptr};
    }
    return model_->read(thread, cell);
  }
  std::uint64_t execute_load(Thread& self, Cell& cell);
  void execute_store(Thread& self, Cell& cell, std::uint64_t bits, std::memory_order order);
  // Names the thread's next event: the same in every order of the steps.
  static std::uint64_t next_event(Thread& self) { return self.path_hash + ++self.events; }
  void acquired(Thread& self, const std::uint32_t* clock) { clocks_.join(self.clock, clock); }
  void reads(std::uint64_t event, std::uint64_t writer) {
    print(writer);
    if (options_.graphs) graph_edge(event, writer);
  }
  void graph_edge(std::uint64_t event, std::uint64_t writer);
  // Adds to the fingerprint.
  void print(std::uint64_t what) {
    fingerprint_ = (((fingerprint_ << 7) | (fingerprint_ >> 57)) ^ what) * 0x9e3779b97f4a7c15ULL;
  }
  void side_effect(Thread& self);
  void spin_read(Thread& self, const Cell& cell, std::source_location site);
  std::uint32_t choose_inside(Thread& self, std::uint32_t n, ChoiceKind kind);
  MutationKind mutate(Op& op) {
    return altered_ ? alter(op) : MutationKind::none;
  }
  MutationKind alter(Op& op);
  void see(const Op& op);
  void execute_deferred(Thread& self);
  // With Options::reach: what a compare-exchange came to, and a write before it is one.
  void tried(std::source_location site, bool done);
  void changes(const Cell& cell, std::uint64_t bits);
  bool graph_cas(Thread& self, Cell& cell, std::uint64_t& expected, std::uint64_t desired,
                 const Op& op);
  [[noreturn]] void report_race(const Cell& cell, const char* what, std::source_location site,
                                const char* other, const Thread& with,
                                std::source_location other_site);
  void end_iteration(Thread& self, unsigned limit, bool yields);
  void wake_awaiting(const Cell& cell);
  void bury(Thread& self, Cell& cell);
  void reads_plain(Thread& self, Cell& cell, const char* what, std::source_location site);
  static void wrote_plain(const Thread& self, Cell& cell, std::source_location site);
  void check_unordered(const Cell& cell, const Thread& self, const char* what,
                       std::source_location site);
  void dequeue(Thread& t, FutexAnswer answer);
  FutexQueue& queue(Cell& cell);
  void invariant();
  Effect effect(Actor actor) const;

  // reports
  void note(Thread& self, const Op& op, std::uint64_t value, std::uint32_t from,
            const char* remark = "");
  void note_actor(Actor actor);
  std::vector<Position> positions() const;
  std::string place(const Op& op) const;

  static Execution* current_;

  Options options_;
  std::unique_ptr<MemoryModel> model_;
  Strategy* strategy_ = nullptr;
  Arena arena_;
  Stacks stacks_;
  ClockPool clocks_;
  std::vector<std::unique_ptr<Thread>> threads_;  // by slot; slot 0 is the main thread
  std::vector<std::uint32_t> live_;               // slots started in this execution, ascending
  std::vector<Actor> enabled_;
  std::vector<FutexQueue> queues_;
  std::vector<Label> labels_;
  std::vector<SiteCount> sites_;
  std::vector<Site> seen_;
  std::vector<std::uint32_t> decisions_;
  std::vector<TraceEntry> trace_;
  std::vector<std::string> marks_;
  std::vector<const char*> mark_names_;
  std::set<std::tuple<const char*, std::uint64_t, std::uint64_t>> reached_;
  GraphMachine machine_{*this};
  Graph own_graph_;                 // of stepwise runs
  StepDriver steps_driver_;
  const std::function<void()>* body_ = nullptr;
  Fiber explorer_;
  std::jmp_buf escape_;
  Failure failure_;
  GraphHash graph_{};
  std::uint64_t fingerprint_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t before_ = 0;  // steps of earlier runs
  std::uint64_t fair_until_ = 0;
  std::uint32_t running_ = 0;
  std::uint32_t awaiting_ = 0;
  unsigned spun_ = 0;          // times that spinning threads were let go on since a store
  std::uint32_t fair_cursor_ = 0;
  Outcome outcome_ = Outcome::complete;
  bool (*invariant_)(void*) = nullptr;
  void* invariant_argument_ = nullptr;
  const char* promise_ = nullptr;
  Thread* user_ = nullptr;   // whose own code is running; null: the checker's
  bool on_fiber_ = false;
  bool dirty_ = true;
  bool sc_ = false;        // the model is sequential consistency: memory is read directly
  bool volatile_ = false;  // MemoryModel::volatile_readiness()
  bool altered_ = false;   // operations are mutated, listed or have other orders
  std::vector<bool> applied_;
  bool every_step_ = false;
  bool watched_ = false;   // Strategy::watches()
  bool fair_ = false;
  bool unsupported_ = false;
  bool graphs_ = false;    // the operations are events of a graph
  bool directed_ = false;  // which was there before
};

}  // namespace tenterhook::checker
