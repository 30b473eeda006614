#include "checker/litmus/test.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace tenterhook::checker::litmus {
namespace {

bool holds(const Test& test, const State& state, std::size_t at) {
  const Node& n = test.nodes[at];
  const auto true_of = [&](std::size_t part) { return holds(test, state, part); };
  switch (n.kind) {
    case Node::all: return std::all_of(n.parts.begin(), n.parts.end(), true_of);
    case Node::any: return std::any_of(n.parts.begin(), n.parts.end(), true_of);
    case Node::negation: return !true_of(n.parts[0]);
    case Node::equals: return state[n.observed] == n.value;
    case Node::truth: return true;
  }
  return false;
}

struct Row {
  const char* name;
  const char* model;
};
constexpr Row rows[] = {{"X86", "tso"}, {"X86_64", "tso"},  {"PPC", "power"},
                        {"ARM", "arm"}, {"C", "rc11-2017"}, {"AArch64", ""}};

}  // namespace

const char* text(Arch arch) { return rows[static_cast<unsigned>(arch)].name; }

const char* model_of(Arch arch) { return rows[static_cast<unsigned>(arch)].model; }

bool holds(const Test& test, const State& state) { return holds(test, state, 0); }

std::string text(const Test& test, const State& state) {
  std::string out;
  for (std::size_t i = 0; i < state.size(); ++i) {
    out += fmt::format("{}{}={};", i == 0 ? "" : " ", test.observed[i].name, state[i]);
  }
  return out;
}

}  // namespace tenterhook::checker::litmus
