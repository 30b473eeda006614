// Runs a litmus test: all its executions under one model, by dpor.
//
// Thread safety: none; an Execution lives within run().
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {

struct Ran {
  std::map<State, std::uint64_t> states;  // final states, each with its executions
  std::uint64_t executions = 0;
  bool race = false;        // C under rc11: a non-atomic access races
  std::string unsupported;  // the model or the test cannot be run, and why; "": it was
  std::string problem;      // it ran and something is wrong; "": nothing
};

// The models that tests are run under: "sc", or the test's own (model_of).
// `stop` is asked between executions.
Ran run(const Test& test, const std::string& model, const std::function<bool()>& stop = nullptr);

// "Never", "Sometimes" or "Always": how many states satisfy the proposition, whatever its
// quantifier.
const char* verdict(const Test& test, const Ran& ran);

}  // namespace tenterhook::checker::litmus
