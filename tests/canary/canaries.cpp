#include "tests/canary/canaries.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace tenterhook::hooked::canary {

checker::program canary(const char* kind, const char* about, unsigned threads,
                        std::function<void(const checker::parameters&)> body) {
  checker::program result;
  result.name = std::string("canary/") + kind;
  result.about = about;
  result.threads = threads;
  result.body = std::move(body);
  result.expects = {{"*", "bug"}};
  result.budget = checker::budgets{0, 0, 0, 0};
  result.relacy = false;
  result.native = false;
  return result;
}

checker::catalogue canaries() {
  checker::catalogue all;
  add_threads(all);
  add_memory(all);
  std::sort(all.begin(), all.end(),
            [](const checker::program& a, const checker::program& b) { return a.name < b.name; });
  return all;
}

}  // namespace tenterhook::hooked::canary
