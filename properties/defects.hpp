// The defects: switches that put a historical or planted bug back into the runtime, in hooked and
// Relacy builds. A row of defects.def says where each comes from and which scenario finds it, how.
// Platform-independent; immutable.
#pragma once

#include <string_view>

namespace tenterhook::properties {

struct defect {
  std::string_view name;        // as in platform::defect_id("name") in runtime/
  std::string_view source;      // the catalogue's number, the upstream change, or "planted"
  std::string_view scenario;    // the one that finds it
  std::string_view parameters;  // that it needs: "put=4 get=2"; "": the defaults
  std::string_view target;      // of the port that shows it; "": any
  std::string_view model;       // under which it is visible
  std::string_view strategy;    // that finds it
  std::string_view shows_on;    // the models and targets on which it shows, and does not
  std::string_view about;       // what is omitted, weakened or reordered
};

inline constexpr defect defects[] = {
#define DEFECT(name, source, scenario, parameters, target, model, strategy, shows_on, about) \
  {name, source, scenario, parameters, target, model, strategy, shows_on, about},
#include "properties/defects.def"
#undef DEFECT
};

}  // namespace tenterhook::properties
