#include "tests/graphs/hooked_program.hpp"

#include <source_location>

#include "properties/cells.hpp"

namespace tenterhook::graphs {
namespace {

// The places of a thread's operations. Equal places would look like a loop to the checker, which
// stops a thread whose iterations repeat; so these come in turn.
constexpr std::array<std::source_location, 12> places = {
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

}  // namespace

void run_hooked(const program& p, hooked::properties::run& t, observed* seen) {
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
