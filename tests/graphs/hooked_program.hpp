// A small program on the hooked platform, for explorers: variable v is the cell x[v], thread t is
// the main thread's t-th start, and all start before any is joined.
#pragma once

#include <array>
#include <cstddef>
#include <source_location>

#include "properties/cells.hpp"
#include "properties/scenario.hpp"
#include "tests/graphs/graph.hpp"
#include "tests/graphs/program.hpp"

namespace tenterhook::graphs {

// What an execution showed. Fixed in size and the caller's: what a virtual thread allocates ends
// with the execution. `complete` is set when all threads are joined.
struct observed {
  static constexpr std::size_t most_threads = 16, most_reads = 32, most_variables = 8;
  std::array<std::array<int, most_reads>, most_threads> reads{};
  std::array<std::size_t, most_threads> count{};
  std::array<int, most_variables> memory{};
  bool complete = false;
};

// Between executions. REQUIRES: seen.complete.
inline outcome outcome_of(const observed& seen, const program& p) {
  outcome o;
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    const auto first = seen.reads[t].begin();
    o.reads.emplace_back(first, first + static_cast<std::ptrdiff_t>(seen.count[t]));
  }
  o.memory.assign(seen.memory.begin(), seen.memory.begin() + p.variables);
  return o;
}

// The places of a thread's operations. Equal places would look like a loop to the checker, which
// stops a thread whose iterations repeat; so these come in turn.
inline constexpr std::array<std::source_location, 12> places = {
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
    std::source_location::current(),  //
};

// The memory of interpret() for one thread.
class hooked_memory {
 public:
  using cell = hooked::platform::atomic<int>;
  using row = hooked::properties::cells<cell>;

  hooked_memory(row& cells, observed* seen, std::size_t number)
      : cells_(cells), seen_(seen), thread_(number) {}

  int load(int v, std::memory_order order) { return saw(cells_[v].load(order, place())); }
  void store(int v, int value, std::memory_order order) { cells_[v].store(value, order, place()); }
  int fetch_add(int v, int value, std::memory_order order) {
    return saw(cells_[v].fetch_add(value, order, place()));
  }
  int exchange(int v, int value, std::memory_order order) {
    return saw(cells_[v].exchange(value, order, place()));
  }
  int compare_exchange(int v, int expected, int value, std::memory_order order,
                       std::memory_order failure) {
    cells_[v].compare_exchange(expected, value, order, failure, place());
    return saw(expected);
  }
  void fence(std::memory_order order) { hooked::platform::fence(order, place()); }

 private:
  std::source_location place() { return places[operations_++ % places.size()]; }
  int saw(int value) {
    if (seen_ != nullptr) seen_->reads.at(thread_).at(seen_->count.at(thread_)++) = value;
    return value;
  }

  row& cells_;
  observed* seen_;
  std::size_t thread_;
  std::size_t operations_ = 0;
};

// One execution, on the main virtual thread. With `seen`, the main thread reads the variables at
// the end: reads that can see one value only.
inline void run_hooked(const program& p, hooked::properties::run& t, observed* seen = nullptr) {
  if (seen != nullptr) {
    seen->count = {};
    seen->complete = false;
  }
  hooked_memory::row cells("x", p.variables, 0);
  for (std::size_t i = 0; i < p.threads.size(); ++i) {
    t.go(hooked::properties::thread_names[i], [&p, &cells, seen, i] {
      hooked_memory memory(cells, seen, i);
      interpret(p.threads[i], memory);
    });
  }
  t.join();
  if (seen == nullptr) return;
  for (int v = 0; v < p.variables; ++v) {
    seen->memory.at(static_cast<std::size_t>(v)) = cells[v].load(relaxed);
  }
  seen->complete = true;
}

}  // namespace tenterhook::graphs
