#include "tests/graphs/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <string_view>

#include "arch/orders.hpp"

namespace tenterhook::graphs {
namespace {

std::string operand(const instruction& i) {
  if (!i.dependent) return fmt::format("{}", i.value);
  return i.value == 0 ? "r" : fmt::format("r + {}", i.value);
}

}  // namespace

instruction load(int variable, std::memory_order order) {
  return {op::load, variable, 0, false, 0, order, relaxed};
}

instruction store(int variable, int value, std::memory_order order) {
  return {op::store, variable, value, false, 0, order, relaxed};
}

instruction store_last(int variable, int plus, std::memory_order order) {
  return {op::store, variable, plus, true, 0, order, relaxed};
}

instruction fetch_add(int variable, int value, std::memory_order order) {
  return {op::fetch_add, variable, value, false, 0, order, relaxed};
}

instruction exchange(int variable, int value, std::memory_order order) {
  return {op::exchange, variable, value, false, 0, order, relaxed};
}

instruction compare_exchange(int variable, int expected, int value, std::memory_order order,
                             std::memory_order failure) {
  return {op::compare_exchange, variable, value, false, expected, order, failure};
}

instruction fence(std::memory_order order) { return {op::fence, 0, 0, false, 0, order, relaxed}; }

instruction skip_if(int value) { return {op::skip_if, 0, value, false, 0, relaxed, relaxed}; }

bool is_rmw(op what) {
  return what == op::fetch_add || what == op::exchange || what == op::compare_exchange;
}

bool accesses_memory(op what) { return is_rmw(what) || what == op::load || what == op::store; }

bool has_rmw(const program& p) {
  return std::any_of(p.threads.begin(), p.threads.end(), [](const thread& t) {
    return std::any_of(t.begin(), t.end(), [](const instruction& i) { return is_rmw(i.what); });
  });
}

std::string text(const instruction& i) {
  const char variable = "xyzuvw"[i.variable];
  const std::string_view order = arch::name_of(i.order);
  switch (i.what) {
    case op::load: return fmt::format("r = {}.load({})", variable, order);
    case op::store: return fmt::format("{}.store({}, {})", variable, operand(i), order);
    case op::fetch_add: return fmt::format("r = {}.fetch_add({}, {})", variable, operand(i), order);
    case op::exchange: return fmt::format("r = {}.exchange({}, {})", variable, operand(i), order);
    case op::compare_exchange:
      return fmt::format("r = {}.compare_exchange({} -> {}, {}, {})", variable, i.expected,
                         operand(i), order, arch::name_of(i.failure));
    case op::fence: return fmt::format("fence({})", order);
    case op::skip_if: return fmt::format("if (r == {}) skip", i.value);
  }
  return "?";
}

std::string text(const program& p) {
  std::string all;
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    all += fmt::format("t{}:", t);
    for (const instruction& i : p.threads[t]) all += fmt::format(" {};", text(i));
    all += "\n";
  }
  return all;
}

std::ostream& operator<<(std::ostream& out, const program& p) { return out << "\n" << text(p); }

}  // namespace tenterhook::graphs
