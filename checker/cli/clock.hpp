// Time, for budgets, rates and progress lines only: no decision of an exploration depends on it
// but when to stop.
#pragma once

namespace tenterhook::checker::cli {

double wall_seconds();  // since an arbitrary point
double cpu_seconds();   // of this process and those that it waited for
long memory_mib();      // the most that this process, or one that it waited for, has used

}  // namespace tenterhook::checker::cli
