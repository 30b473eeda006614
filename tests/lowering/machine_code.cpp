#include "tests/lowering/machine_code.hpp"

#include <array>
#include <cctype>
#include <sstream>
#include <string_view>

namespace tenterhook::tests {
namespace {

using arch::hardware;

std::string trimmed(std::string text) {
  const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
  while (!text.empty() && blank(text.back())) text.pop_back();
  std::size_t begin = 0;
  while (begin < text.size() && blank(text[begin])) ++begin;
  return text.substr(begin);
}

std::vector<std::string> split_operands(const std::string& text) {
  std::vector<std::string> out;
  std::string one;
  int depth = 0;
  for (const char c : text) {
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      out.push_back(trimmed(one));
      one.clear();
    } else {
      one += c;
    }
  }
  if (!trimmed(one).empty()) out.push_back(trimmed(one));
  return out;
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string first_word(std::string& rest) {
  const std::size_t end = rest.find_first_of(" \t");
  const std::string word = rest.substr(0, end);
  rest = end == std::string::npos ? "" : trimmed(rest.substr(end));
  return word;
}

instruction parse_instruction(std::uint64_t address, const std::string& line) {
  instruction out;
  out.address = address;
  out.text = trimmed(line);
  std::string rest = out.text.substr(0, out.text.find_first_of(";@"));
  out.mnemonic = first_word(rest);
  if (out.mnemonic == "lock") out.mnemonic += " " + first_word(rest);
  for (const std::string_view suffix : {".n", ".w", "+", "-"}) {
    if (out.mnemonic.ends_with(suffix)) {
      out.mnemonic.resize(out.mnemonic.size() - suffix.size());
    }
  }
  out.operands = split_operands(rest);
  return out;
}

std::uint64_t target_of(const instruction& what) {
  if (what.operands.empty()) return 0;
  return std::strtoull(what.operands.back().c_str(), nullptr, 16);
}

constexpr std::array<std::string_view, 14> kConditions{"eq", "ne", "cs", "cc", "mi", "pl", "vs",
                                                       "vc", "hi", "ls", "ge", "lt", "gt", "le"};

// An operand in memory, but not on the stack.
bool is_cell(const std::string& operand) {
  return operand.find_first_of("([") != std::string::npos && !has(operand, "%esp") &&
         !has(operand, "%rsp") && !has(operand, "(r1)") && !has(operand, "[sp") &&
         !has(operand, "[pc") && !has(operand, "%eiz");
}

meaning x86_meaning(const instruction& what) {
  meaning out;
  const std::string& name = what.mnemonic;
  out.spelling = name;
  const bool last = !what.operands.empty() && is_cell(what.operands.back());
  const bool first = !what.operands.empty() && is_cell(what.operands.front());
  if (name == "ret") {
    out.goes = flow::leave;
  } else if (name == "jmp") {
    out.goes = flow::jump;
  } else if (name.starts_with("j")) {
    out.goes = flow::conditional;
  } else if (name.starts_with("call")) {
    out.unknown = what.text;
  } else if (name.ends_with("fence")) {
    out.unknown = name;
  } else if (name.starts_with("lock ")) {
    out.event = last ? hardware::locked_rmw : hardware::locked_fence;
    if (name == "lock orl" || name == "lock orq") out.spelling.pop_back();
  } else if (name == "xchg" && (first || last)) {
    out.event = hardware::locked_rmw;
  } else if (name.starts_with("fild") && first) {
    out.event = hardware::load;
    out.spelling = "fild";
  } else if (name.starts_with("fistp") && last) {
    out.event = hardware::store;
    out.spelling = "fistp";
  } else if ((first || last) && name != "lea" && !name.starts_with("nop")) {
    out.event = last && what.operands.size() > 1 ? hardware::store : hardware::load;
  }
  if (out.goes == flow::jump || out.goes == flow::conditional) out.target = target_of(what);
  return out;
}

bool loads_pc(const instruction& what) {
  for (const std::string& operand : what.operands) {
    for (const std::string& r : registers_in(operand)) {
      if (r == "pc") return true;
    }
  }
  return false;
}

void arm_memory(const instruction& what, const std::string& name, meaning& out) {
  if (name == "dmb") {
    out.event = hardware::dmb;
    if (what.operands.empty() || what.operands[0] != "ish") out.spelling = what.text;
  } else if (name == "dsb" || name == "isb" || name == "mcr" || name == "clrex") {
    out.unknown = what.text;
  } else if (name.starts_with("ldrex")) {
    out.event = hardware::load_reserved;
  } else if (name.starts_with("strex")) {
    out.event = hardware::store_conditional;
  } else if (name.starts_with("ldr") && is_cell(what.operands.back())) {
    out.event = hardware::load;
  } else if (name.starts_with("str") && is_cell(what.operands.back())) {
    out.event = hardware::store;
  }
}

meaning arm_meaning(const instruction& what) {
  meaning out;
  std::string name = what.mnemonic;
  if (name == "teq") name = "tst";  // which is no t with a condition
  bool conditional = false;
  for (const std::string_view condition : kConditions) {
    if (name.size() <= condition.size() || !name.ends_with(condition) || name == "tst") continue;
    conditional = true;
    name.resize(name.size() - condition.size());
    break;
  }
  out.spelling = name;
  const bool jumps = name == "b" || name == "cbz" || name == "cbnz";
  if (jumps) {
    out.goes = conditional || name != "b" ? flow::conditional : flow::jump;
    out.target = target_of(what);
    out.compares = name != "b";
  } else if (name == "bl" || name == "blx") {
    out.unknown = what.text;
  } else if (name == "bx" || ((name == "pop" || name.starts_with("ldr") ||
                               name.starts_with("ldm")) && loads_pc(what))) {
    out.goes = conditional ? flow::conditional_leave : flow::leave;
  } else {
    out.compares = name == "cmp" || name == "cmn" || name == "tst";
    arm_memory(what, name, out);
    out.skips = conditional;
  }
  return out;
}

meaning power_meaning(const instruction& what) {
  meaning out;
  const std::string& name = what.mnemonic;
  out.spelling = name == "hwsync" ? "sync" : name;
  const bool cell = !what.operands.empty() && is_cell(what.operands.back());
  if (name == "blr") {
    out.goes = flow::leave;
  } else if (name == "b") {
    out.goes = flow::jump;
    out.target = target_of(what);
  } else if (name == "bl" || name == "bctrl") {
    out.unknown = what.text;
  } else if (name.starts_with("b") && name.ends_with("lr")) {
    out.goes = flow::conditional_leave;
  } else if (name.starts_with("b")) {
    out.goes = flow::conditional;
    out.target = target_of(what);
  } else if (out.spelling == "sync") {
    out.event = hardware::sync;
  } else if (name == "lwsync") {
    out.event = hardware::lwsync;
  } else if (name == "isync") {
    out.event = hardware::isync;
  } else if (name == "eieio" || name == "ptesync") {
    out.unknown = name;
  } else if (name == "lwarx" || name == "ldarx") {
    out.event = hardware::load_reserved;
  } else if (name == "stwcx." || name == "stdcx.") {
    out.event = hardware::store_conditional;
  } else if (cell && name.starts_with("l")) {
    out.event = hardware::load;
  } else if (cell && name.starts_with("st")) {
    out.event = hardware::store;
  } else {
    out.compares = name.starts_with("cmp");
  }
  return out;
}

}  // namespace

functions parse_disassembly(const std::string& text) {
  functions out;
  std::vector<instruction>* current = nullptr;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::size_t name = line.find('<');
    if (line.ends_with(">:") && name != std::string::npos) {
      std::string symbol = line.substr(name + 1, line.size() - name - 3);
      if (symbol.starts_with(".")) symbol.erase(0, 1);
      current = &out[symbol];
      continue;
    }
    const std::string address = trimmed(line.substr(0, colon));
    if (current == nullptr || address.empty() ||
        address.find_first_not_of("0123456789abcdef") != std::string::npos) {
      continue;
    }
    current->push_back(parse_instruction(std::strtoull(address.c_str(), nullptr, 16),
                                         line.substr(colon + 1)));
  }
  return out;
}

meaning meaning_of(const instruction& what, arch::memory_model model) {
  switch (model) {
    case arch::memory_model::tso: return x86_meaning(what);
    case arch::memory_model::arm: return arm_meaning(what);
    case arch::memory_model::power: return power_meaning(what);
  }
  return {};
}

std::vector<std::string> registers_in(const std::string& operand) {
  std::vector<std::string> out;
  std::string word;
  const auto flush = [&] {
    const bool numbered = word.size() > 1 && (word[0] == 'r' || word.starts_with("cr")) &&
                          std::isdigit(static_cast<unsigned char>(word.back())) != 0;
    if (numbered || word == "ip" || word == "lr" || word == "sl" || word == "fp" || word == "pc") {
      out.push_back(word);
    }
    word.clear();
  };
  for (const char c : operand) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
    } else {
      flush();
    }
  }
  flush();
  return out;
}

}  // namespace tenterhook::tests
