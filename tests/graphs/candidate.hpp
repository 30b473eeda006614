// Candidate executions: every way in which the reads of a program could be served, with every order
// of the writes to a location. Whether a model allows them is not asked here, but for one thing: po
// and rf have no cycle together (no value comes out of thin air), as all models here demand.
#pragma once

#include <functional>
#include <vector>

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
  bool succeeded = false;  // an exclusive read whose write follows
  write_id id = initial;   // its thread, its number among the thread's accesses
};

struct candidate {
  std::vector<event> events;  // the initial writes by location, then thread by thread
  std::size_t locations = 0;  // so many initial writes
  relation po;                // within threads
  relation rf;
  relation co;   // total on the writes to a location, the initial one first
  relation rmw;  // from the read of a read-modify-write to its write
  graph result;  // the same in canonical form
};

struct served {
  write_id source;
  int value;
  auto operator<=>(const served&) const = default;
};

// A thread's operations while its reads return given values. At the first read without one it
// waits; after a false assumption it is blocked. Then operations return 0 and leave no trace, so
// code that runs on it must end whatever its reads return.
class trail {
 public:
  explicit trail(const std::vector<served>& reads) : reads_(reads) {}

  int load(int location, std::memory_order order);
  void store(int location, int value, std::memory_order order);
  int fetch_add(int location, int value, std::memory_order order);
  int exchange(int location, int value, std::memory_order order);
  // What it read; equal to `expected` means success.
  int compare_exchange(int location, int expected, int value, std::memory_order order,
                       std::memory_order failure);
  void fence(std::memory_order order);
  void assume(bool holds) { blocked_ = blocked_ || (live() && !holds); }

  const std::vector<event>& events() const { return events_; }
  bool blocked() const { return blocked_; }
  int waits_for() const { return waits_for_; }  // the location; -1: it does not wait
  write_id source(std::size_t read) const { return reads_[read].source; }

 private:
  bool live() const { return !blocked_ && waits_for_ < 0; }
  bool read(int location, int& value);
  void happened(event_kind kind, int location, int value, std::memory_order order, bool exclusive,
                bool succeeded = false);

  const std::vector<served>& reads_;
  std::vector<event> events_;
  std::size_t served_ = 0;
  int accesses_ = 0;
  int waits_for_ = -1;
  bool blocked_ = false;
};

// A program as functions. Programs that small_program cannot say are written so.
struct code {
  int variables = 2;
  std::vector<std::function<void(trail&)>> threads;
};

code code_of(const program& p);  // REQUIRES: p outlives it

// Complete executions only: no thread is blocked. Each candidate once.
void for_each_candidate(const code& program, const std::function<void(const candidate&)>& visit);

}  // namespace tenterhook::graphs
