// The parts of a file: a head, `{ initial values }`, the threads, what is asked.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "checker/litmus/builder.hpp"

namespace tenterhook::checker::litmus {
namespace {

// "X86 SB", then lines of information up to the first brace.
void head(Test& test, Scanner& in) {
  std::istringstream first(in.line());
  std::string arch;
  first >> arch >> test.name;
  bool known = false;
  for (const Arch a : {Arch::x86, Arch::x86_64, Arch::power, Arch::arm, Arch::c, Arch::aarch64}) {
    if (arch != text(a)) continue;
    test.arch = a;
    known = true;
  }
  if (!known || test.name.empty()) {
    in.fail("the first line is no architecture (X86, X86_64, PPC, ARM, C, AArch64) and name", 0);
  }
  for (;;) {
    const std::size_t at = in.position();
    if (in.at_end()) in.fail("no '{' with initial values");
    if (in.next() == '{') return;
    in.seek(at);
    in.line();
  }
}

std::int64_t value(Builder& to) {
  if (const auto k = to.scanner().number()) return *k;
  const std::string name = to.scanner().word();
  if (name.empty()) to.scanner().fail("an initial value is neither a number nor a location");
  return address_of(to.location(name));
}

// [type] (P:reg | %reg | loc | [loc]) [= value]
void entry(Builder& to) {
  Scanner& in = to.scanner();
  int thread = kNone;
  bool bracket = false;
  std::string name;
  for (;;) {
    if (in.accept("[")) {
      bracket = true;
      name = in.word();
      in.expect("]");
      break;
    }
    if (const auto number = in.number()) {
      if (*number < 0 || *number > 15) in.fail(fmt::format("there is no P{}", *number));
      in.expect(":");
      thread = static_cast<int>(*number);
      name = canonical(to.test().arch, in.word());
      break;
    }
    name = in.word();
    while (in.accept("*")) {  // of a type
    }
    const char c = in.next();
    if (name.empty() || c == '=' || c == ';' || c == '}') break;  // else it was a type
  }
  if (name.empty()) in.fail("an initial value has no name");
  const bool given = in.accept("=");
  if (thread != kNone || (name.starts_with("%") && !bracket)) {
    to.initial(thread, name, given ? value(to) : 0);
    return;
  }
  const std::size_t l = to.location(name);
  if (given) to.test().locations[l].initial = value(to);
}

void initial_values(Builder& to) {
  Scanner& in = to.scanner();
  in.expect("{");
  while (!in.accept("}")) {
    if (in.at_end()) in.fail("'}' is missing");
    if (in.accept(";")) continue;
    entry(to);
    if (!in.accept(";") && in.next() != '}') in.expect(";");
  }
}

}  // namespace

Test parse_test(const std::string& file, const std::string& contents) {
  Test test;
  test.file = file;
  Scanner in(file, contents);
  Builder to(test, in);
  head(test, in);
  if (test.arch == Arch::aarch64) return test;
  if (test.arch == Arch::c) {
    initial_values(to);
    in.blank_c_comments(in.size());
    c_functions(to);
    in.blank_comments(in.size());
  } else {
    in.blank_comments(in.size());
    initial_values(to);
    assembly_rows(to);
  }
  final_section(to);
  to.resolve_initial();
  for (Location& l : test.locations) {
    if (l.bytes == 0) l.bytes = test.arch == Arch::x86_64 ? 8 : 4;
  }
  return test;
}

Test read_test(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream contents;
  contents << in.rdbuf();
  if (!in || in.bad()) throw FileError(fmt::format("{}: cannot be read", file));
  return parse_test(file, contents.str());
}

}  // namespace tenterhook::checker::litmus
