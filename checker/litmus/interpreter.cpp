#include "checker/litmus/interpreter.hpp"

#include <string>

namespace tenterhook::checker::litmus {
namespace {

constexpr const char* kNames[] = {"P0", "P1", "P2",  "P3",  "P4",  "P5",  "P6",  "P7",
                                  "P8", "P9", "P10", "P11", "P12", "P13", "P14", "P15"};

std::source_location here(std::source_location at = std::source_location::current()) {
  return at;
}

// Wrapping around, as registers do.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

std::string describe(std::uint64_t bits) {
  return std::to_string(static_cast<std::int32_t>(bits));
}

}  // namespace

Interpreter::Interpreter(const Test& test, bool plain_cells)
    : test_(test),
      plain_cells_(plain_cells),
      cells_(test.locations.size()),
      plain_(test.locations.size(), 0) {
  for (std::size_t n = 0; n < test.threads.size(); ++n) {
    Running t{this, n, {}, 0, kNone, 0, {}};
    t.registers.resize(test.threads[n].registers.size());
    t.plain.reserve(test.threads[n].code.size());  // none of it grows within an execution
    for (const Instruction& i : test.threads[n].code) {
      if (plain_cells && i.plain) plain_[static_cast<std::size_t>(i.number >> 16) - 1] = 1;
    }
    threads_.push_back(std::move(t));
  }
}

void Interpreter::reset_cells() {
  Execution& x = Execution::current();
  for (std::size_t l = 0; l < cells_.size(); ++l) {
    const Location& location = test_.locations[l];
    Cell& cell = cells_[l];
    cell = Cell{};
    cell.size = static_cast<std::uint16_t>(location.bytes);
    cell.bits = truncated(static_cast<std::uint64_t>(location.initial), location.bytes);
    cell.initialised = true;
    cell.name = location.name.c_str();
    cell.describe = &describe;
    if (plain_[l] == 0) continue;
    cell.kind = CellKind::plain;
    x.born(cell);
  }
}

void Interpreter::body() {
  Execution& x = Execution::current();
  reset_cells();
  std::uint32_t slots[std::size(kNames)];
  for (Running& t : threads_) slots[t.number] = x.start(kNames[t.number], &enter, &t, here());
  for (const Running& t : threads_) x.join(slots[t.number], here());
}

void Interpreter::enter(void* running) {
  Running& t = *static_cast<Running*>(running);
  t.all->run(t);
}

void Interpreter::run(Running& t) {
  const ThreadCode& code = test_.threads[t.number];
  for (std::size_t r = 0; r < t.registers.size(); ++r) {
    t.registers[r] = {code.registers[r].initial, 0};
  }
  t.control = 0;
  t.reserved = kNone;
  t.plain.clear();
  for (std::size_t at = 0; at < code.code.size();) at = step(t, code.code[at], at);
}

// Registers have 32 bits, those of X86_64 64.
std::int64_t Interpreter::wrapped(std::int64_t number) const {
  return test_.arch == Arch::x86_64 ? number : static_cast<std::int32_t>(number);
}

std::int64_t Interpreter::read_as(std::uint64_t bits, unsigned bytes) const {
  if (bytes == 8) return static_cast<std::int64_t>(bits);
  if (test_.arch == Arch::x86_64) return static_cast<std::uint32_t>(bits);  // movl clears the rest
  return static_cast<std::int32_t>(bits);
}

Interpreter::Value Interpreter::value(const Running& t, const Operand& operand) const {
  if (operand.reg == kNone) return {operand.number, 0};
  return t.registers[static_cast<std::size_t>(operand.reg)];
}

void Interpreter::keep(Running& t, int reg, Value value) const {
  if (reg == kNone) return;
  t.registers[static_cast<std::size_t>(reg)] = {wrapped(value.number), value.reads};
}

std::size_t Interpreter::step(Running& t, const Instruction& i, std::size_t at) {
  const Value a = value(t, i.a), b = value(t, i.b);
  const std::uint64_t reads = a.reads | b.reads;
  const Value flags = t.registers[kFlags];
  switch (i.op) {
    case Op::move: keep(t, i.dst, a); break;
    case Op::add: keep(t, i.dst, {sum(a.number, b.number), reads}); break;
    case Op::exclusive_or: keep(t, i.dst, {a.number ^ b.number, reads}); break;
    case Op::equal: keep(t, i.dst, {a.number == b.number, reads}); break;
    case Op::differ: keep(t, i.dst, {a.number != b.number, reads}); break;
    case Op::compare: keep(t, kFlags, {a.number != b.number, reads}); break;
    case Op::branch: return i.target;
    case Op::branch_equal:
    case Op::branch_differ:
      t.control |= flags.reads;
      if ((flags.number == 0) == (i.op == Op::branch_equal)) return i.target;
      break;
    default: access(t, i);
  }
  return at + 1;
}

std::size_t Interpreter::location(const Running& t, const Instruction& i,
                                  std::uint64_t& reads) const {
  std::int64_t address = i.number;
  for (const int reg : {i.base, i.index}) {
    if (reg == kNone) continue;
    const Value& v = t.registers[static_cast<std::size_t>(reg)];
    address = sum(address, v.number);
    reads |= v.reads;
  }
  const std::int64_t l = (address >> 16) - 1;
  if (l >= 0 && static_cast<std::size_t>(l) < cells_.size() &&
      address_of(static_cast<std::size_t>(l)) == address) {
    return static_cast<std::size_t>(l);
  }
  Execution::current().fail(FailureKind::misuse, "an address is of no location", here());
}

// -- accesses: here, and nowhere else, they become operations of the checker --

std::uint64_t Interpreter::load(Running& t, Cell& cell, const Instruction& i,
                                const Dependencies& on) {
  Execution& x = Execution::current();
  if (assembly()) return x.assembly_load(cell, on);
  if (cell.kind == CellKind::plain) return x.plain_read(cell, here());
  if (i.plain) t.plain.push_back(x.place());
  return x.load(cell, i.plain ? kNonAtomic : i.order, here());
}

void Interpreter::store(Running& t, Cell& cell, std::uint64_t bits, const Instruction& i,
                        const Dependencies& on) {
  Execution& x = Execution::current();
  if (assembly()) {
    x.assembly_store(cell, bits, on);
  } else if (cell.kind == CellKind::plain) {
    x.plain_write(cell, bits, here());
  } else {
    if (i.plain) t.plain.push_back(x.place());
    x.store(cell, bits, i.plain ? kNonAtomic : i.order, here());
  }
}

void Interpreter::fence(const Running& t, const Instruction& i) const {
  Execution& x = Execution::current();
  const Dependencies on{0, 0, t.control};
  switch (i.fence) {
    case Fence::full: x.assembly_barrier(Barrier::full, on); break;
    case Fence::store: x.assembly_barrier(Barrier::store, on); break;
    case Fence::light: x.assembly_barrier(Barrier::light, on); break;
    case Fence::eieio: x.assembly_barrier(Barrier::eieio, on); break;
    case Fence::instruction: x.assembly_barrier(Barrier::instruction, on); break;
    case Fence::order: x.fence(i.order, here()); break;
  }
}

// Without a reservation of the location it fails; with one it may.
bool Interpreter::store_conditional(Running& t, std::size_t location, std::uint64_t bits,
                                    const Dependencies& on) {
  const bool reserved = t.reserved == static_cast<int>(location);
  t.reserved = kNone;
  return reserved &&
         Execution::current().store_conditional(cells_[location], t.reserve, bits, on);
}

void Interpreter::access(Running& t, const Instruction& i) {
  Execution& x = Execution::current();
  if (i.op == Op::fence) {
    fence(t, i);
    return;
  }
  const Value a = value(t, i.a), b = value(t, i.b);
  Dependencies on{0, a.reads, t.control};
  const std::size_t l = location(t, i, on.address);
  Cell& cell = cells_[l];
  const auto bits = [&](const Value& v) {
    return truncated(static_cast<std::uint64_t>(v.number), cell.size);
  };
  const auto number = [&](std::uint64_t read) { return read_as(read, cell.size); };
  switch (i.op) {
    case Op::load_reserve:
      t.reserved = static_cast<int>(l);
      t.reserve = x.place();
      [[fallthrough]];
    case Op::load: {
      const std::uint64_t self = assembly() ? std::uint64_t{1} << x.place() : 0;
      keep(t, i.dst, {number(load(t, cell, i, on)), self});
      break;
    }
    case Op::store: store(t, cell, bits(a), i, on); break;
    case Op::store_conditional:
      keep(t, i.dst, {store_conditional(t, l, bits(a), on) ? 0 : 1, 0});
      break;
    case Op::exchange:
    case Op::fetch_add: {
      const Rmw how = i.op == Op::exchange ? Rmw::exchange : Rmw::add;
      keep(t, i.dst, {number(x.rmw(cell, how, bits(a), i.order, here())), 0});
      break;
    }
    case Op::compare_exchange: {
      std::uint64_t expected = bits(value(t, {i.old, 0}));
      const bool done = x.cas(cell, expected, bits(b), false, i.order, i.fail_order, here());
      keep(t, i.dst, {done ? 1 : 0, 0});
      keep(t, i.old, {number(expected), 0});
      break;
    }
    default: break;
  }
}

// -- after the execution --

State Interpreter::final_state(const Graph& graph) const {
  State state;
  for (const Observed& o : test_.observed) {
    const auto place = static_cast<std::size_t>(o.place);
    if (o.thread != kNone) {
      state.push_back(threads_[static_cast<std::size_t>(o.thread)].registers[place].number);
      continue;
    }
    const Cell& cell = cells_[place];
    std::uint64_t bits = cell.bits;
    if (cell.location != 0) {
      const EventId newest = graph.newest(cell.location - 1);
      if (newest != kInitial) bits = graph[newest].value;
    }
    state.push_back(test_.arch == Arch::x86_64 ? read_as(bits, cell.size)
                                               : static_cast<std::int32_t>(bits));
  }
  return state;
}

bool Interpreter::race(const Graph& graph, Execution& x) const {
  std::vector<std::uint32_t> before(x.width()), after(x.width());
  for (const Running& t : threads_) {
    const std::uint32_t slot = x.slot_of(0, static_cast<std::uint32_t>(t.number));
    for (const std::uint32_t index : t.plain) {
      const EventId plain = graph.at(slot, index);
      const Event& e = graph[plain];
      graph.copy_known(plain, before.data());
      for (EventId other = 0; other < graph.size(); ++other) {
        const Event& f = graph[other];
        if (f.location != e.location || f.location == kNoLocation || f.thread == slot) continue;
        if (e.kind != EventKind::write && f.kind != EventKind::write) continue;
        graph.copy_known(other, after.data());
        if (before[f.thread] <= f.index && after[slot] <= e.index) return true;
      }
    }
  }
  return false;
}

}  // namespace tenterhook::checker::litmus
