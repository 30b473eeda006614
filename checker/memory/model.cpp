#include "checker/memory/model.hpp"

#include "checker/memory/models.hpp"
#include "checker/memory/on_graph.hpp"
#include "checker/memory/sc.hpp"
#include "checker/memory/tso.hpp"

namespace tenterhook::checker {

std::unique_ptr<MemoryModel> make_model(std::string_view name) {
  if (name == "sc") return std::make_unique<SequentialConsistency>();
  if (name == "tso") return std::make_unique<TotalStoreOrder>();
  for (const ModelInfo& m : models()) {
    if (m.name == name) return std::make_unique<OnGraph>();
  }
  return nullptr;
}

const std::vector<ModelInfo>& models() {
  static const std::vector<ModelInfo> all = {
#define MODEL(name, about) {name, about},
#include "checker/memory/models.def"
#undef MODEL
  };
  return all;
}

}  // namespace tenterhook::checker
