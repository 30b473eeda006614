#include "checker/litmus/builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tenterhook::checker::litmus {

void Builder::threads(std::size_t count) {
  constexpr std::size_t kMost = 16;
  if (count > kMost) scanner_.fail(fmt::format("{} threads: at most {} are read", count, kMost));
  test_.threads.resize(count);
  for (ThreadCode& t : test_.threads) {
    if (t.registers.empty()) t.registers.emplace_back();  // the flags
  }
}

std::size_t Builder::location(const std::string& name) {
  const auto [at, fresh] = places_.try_emplace(name, test_.locations.size());
  if (fresh) test_.locations.push_back({name, 0, 0});
  return at->second;
}

bool Builder::has_location(const std::string& name) const { return places_.contains(name); }

void Builder::access(std::size_t location, unsigned bytes) {
  Location& l = test_.locations[location];
  if (l.bytes != 0 && l.bytes != bytes) {
    scanner_.fail(fmt::format("accesses of {} and {} bytes to {}: mixed sizes are not read",
                              l.bytes, bytes, l.name));
  }
  l.bytes = bytes;
}

int Builder::reg(std::size_t thread, const std::string& name) {
  std::vector<Register>& known = test_.threads[thread].registers;
  const auto [at, fresh] =
      registers_.try_emplace({thread, name}, static_cast<int>(known.size()));
  if (fresh) known.push_back({name, 0});
  return at->second;
}

int Builder::temporary(std::size_t thread) {
  test_.threads[thread].registers.emplace_back();
  return static_cast<int>(test_.threads[thread].registers.size()) - 1;
}

void Builder::emit(std::size_t thread, Instruction instruction) {
  constexpr std::size_t kMost = 64;  // dependencies are masks of so many events
  std::vector<Instruction>& code = test_.threads[thread].code;
  code.push_back(std::move(instruction));
  std::size_t events = 0;
  for (const Instruction& i : code) {
    const bool two = i.op == Op::store_conditional || i.op == Op::exchange ||
                     i.op == Op::fetch_add || i.op == Op::compare_exchange;
    events += two ? 2 : i.op >= Op::load ? 1 : 0;
  }
  if (events > kMost) {
    scanner_.fail(fmt::format("the thread is too long: at most {} accesses and fences", kMost));
  }
}

void Builder::label(std::size_t thread, const std::string& name) {
  if (!labels_.try_emplace({thread, name}, here(thread)).second) {
    scanner_.fail(fmt::format("label {} is there twice", name));
  }
}

void Builder::branch(std::size_t thread, Op op, const std::string& name) {
  jumps_.push_back({thread, here(thread), scanner_.position(), name});
  emit(thread, {.op = op});
}

void Builder::resolve() {
  for (const Jump& j : jumps_) {
    const auto found = labels_.find({j.thread, j.label});
    if (found == labels_.end()) scanner_.fail(fmt::format("no label {}", j.label), j.at);
    if (found->second <= j.instruction) {
      scanner_.fail(fmt::format("a branch back to {}: loops are not read", j.label), j.at);
    }
    test_.threads[j.thread].code[j.instruction].target = found->second;
  }
}

void Builder::initial(int thread, const std::string& name, std::int64_t value) {
  for (const Initial& i : initial_) {
    if (i.thread == thread && i.name == name) {
      scanner_.fail(fmt::format("the value of {} is given twice", name));
    }
  }
  initial_.push_back({thread, name, value, scanner_.position()});
}

void Builder::resolve_initial() {
  for (const Initial& i : initial_) {
    const int count = static_cast<int>(test_.threads.size());
    if (i.thread >= count) scanner_.fail(fmt::format("there is no P{}", i.thread), i.at);
    for (int t = 0; t < count; ++t) {
      const auto thread = static_cast<std::size_t>(t);
      if (i.thread != kNone && i.thread != t) continue;
      if (i.thread == kNone && !registers_.contains({thread, i.name})) continue;
      test_.threads[thread].registers[static_cast<std::size_t>(reg(thread, i.name))].initial =
          i.value;
    }
  }
}

std::string canonical(Arch arch, std::string name) {
  const auto to_case = [&](int (*change)(int)) {
    for (char& c : name) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  };
  if (arch == Arch::arm && !name.starts_with("%")) to_case(std::toupper);
  if (arch == Arch::power) to_case(std::tolower);
  if (arch == Arch::x86) to_case(std::toupper);
  if (arch == Arch::x86_64) {
    if (name.starts_with("%")) name.erase(0, 1);
    to_case(std::tolower);
    if (name.starts_with("e")) name[0] = 'r';
  }
  return name;
}

}  // namespace tenterhook::checker::litmus
