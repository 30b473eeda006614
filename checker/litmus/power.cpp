// PPC. Source: Power ISA 2.07, books I and II. In an address, r0 as the first register is 0.
#include <fmt/format.h>

#include <optional>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

int reg(const Line& line, const std::string& text) {
  const std::string name = canonical(Arch::power, text);
  const auto number = name.starts_with("r") ? number_in(name.substr(1)) : std::nullopt;
  if (!number || *number < 0 || *number > 31) line.fail(fmt::format("'{}' is no register", text));
  return line.to.reg(line.thread, name);
}

int base(const Line& line, const std::string& text) {
  return canonical(Arch::power, text) == "r0" ? kNone : reg(line, text);
}

std::int64_t number(const Line& line, const std::string& text) {
  const auto k = number_in(text);
  if (!k) line.fail(fmt::format("'{}' is no number", text));
  return *k;
}

// k(rA)
void displaced(const Line& line, const std::string& text, Instruction& i) {
  const std::size_t open = text.find('(');
  if (open == std::string::npos || text.back() != ')') {
    line.fail(fmt::format("'{}' is no address", text));
  }
  i.number = number(line, trimmed(text.substr(0, open)));
  i.base = base(line, trimmed(text.substr(open + 1, text.size() - open - 2)));
}

bool memory(const Line& line) {
  const std::string& m = line.mnemonic;
  const auto& o = line.operands;
  Instruction i;
  if ((m == "lwz" || m == "stw") && o.size() == 2) {
    displaced(line, o[1], i);
  } else if ((m == "lwzx" || m == "stwx" || m == "lwarx" || m == "stwcx.") && o.size() == 3) {
    i.base = base(line, o[1]);
    i.index = reg(line, o[2]);
  } else {
    return false;
  }
  const int r = reg(line, o[0]);
  if (m.starts_with("l")) {
    i.op = m == "lwarx" ? Op::load_reserve : Op::load;
    i.dst = r;
  } else {
    i.op = m == "stwcx." ? Op::store_conditional : Op::store;
    i.a = {r, 0};
    if (m == "stwcx.") i.dst = kFlags;  // zero if it stored, as compare leaves equality
  }
  line.emit(i);
  return true;
}

bool arithmetic(const Line& line) {
  const std::string& m = line.mnemonic;
  const auto& o = line.operands;
  const auto r = [&](std::size_t k) { return Operand{reg(line, o[k]), 0}; };
  const auto k = [&](std::size_t i) { return Operand{kNone, number(line, o[i])}; };
  if (o.size() == 2 && m == "li") {
    line.emit({.op = Op::move, .dst = reg(line, o[0]), .a = k(1)});
  } else if (o.size() == 2 && m == "mr") {
    line.emit({.op = Op::move, .dst = reg(line, o[0]), .a = r(1)});
  } else if (o.size() == 2 && m == "cmpw") {
    line.emit({.op = Op::compare, .a = r(0), .b = r(1)});
  } else if (o.size() == 2 && m == "cmpwi") {
    line.emit({.op = Op::compare, .a = r(0), .b = k(1)});
  } else if (o.size() == 3 && m == "addi") {
    const int a = base(line, o[1]);  // r0 is 0 here too
    line.emit({.op = Op::add, .dst = reg(line, o[0]), .a = {a, 0}, .b = k(2)});
  } else if (o.size() == 3 && (m == "add" || m == "xor")) {
    line.emit({.op = m == "add" ? Op::add : Op::exclusive_or,
               .dst = reg(line, o[0]),
               .a = r(1),
               .b = r(2)});
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool power_instruction(Line& line) {
  if (memory(line) || arithmetic(line)) return true;
  const std::string& m = line.mnemonic;
  if (line.operands.size() == 1) {
    if (m != "b" && m != "beq" && m != "bne") return false;
    line.branch(m == "b" ? Op::branch : m == "beq" ? Op::branch_equal : Op::branch_differ);
    return true;
  }
  if (!line.operands.empty()) return false;
  struct {
    const char* name;
    Fence fence;
  } constexpr fences[] = {{"sync", Fence::full},
                          {"hwsync", Fence::full},
                          {"lwsync", Fence::light},
                          {"eieio", Fence::eieio},
                          {"isync", Fence::instruction}};
  for (const auto& f : fences) {
    if (m != f.name) continue;
    line.emit({.op = Op::fence, .fence = f.fence});
    return true;
  }
  return false;
}

}  // namespace tenterhook::checker::litmus
