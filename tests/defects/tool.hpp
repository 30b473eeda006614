// Runs the built tool and reads what it says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/defects/process.hpp"

namespace tenterhook::tests {

// `arguments` as in a shell.
inline Ran run_tool(const std::string& arguments) {
  return run_program(std::string(TENTERHOOK_TOOL) + " " + arguments);
}

// The first result of a run with --json -.
inline nlohmann::json result_of(const Ran& ran) {
  const auto json = nlohmann::json::parse(ran.output, nullptr, false);
  if (json.is_discarded() || !json.contains("results") || json["results"].empty()) return {};
  return json["results"][0];
}

}  // namespace tenterhook::tests
