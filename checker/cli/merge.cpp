// `merge FILE…`: adds up the finished shards of one exploration.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checker/build_id.hpp"
#include "checker/cli/row.hpp"
#include "checker/explore/parallel.hpp"

namespace tenterhook::checker::cli {

int merge(const Settings& s, const Suite& suite) {
  Result all;
  std::string identity;
  unsigned shards = 0;
  std::map<unsigned, std::string> seen;
  for (const std::string& file : s.files) {
    const Checkpoint c = read_checkpoint(file);
    if (seen.empty()) {
      identity = c.identity;
      shards = c.shards;
    }
    if (c.identity != identity || c.shards != shards) {
      throw UsageError(fmt::format("{}: it is of '{}' in {} shards, {} is of '{}' in {}", file,
                                   c.identity, c.shards, s.files[0], identity, shards));
    }
    if (const auto [at, fresh] = seen.try_emplace(c.shard, file); !fresh) {
      throw UsageError(fmt::format("{}: shard {} is in {} already", file, c.shard, at->second));
    }
    if (!c.units.empty() && c.counts.failures.empty()) {
      throw UsageError(
          fmt::format("{}: the shard is not finished: --resume {} goes on", file, file));
    }
    add_counts(all, c.counts);
  }
  const bool whole = seen.size() == shards && all.cut == 0;
  const bool bounded = identity.find(" --preemptions ") != std::string::npos;
  const bool bug = !all.failures.empty();
  // coverage marks are of the parameters as declared
  std::string missed;
  const std::string scenario = identity.substr(0, identity.find(' '));
  if (whole && identity.find(" -p ") == std::string::npos) {
    for (const std::string& mark : find_program(suite, scenario).marks) {
      const bool met = std::binary_search(all.marks.begin(), all.marks.end(), mark);
      if (!met) missed += (missed.empty() ? "" : ", ") + mark;
    }
  }
  const bool nothing = whole && (all.executions == 0 || !missed.empty());
  const char* verdict = bug       ? "BUG"
                        : nothing ? "NOTHING RAN"
                        : !whole  ? "INCONCLUSIVE"
                        : bounded ? "NO BUG FOUND"
                                  : "VERIFIED";
  if (!s.quiet) {
    fmt::print("{}: {} of {} shards, {} executions, {} blocked: {}\n", identity, seen.size(),
               shards, all.executions, all.blocked, verdict);
    if (!missed.empty()) fmt::print("  never reached: {}\n", missed);
    for (const Found& f : all.failures) fmt::print("  {}\n", f.failure.signature());
  }
  if (!s.json.empty()) {
    const nlohmann::ordered_json out = {{"schema", 1},
                                        {"build", build_id()},
                                        {"command", s.command},
                                        {"verdict", verdict},
                                        {"executions", all.executions},
                                        {"blocked", all.blocked},
                                        {"shards", shards}};
    write_text("--json", s.json, out.dump(2) + "\n");
  }
  return bug ? kBug : nothing ? kNothing : whole ? kPass : kInconclusive;
}

}  // namespace tenterhook::checker::cli
