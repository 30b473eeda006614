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

void run_identical(const program& p, hooked::properties::run& t) {
  hooked_memory::row cells("x", p.variables, 0);
  for (std::size_t i = 0; i < p.threads.size();) {
    const thread& code = p.threads[i];
    const std::size_t first = i;
    while (i < p.threads.size() && p.threads[i] == code) ++i;
    t.go_identical(static_cast<std::int64_t>(i - first), "twin", [&code, &cells] {
      hooked_memory memory(cells, nullptr, 0);
      interpret(code, memory);
    });
  }
  t.join();
}

// -- assembly --

namespace {

class variable {
 public:
  variable() { cell_.kind = checker::CellKind::atomic; }
  ~variable() { checker::Execution::died(cell_); }
  variable(const variable&) = delete;
  variable& operator=(const variable&) = delete;
  void name(int index) { hooked::platform::detail::construct<int>(cell_, cell_.kind, "x", index); }
  checker::Cell& cell() { return cell_; }

 private:
  checker::Cell cell_;
};

using variables = std::array<variable, observed::most_variables>;

checker::Barrier barrier_of(barrier what) {
  switch (what) {
    case barrier::none: return checker::Barrier::none;
    case barrier::full: return checker::Barrier::full;
    case barrier::store: return checker::Barrier::store;
    case barrier::light: return checker::Barrier::light;
    case barrier::eieio: return checker::Barrier::eieio;
    case barrier::instruction: return checker::Barrier::instruction;
  }
  return checker::Barrier::none;
}

// The memory of interpret() for one thread of assembly.
class hooked_machine {
 public:
  explicit hooked_machine(variables& all) : all_(all) {}

  std::uint32_t events_so_far() const { return hooked::platform::engine().place(); }
  int machine_load(int v, const dependencies& on, bool) {
    return static_cast<int>(hooked::platform::engine().assembly_load(at(v), of(on)));
  }
  void machine_store(int v, int value, const dependencies& on) {
    hooked::platform::engine().assembly_store(at(v), static_cast<std::uint32_t>(value), of(on));
  }
  bool machine_store_conditional(int v, std::uint32_t read, int value, const dependencies& on) {
    return hooked::platform::engine().store_conditional(at(v), read,
                                                        static_cast<std::uint32_t>(value), of(on));
  }
  void machine_barrier(barrier what, const dependencies& on) {
    hooked::platform::engine().assembly_barrier(barrier_of(what), of(on));
  }

 private:
  checker::Cell& at(int v) { return all_[static_cast<std::size_t>(v)].cell(); }
  static checker::Dependencies of(const dependencies& on) {
    return {on.address, on.data, on.control};
  }

  variables& all_;
};

}  // namespace

void run_hooked(const assembly_program& p, hooked::properties::run& t) {
  variables all;
  for (int v = 0; v < p.variables; ++v) all[static_cast<std::size_t>(v)].name(v);
  for (std::size_t i = 0; i < p.threads.size(); ++i) {
    t.go(hooked::properties::thread_names[i], [&p, &all, i] {
      hooked_machine machine(all);
      interpret(p.threads[i], machine);
    });
  }
  t.join();
}

}  // namespace tenterhook::graphs
