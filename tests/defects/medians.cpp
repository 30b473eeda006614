// How hard each defect is to find: the median number of executions until each strategy that samples
// meets it, over 20 seeds and at most 20,000 executions a seed. Defects that sc and tso cannot show
// are left to Relacy. A figure, not a test: checker/HACKING.md keeps it.
//
//   tenterhook-medians [STRATEGY...]    default: all that sample
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "properties/defects.hpp"
#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

constexpr unsigned kSeeds = 20;
constexpr std::uint64_t kCap = 20'000;
constexpr std::uint64_t kHard = 100;  // executions

// Executions until the defect was met with this seed; more than the cap: it was not.
std::uint64_t executions_of(const properties::defect& d, const std::string& strategy,
                            unsigned seed, const Folder& folder) {
  const Ran ran = run_tool(
      fmt::format("check {} --defect {} --explore {} --runs {} --seed {} --json - "
                  "--artifact-dir {}",
                  d.scenario, d.name, strategy, kCap, seed, folder.path()));
  const nlohmann::json result = result_of(ran);
  if (result.is_null()) {
    fmt::print(stderr, "{}", ran.output);
    std::exit(2);
  }
  if (result.value("verdict", "") != "BUG") return kCap + 1;
  return result.value("execution", std::uint64_t{0});
}

// The mean of the two in the middle, rounded up.
std::uint64_t median_of(const properties::defect& d, const std::string& strategy) {
  const Folder folder;
  std::vector<std::uint64_t> runs;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    runs.push_back(executions_of(d, strategy, seed, folder));
  }
  std::sort(runs.begin(), runs.end());
  return (runs[kSeeds / 2 - 1] + runs[kSeeds / 2] + 1) / 2;
}

std::string text_of(std::uint64_t median) {
  return median > kCap ? fmt::format(">{}", kCap) : std::to_string(median);
}

int print(const std::vector<std::string>& strategies) {
  std::vector<unsigned> hard(strategies.size()), best(strategies.size());
  unsigned all = 0;
  std::string head = fmt::format("| {:<34} | {:<5} |", "defect", "model");
  std::string rule = "|---|---|";
  for (const std::string& s : strategies) {
    head += fmt::format(" {:>7} |", s);
    rule += "--:|";
  }
  fmt::print("{}\n{}\n", head, rule);
  for (const properties::defect& d : properties::defects) {
    if (d.strategy == "dpor") continue;  // needs a model that is slower
    std::vector<std::uint64_t> medians;
    std::string line = fmt::format("| {:<34} | {:<5} |", d.name, d.model);
    for (const std::string& s : strategies) {
      medians.push_back(median_of(d, s));
      line += fmt::format(" {:>7} |", text_of(medians.back()));
    }
    fmt::print("{}\n", line);
    std::fflush(stdout);
    ++all;
    const std::uint64_t least = *std::min_element(medians.begin(), medians.end());
    for (std::size_t i = 0; i < medians.size(); ++i) {
      if (medians[i] > kHard) ++hard[i];
      if (medians[i] == least && least <= kCap) ++best[i];
    }
  }
  std::string hards = fmt::format("| more than {} executions, of {:<10} |       |", kHard, all);
  std::string bests = fmt::format("| {:<34} |       |", "fewest, or as few as another");
  for (std::size_t i = 0; i < strategies.size(); ++i) {
    hards += fmt::format(" {:>7} |", hard[i]);
    bests += fmt::format(" {:>7} |", best[i]);
  }
  fmt::print("{}\n{}\n", hards, bests);
  return 0;
}

}  // namespace
}  // namespace tenterhook::tests

int main(int argc, char** argv) {
  std::vector<std::string> strategies(argv + 1, argv + argc);
  if (strategies.empty()) strategies = {"random", "pct", "pos", "surw", "rff"};
  return tenterhook::tests::print(strategies);
}
