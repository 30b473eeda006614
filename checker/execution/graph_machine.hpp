// Runs a program on an execution graph: each hooked operation is an event of the graph, what a load
// sees is its reads-from edge. Two ways:
//
//   directed  the graph is there before the threads run. They follow it, each as far as it goes, in
//             an order in which what an event depends on comes first; then the lowest thread that
//             can go on adds its next event, which the driver chooses, and so on to the end.
//   stepwise  the graph starts empty, a Strategy says who acts, and every step adds to the graph.
//
// The order of a directed run is a function of the graph alone: the explorer relies on it.
//
// Thread safety: none; part of an Execution.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>
#include <vector>

#include "checker/execution/cell.hpp"
#include "checker/execution/op.hpp"
#include "checker/execution/options.hpp"
#include "checker/execution/thread.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

class Bytes;
class Execution;
struct Lowered;

// Adds the events that are not in the graph yet, and chooses what is to be chosen.
class GraphDriver {
 public:
  virtual ~GraphDriver() = default;
  virtual EventId read(Execution& execution, const Event& next) = 0;
  virtual EventId write(Execution& execution, const Event& next) = 0;
  // The write of a read-modify-write, right behind the write that its read reads from.
  virtual EventId exclusive(Execution& execution, const Event& next, EventId after) = 0;
  // A choice among next.expected values.
  virtual EventId choice(Execution& execution, const Event& next) = 0;
};

// What an instruction of assembly depends on: reads, and choices, of its own thread by their places
// in it. REQUIRES: they are among the thread's first 64 events, and no more than 64 before it.
struct Dependencies {
  std::uint64_t address = 0, data = 0, control = 0;
};

class GraphMachine {
 public:
  explicit GraphMachine(Execution& execution) : x_(execution) {}

  // Prepares a run on the graph.
  void begin(Graph& graph, GraphDriver& driver, bool directed);
  bool directed() const { return directed_; }
  const Graph& graph() const { return *graph_; }

  // -- directed scheduling --
  // Gives way until the thread may execute its next event.
  void arrive(Thread& self);
  // The thread cannot go on by itself now (its state says why): gives way.
  void give_way(Thread& self);
  void started() { rescan_ = true; }
  // Does the graph have an event of the thread that was not executed yet?
  bool follows(const Thread& self) const {
    return cursors_[self.slot] < graph_->length(self.slot);
  }

  // -- operations of the running thread --
  std::uint64_t load(Thread& self, Cell& cell, std::memory_order order);
  void store(Thread& self, Cell& cell, std::uint64_t bits, std::memory_order order);
  // Read-modify-writes: returns what the read saw.
  std::uint64_t modify(Thread& self, Cell& cell, Modify how, std::uint64_t operand,
                       std::uint64_t expected, std::memory_order order,
                       std::memory_order fail_order, bool& wrote);
  void fence(Thread& self, std::memory_order order);
  std::uint64_t ghost_read(Thread& self, Cell& cell);
  std::uint64_t ghost_write(Thread& self, Cell& cell, Rmw kind, std::uint64_t operand);
  void start(Thread& self, Thread& child);
  void join(Thread& self, const Thread& child);
  EventId quiesce(Thread& self);  // returns its last event
  std::uint32_t choose(Thread& self, std::uint32_t n);
  void free(Thread& self);
  // Futexes. look() reads the word for a wait that sleeps if it finds `expected`; enqueue() looks
  // again with the queue locked and leaves the thread in the queue; false: it would have found
  // another word, so this is not an execution. wake() returns how many it woke, remove() ends a
  // wait that nobody woke.
  std::uint64_t look(Thread& self, Cell& word, std::uint32_t expected);
  bool enqueue(Thread& self, Cell& word);
  std::uint32_t wake(Thread& self, Cell& word, std::uint32_t count);
  bool remove(Thread& self, Cell& word);
  static Event lock_event(std::uint32_t thread, std::uint32_t queue);
  // Assembly: an instruction each. `reserved`: the place of the load-reserve.
  std::uint32_t place(const Thread& self) const { return cursors_[self.slot]; }
  std::uint64_t assembly_load(Thread& self, Cell& cell, const Dependencies& on);
  void assembly_store(Thread& self, Cell& cell, std::uint64_t bits, const Dependencies& on);
  bool store_conditional(Thread& self, Cell& cell, std::uint32_t reserved, std::uint64_t bits,
                         const Dependencies& on);
  void assembly_barrier(Thread& self, Barrier what, const Dependencies& on);
  // Stepwise: a choice that was made by what happened.
  void record_choice(Thread& self, std::uint32_t n, std::uint32_t value);
  void resume(Thread& self);

