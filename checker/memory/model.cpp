#include "checker/memory/model.hpp"

#include "checker/memory/models.hpp"
#include "checker/memory/rc11.hpp"
#include "checker/memory/sc.hpp"
#include "checker/memory/tso.hpp"

namespace tenterhook::checker {

std::unique_ptr<MemoryModel> make_model(std::string_view name) {
  if (name == "sc") return std::make_unique<SequentialConsistency>();
  if (name == "tso") return std::make_unique<TotalStoreOrder>();
  if (name == "rc11" || name == "rc11-2017") return std::make_unique<RepairedC11>();
  return nullptr;
}

const std::vector<ModelInfo>& models() {
  static const std::vector<ModelInfo> all = {
#define MODEL(name, supported, about) {name, about, supported},
#include "checker/memory/models.def"
#undef MODEL
  };
  return all;
}

}  // namespace tenterhook::checker
