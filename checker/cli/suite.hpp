// What the tool is about: the programs and the defects of a build. Immutable.
#pragma once

#include <string>
#include <vector>

#include "checker/program.hpp"

namespace tenterhook::checker::cli {

// A row of properties/defects.def.
struct DefectRow {
  std::string name, source, scenario, parameters, target, model, strategy, shows_on, about;
};

struct Suite {
  catalogue programs;
  std::vector<DefectRow> defects;
};

// The tool's main function. Returns its exit code.
int run_tool(int argc, char** argv, const Suite& suite);

}  // namespace tenterhook::checker::cli
