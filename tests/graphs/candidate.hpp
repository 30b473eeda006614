// Candidate executions: every way in which the reads of a program could be served, with every order
// of the writes to a location. Whether a model allows them is not asked here, but for one thing: po
// and rf have no cycle together (no value comes out of thin air), as all models here demand.
#pragma once

#include <functional>
#include <vector>

#include "tests/graphs/assembly.hpp"
#include "tests/graphs/graph.hpp"
#include "tests/graphs/program.hpp"
#include "tests/graphs/relation.hpp"

namespace tenterhook::graphs {

enum class event_kind : std::uint8_t { read, write, fence };

struct event {
  event_kind kind = event_kind::read;
  int location = -1;
  int value = 0;
  std::memory_order order = relaxed;
  bool exclusive = false;  // of a read-modify-write, failed or not
  int half = -1;           // a write of a read-modify-write: its read, among the thread's events
  barrier fence = barrier::none;  // a fence in assembly
  dependencies on{};              // in assembly
  bool plain = false;             // a non-atomic access of C++
  write_id id = initial;          // its thread, its number among the thread's accesses
};

struct candidate {
  std::vector<event> events;  // the initial writes by location, then thread by thread
  std::size_t locations = 0;  // so many initial writes
  relation po;                // within threads
  relation rf;
  relation co;                          // total on the writes to a location, the initial one first
  relation rmw;                         // from the read of a read-modify-write to its write
  relation addr, data, ctrl;            // from reads to what depends on them, in assembly
  graph result;                         // the same in canonical form
  std::vector<std::vector<int>> shown;  // by thread: what trail::show() was given
};

// What a read was served with; or, from `succeeds` and `fails`, what became of a store-conditional.
struct served {
  write_id source;
  int value;
  auto operator<=>(const served&) const = default;
};

inline constexpr write_id fails{-2, 0}, succeeds{-2, 1};

// A thread's operations while its reads return given values. At the first read without one it
// waits; after a false assumption it is blocked. Then operations return 0 and leave no trace, so
// code that runs on it must end whatever its reads return.
class trail {
 public:
  explicit trail(const std::vector<served>& answers) : answers_(answers) {}

  int load(int location, std::memory_order order, bool plain = false);
  void store(int location, int value, std::memory_order order, bool plain = false);
  int fetch_add(int location, int value, std::memory_order order);
  int exchange(int location, int value, std::memory_order order);
  // What it read; equal to `expected` means success.
  int compare_exchange(int location, int expected, int value, std::memory_order order,
                       std::memory_order failure);
  void fence(std::memory_order order);

  // Assembly, for interpret().
  std::uint32_t events_so_far() const { return static_cast<std::uint32_t>(events_.size()); }
  int machine_load(int location, const dependencies& on, bool reserve);
  void machine_store(int location, int value, const dependencies& on);
  // `read`: the load-reserve among the thread's events.
  bool machine_store_conditional(int location, std::uint32_t read, int value,
                                 const dependencies& on);
  // One that succeeds: a loop's last.
  void machine_store_exclusive(int location, std::uint32_t read, int value, const dependencies& on);
  void machine_barrier(barrier what, const dependencies& on);

  // The thread's end: its registers, say.
  void show(std::vector<int> values) { shown_ = std::move(values); }
  // It does nothing after so many events.
  void stop_after(std::size_t events) { most_ = events; }
  void assume(bool holds) { blocked_ = blocked_ || (live() && !holds); }

  const std::vector<event>& events() const { return events_; }
  bool blocked() const { return blocked_; }
  const std::vector<int>& shown() const { return shown_; }
  // The location; -1: it does not wait; -2: for a store-conditional to fail or succeed.
  int waits_for() const { return waits_for_; }
  write_id source(std::size_t read) const { return sources_[read]; }

 private:
  bool live() const { return !blocked_ && waits_for_ == -1 && events_.size() < most_; }
  bool answer(int question, served& with);
  bool read(int location, int& value);
  void happened(event e);
  void modified(int location, int old, int value, std::memory_order order);

  const std::vector<served>& answers_;
  std::vector<event> events_;
  std::vector<write_id> sources_;  // of the reads
  std::vector<int> shown_;
  std::size_t answered_ = 0;
  std::size_t most_ = relation::most;
  int accesses_ = 0;
  int waits_for_ = -1;
  bool blocked_ = false;
};

// A program as functions. Programs that small_program cannot say are written so.
struct code {
  int variables = 2;
  std::vector<std::function<void(trail&)>> threads;
  std::vector<int> initial{};  // by variable; the rest is 0
  int initially(int variable) const {
    const auto v = static_cast<std::size_t>(variable);
    return v < initial.size() ? initial[v] : 0;
  }
};

code code_of(const program& p);           // REQUIRES: p outlives it
code code_of(const assembly_program& p);  // likewise

// Complete executions only: no thread is blocked. Each candidate once.
void for_each_candidate(const code& program, const std::function<void(const candidate&)>& visit);

}  // namespace tenterhook::graphs
