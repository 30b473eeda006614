#include "properties/catalogue.hpp"

#include <algorithm>

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

checker::catalogue catalogue() {
  checker::catalogue all;
  for (const auto add :
       {add_counts, add_deadlock, add_extram, add_g_status, add_gfree, add_globrunq, add_goid,
        add_history_globrunq, add_history_lfstack, add_history_runq, add_history_sema, add_lfstack,
        add_lock, add_locked_thread, add_network, add_note, add_parfor, add_park, add_prof,
        add_runq, add_runtime1, add_safepoint, add_schedtrace, add_schedule, add_sema,
        add_spinning, add_stop_world, add_syscall, add_sysmon}) {
    add(all);
  }
  std::sort(all.begin(), all.end(),
            [](const program& a, const program& b) { return a.name < b.name; });
  return all;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
