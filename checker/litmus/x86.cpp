// X86 as Intel writes it, X86_64 as AT&T does: the last operand is then the destination.
//
// Source: Intel SDM volume 2; Owens, Sarkar, Sewell (TPHOLs 2009) for what the fences of ordinary
// memory are: LFENCE and SFENCE order nothing there that is not ordered anyway.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

struct Place {  // of an operand: memory, or a register or number
  bool memory = false;
  std::int64_t address = 0;
  Operand value;
};

constexpr const char* kRegisters[] = {"ax", "bx", "cx", "dx", "si", "di", "bp", "sp"};

// Is it a register of 32 or 64 bits?
bool is_register(const std::string& name) {
  if (name.size() != 3) return false;
  return std::any_of(std::begin(kRegisters), std::end(kRegisters),
                     [&](const char* r) { return name.substr(1) == r; });
}

Place memory(const Line& line, const std::string& name, unsigned bytes) {
  const bool named = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"
                                                             "0123456789") == std::string::npos;
  if (!named || number_in(name)) line.fail(fmt::format("'{}' is no location", name));
  const std::size_t location = line.to.location(name);
  line.to.access(location, bytes);
  return {true, address_of(location), {}};
}

Instruction at(Op op, const Place& place) {
  Instruction i;
  i.op = op;
  i.number = place.address;
  return i;
}

void move(const Line& line, const Place& to, const Place& from) {
  if (to.memory && from.memory) line.fail("two operands in memory");
  if (to.memory) {
    Instruction i = at(Op::store, to);
    i.a = from.value;
    line.emit(i);
  } else {
    Instruction i = from.memory ? at(Op::load, from) : Instruction{.op = Op::move};
    i.dst = to.value.reg;
    i.a = from.value;
    line.emit(i);
  }
}

void exchange(const Line& line, const Place& a, const Place& b) {
  if (a.memory == b.memory) line.fail("one operand must be in memory");
  Instruction i = at(Op::exchange, a.memory ? a : b);
  i.a = a.memory ? b.value : a.value;
  i.dst = i.a.reg;
  i.order = std::memory_order_seq_cst;
  if (i.dst == kNone) line.fail("one operand must be a register");
  line.emit(i);
}

// memory or register += value; without a lock in two steps. The flags are those of the sum.
void add(const Line& line, const Place& to, Operand value, bool locked) {
  if (locked && !to.memory) line.fail("a lock prefix needs memory");
  const int sum = to.memory ? line.to.temporary(line.thread) : to.value.reg;
  if (to.memory) {
    Instruction i = at(locked ? Op::fetch_add : Op::load, to);
    i.dst = sum;
    i.a = value;
    if (locked) i.order = std::memory_order_seq_cst;
    line.emit(i);
  }
  line.emit({.op = Op::add, .dst = sum, .a = {sum, 0}, .b = value});
  if (to.memory && !locked) {
    Instruction i = at(Op::store, to);
    i.a = {sum, 0};
    line.emit(i);
  }
  line.emit({.op = Op::compare, .a = {sum, 0}});
}

void compare_exchange(const Line& line, const Place& to, const Place& from, int accumulator) {
  if (!to.memory || from.value.reg == kNone) line.fail("cmpxchg takes memory and a register");
  Instruction i = at(Op::compare_exchange, to);
  i.old = accumulator;
  i.b = from.value;
  i.order = i.fail_order = std::memory_order_seq_cst;
  i.dst = line.to.temporary(line.thread);
  line.emit(i);
  line.emit({.op = Op::compare, .a = {i.dst, 0}, .b = {kNone, 1}});
}

bool branch_or_fence(const Line& line) {
  const std::string& m = line.mnemonic;
  const bool jump = m == "je" || m == "jne" || m == "jmp" || m == "jz" || m == "jnz";
  if (jump && line.operands.size() == 1) {
    line.branch(m == "jmp"              ? Op::branch
                : m == "je" || m == "jz" ? Op::branch_equal
                                         : Op::branch_differ);
    return true;
  }
  if (!line.operands.empty()) return false;
  if (m == "mfence") {
    line.emit({.op = Op::fence, .order = std::memory_order_seq_cst, .fence = Fence::order});
    return true;
  }
  return m == "lfence" || m == "sfence";
}

