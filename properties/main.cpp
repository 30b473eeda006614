// tenterhook: the tool over the hooked build of every scenario.
#include "checker/cli/suite.hpp"
#include "properties/defects.hpp"
#include "properties/scenario.hpp"

int main(int argc, char** argv) {
  tenterhook::checker::cli::Suite suite;
  suite.programs = tenterhook::hooked::properties::catalogue();
  for (const auto& d : tenterhook::properties::defects) {
    suite.defects.push_back({std::string(d.name), std::string(d.source), std::string(d.scenario),
                             std::string(d.parameters), std::string(d.target),
                             std::string(d.model), std::string(d.strategy),
                             std::string(d.shows_on), std::string(d.about)});
  }
  return tenterhook::checker::cli::run_tool(argc, argv, suite);
}