  // The end of a cell: whoever accesses it must have done so before. Returns a thread whose access
  // is not ordered before the running thread's next step; null: all are.
  const Thread* unordered(const Thread& self, const Cell& cell) const;
  bool knows_all(const Thread& self) const;
  void bury(const Cell& cell);
  // The newest write of the cell, for those who ask what a load could see at most.
  struct Seen {
    std::uint64_t bits, writer;
  };
  Seen newest(const Cell& cell) const;
  void watch();

  // At the end of a directed run: is every spinning thread's last look at the newest values?
  bool up_to_date(const Thread& spinning) const;
  // The events in the order of their execution.
  const std::vector<EventId>& order() const { return order_; }
  // A stable name of the event: the same in every graph that has it.
  std::uint64_t name_of(EventId event) const;
  // Of the whole graph: equal for equal graphs, whatever the order in which they were built.
  GraphHash hash() const;
  // What the numbers of threads and locations mean, for other processes: threads by their parents
  // and the order of their starts, locations by addresses, which are the same everywhere.
  struct Names {
    std::vector<std::uint32_t> threads, locations;  // by the other's number: the number here
  };
  void save_names(Bytes& out) const;
  Names load_names(Bytes& in);
  // For people, with Options::names; valid until the next run. A ghost or a futex's queue has a
  // name of its own; what it holds is no number of the program's.
  std::string name_of_location(std::uint32_t location) const;
  std::string value_text(std::uint32_t location, std::uint64_t bits) const;
  std::source_location site_of(EventId event) const {
    return event < sites_.size() ? sites_[event] : std::source_location{};
  }
  // What the read saw; of a ghost the value of its own cell.
  std::uint64_t value_seen(EventId read) const;
  std::uint32_t step_of(EventId event) const { return event < steps_.size() ? steps_[event] : 0; }

 private:
  struct Place {  // of a location
    const void* address;
    std::uint32_t generation;
    std::string name = {};          // with Options::names, as is the next
    Describe describe = nullptr;
  };

  void name_place(Place& place, const Cell& cell, bool queue) const;
  void keep_site(const Thread& self, EventId id);
  std::uint32_t location(Cell& cell);
  std::uint32_t queue_location(Cell& word);
  std::uint32_t queue_of_the_gone(const void* word);
  std::uint32_t place(const void* address);
  std::uint32_t place(const void* address, std::uint32_t generation);
  bool fenced() const { return graph_->model() != GraphModel::sc; }  // is a fence an event?
  Event event(const Thread& self, EventKind kind, std::memory_order order) const;
  // The thread's next event if the graph has it, else kInitial.
  EventId recorded(const Thread& self, EventKind kind, std::uint32_t location) const;
  void executed(Thread& self, EventId id);
  EventId read_event(Thread& self, const Event& next);
  void depends(Event& e, const Dependencies& on) const;
  void paired_store(Thread& self, Cell& cell, std::uint64_t bits, std::memory_order order,
                    const Lowered& barriers);
  bool barrier_before(Thread& self, Barrier what);
  void barrier_after(Thread& self, Barrier what, std::uint64_t control);
  void barrier(Thread& self, Barrier what, std::uint64_t control, bool within);
  void exclusive_event(Thread& self, const Event& read, EventId source, std::uint64_t value);
  std::uint64_t value_of(EventId source, std::uint32_t location) const;
  std::uint64_t ghost_value(EventId newest, std::uint32_t location) const;
  std::vector<std::uint32_t>& waiters(EventId newest, std::uint32_t location) const;
  std::uint32_t ghost_location(Cell& cell);
  std::uint32_t elder_twin(const Thread& self, const Thread& child) const;
  bool satisfied(const Event& e) const;
  Thread& prerequisite(std::uint32_t slot);
  Thread* who(Thread& self);
  bool can_go(const Thread& t) const { return t.state == ThreadState::ready; }
  void within(Thread& self);
  void switch_to(Thread& self, Thread& next);
  [[noreturn]] void diverged(std::uint32_t slot);

  Execution& x_;
  Graph* graph_ = nullptr;
  GraphDriver* driver_ = nullptr;
  bool directed_ = false, rescan_ = false, last_first_ = false;
  bool watched_ = false, ghosts_ = false, names_ = false;
  std::uint32_t current_ = 0;
  std::uint32_t planned_ = 0, executed_ = 0;   // events of the graph; those executed
  const Thread* urgent_ = nullptr;             // within an operation of several events
  std::vector<std::uint32_t> cursors_;         // by slot: events executed
  std::vector<std::uint32_t> steps_;           // by event; stepwise
  std::vector<EventId> order_;
  std::vector<std::source_location> sites_;    // by event; with Options::names
  std::vector<Place> places_;                  // by location, for the whole exploration
  std::vector<std::uint32_t> table_;           // hash of (address, generation) -> location + 1
  std::vector<const void*> graves_;            // addresses of cells that died in this run
};

}  // namespace tenterhook::checker
