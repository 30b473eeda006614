// The table of an assembly test: a column a thread.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

std::vector<std::string> columns(const std::string& row) {
  std::vector<std::string> found(1);
  for (const char c : row) {
    if (c == '|') {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  for (std::string& c : found) c = trimmed(c);
  return found;
}

// At commas outside of brackets.
std::vector<std::string> operands(const std::string& text) {
  std::vector<std::string> found;
  std::string current;
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '(') ++depth;
    if (c == ']' || c == ')') --depth;
    if (c == ',' && depth == 0) {
      found.push_back(trimmed(current));
      current.clear();
    } else {
      current += c;
    }
  }
  if (!trimmed(current).empty() || !found.empty()) found.push_back(trimmed(current));
  return found;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

void instruction(Builder& to, std::size_t thread, const std::string& cell) {
  Line line{to, thread, {}, {}};
  std::size_t end = std::min(cell.find_first_of(" \t"), cell.size());
  if (lower(cell.substr(0, end)) == "lock") {
    end = cell.find_first_not_of(" \t", end);
    end = end == std::string::npos ? cell.size() : std::min(cell.find_first_of(" \t", end),
                                                            cell.size());
  }
  line.mnemonic = lower(cell.substr(0, end));
  line.operands = operands(cell.substr(end));
  bool known = false;
  switch (to.test().arch) {
    case Arch::x86: known = x86_instruction(line); break;
    case Arch::x86_64: known = x86_64_instruction(line); break;
    case Arch::power: known = power_instruction(line); break;
    case Arch::arm: known = arm_instruction(line); break;
    case Arch::c:
    case Arch::aarch64: break;
  }
  if (!known) to.scanner().fail(fmt::format("'{}' is not read", cell));
}

// Labels, then at most one instruction.
void cell(Builder& to, std::size_t thread, std::string text) {
  for (;;) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) break;
    to.label(thread, trimmed(text.substr(0, colon)));
    text = trimmed(text.substr(colon + 1));
  }
  if (!text.empty()) instruction(to, thread, text);
}

bool over(Scanner& in) {
  const bool end_or_tilde = in.at_end() || in.next() == '~';
  const std::size_t at = in.position();
  const std::string word = in.word();
  const bool end = end_or_tilde || word == "exists" || word == "forall" ||
                   word == "locations" || word == "filter";
  in.seek(at);
  return end;
}

}  // namespace

void assembly_rows(Builder& to) {
  Scanner& in = to.scanner();
  in.next();
  const std::size_t at = in.position();
  const std::vector<std::string> head = columns(in.until(';'));
  for (std::size_t i = 0; i < head.size(); ++i) {
    if (head[i] != fmt::format("P{}", i)) in.fail("no row of P0 | P1 | …", at);
  }
  to.threads(head.size());
  while (!over(in)) {
    const std::size_t begin = in.position();
    const std::vector<std::string> row = columns(in.until(';'));
    const std::size_t behind = in.position();
    in.seek(begin);  // errors are of the row
    if (row.size() != head.size()) {
      in.fail(fmt::format("{} columns where there are {} threads", row.size(), head.size()));
    }
    for (std::size_t t = 0; t < row.size(); ++t) cell(to, t, row[t]);
    in.seek(behind);
  }
  to.resolve();
}

}  // namespace tenterhook::checker::litmus
