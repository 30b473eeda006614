// `list`: what there is to check.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/targets.hpp"
#include "checker/cli/row.hpp"
#include "checker/memory/models.hpp"

namespace tenterhook::checker::cli {
namespace {

nlohmann::ordered_json program_json(const program& p) {
  nlohmann::ordered_json params = nlohmann::ordered_json::array();
  for (const parameter& q : p.parameters) {
    params.push_back({{"name", q.name},
                      {"value", q.value},
                      {"least", q.least},
                      {"most", q.most},
                      {"about", q.about}});
  }
  return {{"name", p.name},
          {"about", p.about},
          {"params", params},
          {"threads", p.threads},
          {"strategy", p.how.strategy}};
}

void list_json(const std::vector<const program*>& programs, const Suite& suite,
               const std::string& file) {
  nlohmann::ordered_json out;
  out["scenarios"] = nlohmann::ordered_json::array();
  for (const program* p : programs) out["scenarios"].push_back(program_json(*p));
  out["targets"] = nlohmann::ordered_json::array();
  for (const auto& t : arch::targets) out["targets"].push_back(t.name);
  out["models"] = nlohmann::ordered_json::array();
  for (const ModelInfo& m : models()) out["models"].push_back(m.name);
  out["strategies"] = strategies();
  out["strategies"].push_back("relacy");
  out["defects"] = nlohmann::ordered_json::array();
  for (const DefectRow& d : suite.defects) {
    out["defects"].push_back({{"name", d.name},
                              {"source", d.source},
                              {"scenario", d.scenario},
                              {"parameters", d.parameters},
                              {"target", d.target},
                              {"model", d.model},
                              {"strategy", d.strategy},
                              {"shows_on", d.shows_on},
                              {"about", d.about}});
  }
  write_text("--json", file, out.dump(2) + "\n");
}

}  // namespace

int list(const Settings& s, const Suite& suite) {
  const std::vector<const program*> programs = select(suite, s.patterns);
  if (!s.json.empty()) {
    list_json(programs, suite, s.json);
    return kPass;
  }
  fmt::print("scenarios:\n");
  for (const program* p : programs) {
    std::string params;
    for (const parameter& q : p->parameters) params += fmt::format(" {}={}", q.name, q.value);
    if (!params.empty()) params = "  [" + params.substr(1) + "]";
    fmt::print("  {:<28} {}{}\n", p->name, p->about, params);
  }
  if (!s.patterns.empty()) return kPass;
  fmt::print("\ntargets:\n");
  for (const auto& t : arch::targets) {
    fmt::print("  {:<12} model {:<6} {}\n", t.name, t.model_name, t.about);
  }
  fmt::print("\nmodels:\n");
  for (const ModelInfo& m : models()) fmt::print("  {:<12} {}\n", m.name, m.about);
  fmt::print("\nstrategies (check --explore NAME):\n");
#define STRATEGY(name, about) fmt::print("  {:<12} {}\n", name, about);
#include "checker/explore/strategies.def"
#undef STRATEGY
  fmt::print("  {:<12} {}\n", "relacy", "Relacy's schedulers (--search), under the C++ model");
  fmt::print("\ndefects (check --defect NAME):\n");
  for (const DefectRow& d : suite.defects) {
    fmt::print("  {:<32} {:<10} {:<22} {} {}\n", d.name, d.source, d.scenario, d.model, d.about);
  }
  return kPass;
}

}  // namespace tenterhook::checker::cli
