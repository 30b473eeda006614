// ARM, version 7. Source: ARM DDI 0406C, A8. Registers are R0 … R15, or %names of any kind, which
// stand for registers that the file does not choose.
#include <fmt/format.h>

#include <optional>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

int reg(const Line& line, const std::string& text) {
  const std::string name = canonical(Arch::arm, text);
  const auto number = name.starts_with("R") ? number_in(name.substr(1)) : std::nullopt;
  const bool known = number && *number >= 0 && *number <= 15;
  if (!known && (!name.starts_with("%") || name.size() < 2)) {
    line.fail(fmt::format("'{}' is no register", text));
  }
  return line.to.reg(line.thread, name);
}

Operand operand(const Line& line, const std::string& text) {
  if (!text.starts_with("#")) return {reg(line, text), 0};
  const auto k = number_in(trimmed(text.substr(1)));
  if (!k) line.fail(fmt::format("'{}' is no number", text));
  return {kNone, *k};
}

// [Rn], [Rn,Rm] or [Rn,#k]
void address(const Line& line, const std::string& text, Instruction& i) {
  if (text.size() < 3 || text.front() != '[' || text.back() != ']') {
    line.fail(fmt::format("'{}' is no address", text));
  }
  const std::string inner = text.substr(1, text.size() - 2);
  const std::size_t comma = inner.find(',');
  i.base = reg(line, trimmed(inner.substr(0, comma)));
  if (comma == std::string::npos) return;
  const Operand second = operand(line, trimmed(inner.substr(comma + 1)));
  i.index = second.reg;
  i.number = second.number;
}

bool memory(const Line& line) {
  const std::string& m = line.mnemonic;
  const auto& o = line.operands;
  Instruction i;
  if ((m == "ldr" || m == "ldrex") && o.size() == 2) {
    i.op = m == "ldr" ? Op::load : Op::load_reserve;
    i.dst = reg(line, o[0]);
  } else if (m == "str" && o.size() == 2) {
    i.op = Op::store;
    i.a = {reg(line, o[0]), 0};
  } else if (m == "strex" && o.size() == 3) {
    i.op = Op::store_conditional;
    i.dst = reg(line, o[0]);
    i.a = {reg(line, o[1]), 0};
  } else {
    return false;
  }
  address(line, o.back(), i);
  line.emit(i);
  return true;
}

bool arithmetic(const Line& line) {
  const std::string& m = line.mnemonic;
  const auto& o = line.operands;
  if (m == "mov" && o.size() == 2) {
    line.emit({.op = Op::move, .dst = reg(line, o[0]), .a = operand(line, o[1])});
  } else if (m == "cmp" && o.size() == 2) {
    line.emit({.op = Op::compare, .a = {reg(line, o[0]), 0}, .b = operand(line, o[1])});
  } else if ((m == "add" || m == "eor") && o.size() == 3) {
    line.emit({.op = m == "add" ? Op::add : Op::exclusive_or,
               .dst = reg(line, o[0]),
               .a = {reg(line, o[1]), 0},
               .b = operand(line, o[2])});
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool arm_instruction(Line& line) {
  if (memory(line) || arithmetic(line)) return true;
  const std::string& m = line.mnemonic;
  const auto& o = line.operands;
  if (o.size() == 1 && (m == "b" || m == "beq" || m == "bne")) {
    line.branch(m == "b" ? Op::branch : m == "beq" ? Op::branch_equal : Op::branch_differ);
    return true;
  }
  if (m == "isb" && o.empty()) {
    line.emit({.op = Op::fence, .fence = Fence::instruction});
    return true;
  }
  if ((m != "dmb" && m != "dsb") || o.size() > 1) return false;
  const std::string domain = o.empty() ? "SY" : canonical(Arch::arm, o[0]);
  if (domain != "SY" && domain != "ISH" && domain != "ST") return false;
  line.emit({.op = Op::fence, .fence = domain == "ST" ? Fence::store : Fence::full});
  return true;
}

}  // namespace tenterhook::checker::litmus
