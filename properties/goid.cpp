// goid/unique: no two goroutines have the same id.
#include "runtime/goid.hpp"

#include <algorithm>
#include <vector>

#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

void unique(run& t) {
  const std::int64_t procs = t["procs"];
  const std::int64_t n = t["n"];
  auto* rt = platform::create<runtime::runtime>(static_cast<std::int32_t>(procs));
  std::vector<std::vector<std::int64_t>> ids(static_cast<std::size_t>(procs));
  for (std::size_t i = 0; i < ids.size(); i++) {
    t.go(thread_names[i], [rt, &mine = ids[i], i, n] {
      for (std::int64_t k = 0; k < n; k++) mine.push_back(runtime::newgoid(rt->allp[i]));
    });
  }
  t.join();
  std::vector<std::int64_t> all;
  for (const auto& mine : ids) {
    platform::check(std::is_sorted(mine.begin(), mine.end()), "ids ascend on each P");
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  platform::check(std::adjacent_find(all.begin(), all.end()) == all.end(), "an id is given once");
  platform::check(all.front() >= 1, "ids start at 1");
  platform::destroy(rt);
}

}  // namespace

void add_goid(checker::catalogue& all) {
  // More than a batch, so that each P comes back for a second one.
  constexpr std::int64_t batch = platform::config::goid_cache_batch;
  program ids;
  ids.name = "goid/unique";
  ids.about = "each goroutine's id is its own, and ids ascend on each P";
  ids.parameters = {{"procs", 2, 1, 4, "Ps, a thread each"},
                    {"n", batch + 1, 1, 4 * batch, "goroutines made on each"}};
  ids.threads = 5;  // with four Ps
  ids.body = body(unique);
  ids.marks = {"goid/batch"};
  ids.budget = budgets{0, 0, 0, 0};
  all.push_back(ids);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
