// How hard each defect is to find: the median number of executions until `random` (ours, or
// Relacy's where a weaker model than tso is needed) meets it, over 20 seeds. A figure, not a test:
// ci/deep prints it.
#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "properties/defects.hpp"
#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

constexpr unsigned kSeeds = 20;

// Executions until the defect was met with this seed; 0: never, within the limits.
std::uint64_t executions_of(const properties::defect& d, unsigned seed, const Folder& folder) {
  const bool relacy = d.strategy == "relacy";
  const Ran ran = run_tool(
      fmt::format("check {} --defect {} --explore {} --runs 2000000 --time-budget 60 --seed {} "
                  "--json - --artifact-dir {}",
                  d.scenario, d.name, relacy ? "relacy" : "random", seed, folder.path()));
  const nlohmann::json result = result_of(ran);
  if (result.is_null() || result.value("verdict", "") != "BUG") return 0;
  return result.value("execution", std::uint64_t{0});
}

int print() {
  unsigned all = 0, hard = 0;
  for (const properties::defect& d : properties::defects) {
    const Folder folder;
    std::vector<std::uint64_t> runs;
    unsigned missed = 0;
    for (unsigned seed = 1; seed <= kSeeds; ++seed) {
      const std::uint64_t n = executions_of(d, seed, folder);
      if (n == 0) ++missed;
      runs.push_back(n == 0 ? ~std::uint64_t{0} : n);
    }
    std::sort(runs.begin(), runs.end());
    const std::uint64_t median = runs[kSeeds / 2];
    ++all;
    if (median > 100) ++hard;
    fmt::print("{:<34} {:<7} {:>12} {}\n", d.name, d.model,
               median == ~std::uint64_t{0} ? "never" : std::to_string(median),
               missed == 0 ? "" : fmt::format("({} of {} seeds never)", missed, kSeeds));
    std::fflush(stdout);
  }
  fmt::print("{} of {} defects need more than 100 executions (median of {} seeds)\n", hard, all,
             kSeeds);
  return 0;
}

}  // namespace
}  // namespace tenterhook::tests

int main() { return tenterhook::tests::print(); }