// `target` is where the result goes, `source` the other operand.
bool operation(const Line& line, const std::string& name, bool locked, const Place& target,
               const Place& source, int accumulator) {
  if (!target.memory && target.value.reg == kNone) line.fail("a number is no destination");
  if (name == "mov" && !locked) {
    move(line, target, source);
  } else if (name == "xchg") {
    exchange(line, target, source);
  } else if (name == "add" && !source.memory) {
    add(line, target, source.value, locked);
  } else if (name == "cmp" && !locked && !target.memory && !source.memory) {
    line.emit({.op = Op::compare, .a = target.value, .b = source.value});
  } else if (name == "cmpxchg" && locked) {
    compare_exchange(line, target, source, accumulator);
  } else {
    return false;
  }
  return true;
}

Place intel(const Line& line, const std::string& text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return memory(line, trimmed(text.substr(1, text.size() - 2)), 4);
  }
  if (const auto k = number_in(text.starts_with("$") ? text.substr(1) : text)) {
    return {false, 0, {kNone, *k}};
  }
  const std::string name = canonical(Arch::x86, text);
  if (!is_register(canonical(Arch::x86_64, name)) || name[0] != 'E') {
    line.fail(fmt::format("'{}' is no operand", text));
  }
  return {false, 0, {line.to.reg(line.thread, name), 0}};
}

Place att(const Line& line, const std::string& text, unsigned& bytes) {
  if (text.starts_with("$")) {
    if (const auto k = number_in(text.substr(1))) return {false, 0, {kNone, *k}};
  }
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    return {true, 0, {}};  // its size is not known yet
  }
  if (!text.starts_with("%") || !is_register(text.substr(1))) {
    line.fail(fmt::format("'{}' is no operand", text));
  }
  const unsigned width = text[1] == 'e' ? 4 : 8;
  if (bytes != 0 && bytes != width) line.fail(fmt::format("'{}' has another size", text));
  bytes = width;
  return {false, 0, {line.to.reg(line.thread, canonical(Arch::x86_64, text)), 0}};
}

}  // namespace

bool x86_instruction(Line& line) {
  if (branch_or_fence(line)) return true;
  const bool locked = line.mnemonic.starts_with("lock ");
  const std::string name = trimmed(locked ? line.mnemonic.substr(5) : line.mnemonic);
  const int eax = name == "cmpxchg" ? line.to.reg(line.thread, "EAX") : kNone;
  if ((name == "inc" || name == "dec") && line.operands.size() == 1) {
    const Place to = intel(line, line.operands[0]);
    if (!to.memory && to.value.reg == kNone) line.fail("a number is no destination");
    add(line, to, {kNone, name == "inc" ? 1 : -1}, locked);
    return true;
  }
  if (line.operands.size() != 2) return false;
  return operation(line, name, locked, intel(line, line.operands[0]),
                   intel(line, line.operands[1]), eax);
}

bool x86_64_instruction(Line& line) {
  if (branch_or_fence(line)) return true;
  const bool locked = line.mnemonic.starts_with("lock ");
  std::string name = trimmed(locked ? line.mnemonic.substr(5) : line.mnemonic);
  if (name.empty()) return false;
  unsigned bytes = name.back() == 'q' ? 8 : name.back() == 'l' ? 4 : 0;
  if (bytes != 0) name.pop_back();
  const bool one = name == "inc" || name == "dec";
  if (line.operands.size() != (one ? 1 : 2)) return false;
  std::vector<Place> places;
  // cmpxchg is the one that names the memory first
  if (name == "cmpxchg") std::swap(line.operands[0], line.operands[1]);
  for (const std::string& text : line.operands) places.push_back(att(line, text, bytes));
  if (bytes == 0) line.fail("the size is not known: movq, movl, …");
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string& text = line.operands[i];
    if (places[i].memory) {
      places[i] = memory(line, trimmed(text.substr(1, text.size() - 2)), bytes);
    }
  }
  if (one) {
    add(line, places[0], {kNone, name == "inc" ? 1 : -1}, locked);
    return true;
  }
  const int rax = name == "cmpxchg" ? line.to.reg(line.thread, "rax") : kNone;
  return operation(line, name, locked, places[1], places[0], rax);
}

}  // namespace tenterhook::checker::litmus
