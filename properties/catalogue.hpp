// The scenarios, a function a protocol: each appends its programs. catalogue() of scenario.hpp
// collects them all and sorts them by name.
#pragma once

#include "properties/scenario.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

void add_counts(checker::catalogue& all);
void add_deadlock(checker::catalogue& all);
void add_extram(checker::catalogue& all);
void add_g_status(checker::catalogue& all);
void add_gfree(checker::catalogue& all);
void add_globrunq(checker::catalogue& all);
void add_goid(checker::catalogue& all);
void add_history_globrunq(checker::catalogue& all);
void add_history_lfstack(checker::catalogue& all);
void add_history_runq(checker::catalogue& all);
void add_history_sema(checker::catalogue& all);
void add_lfstack(checker::catalogue& all);
void add_lock(checker::catalogue& all);
void add_locked_thread(checker::catalogue& all);
void add_network(checker::catalogue& all);
void add_note(checker::catalogue& all);
void add_parfor(checker::catalogue& all);
void add_park(checker::catalogue& all);
void add_prof(checker::catalogue& all);
void add_runq(checker::catalogue& all);  // with the two below
void add_runq_empty(checker::catalogue& all);
void add_runq_order(checker::catalogue& all);
void add_runtime1(checker::catalogue& all);
void add_safepoint(checker::catalogue& all);  // with the one below
void add_safepoint_run(checker::catalogue& all);
void add_schedtrace(checker::catalogue& all);
void add_schedule(checker::catalogue& all);
void add_sema(checker::catalogue& all);
void add_spinning(checker::catalogue& all);
void add_stop_world(checker::catalogue& all);  // with the one below
void add_stop_world_run(checker::catalogue& all);
void add_syscall(checker::catalogue& all);  // with the one below
void add_syscall_run(checker::catalogue& all);
void add_sysmon(checker::catalogue& all);  // with the one below
void add_sysmon_run(checker::catalogue& all);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
