// The registry of memory models: one row each in models.def.
#pragma once

#include <string>
#include <vector>

namespace tenterhook::checker {

struct ModelInfo {
  std::string name;
  std::string about;
};

// In the order of models.def: strongest first.
const std::vector<ModelInfo>& models();

}  // namespace tenterhook::checker
