// runtime1/check: the start-up self checks, for what the platform makes of each operation.
#include "runtime/runtime1.hpp"

#include "properties/catalogue.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

void self_check(run&) {
  auto* cells = platform::create<runtime::check_cells>();
  runtime::check(*cells);
  platform::destroy(cells);
}

}  // namespace

void add_runtime1(checker::catalogue& all) {
  program check;
  check.name = "runtime1/check";
  check.about = "atomics, byte lanes, floating point and division are what the runtime needs";
  check.threads = 1;
  check.body = body(self_check);
  check.budget = budgets{0, 0, 0, 0};
  all.push_back(check);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
