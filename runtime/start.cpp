#include "runtime/start.hpp"

#include <vector>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/park.hpp"
#include "runtime/extram.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Go's runtime.main. What comes after the program's main is its exit(0).
void runtime_main(void*) {
  runtime& rt = getrt();
  if (rt.has_sysmon) newm(rt, sysmon, nullptr);
  rt.main(rt.main_argument);
  // relaxed: checkdead may be late to know, under sched.lock
  rt.mainReturned.store(1, std::memory_order_relaxed);
  notewakeup(rt.exited);
  gopark(nullptr, nullptr, "exit");
}

// Ms that end by themselves, oldest first: each was made by one that was made before.
void join_all(runtime& rt, bool locked) {
  for (std::int64_t id = 0;; id++) {
    m* found = nullptr;
    // acquire: the M's fields
    for (m* mp = rt.allm.load(std::memory_order_acquire); mp != nullptr; mp = mp->alllink) {
      if (mp->id == id) found = mp;
    }
    if (found == nullptr) return;
    // relaxed: for a locked one it stays while that sleeps
    const bool sleeps = found->lockedg.load(std::memory_order_relaxed) != nullptr;
    if (sleeps != locked || found->joined) continue;
    if (locked) notewakeup(found->park);
    platform::join_thread(found->thread);
    found->joined = true;
  }
}

}  // namespace

void start(runtime& rt, const options& how, void (*main)(void*), void* argument) {
  platform::check(rt.m0 == nullptr, "a runtime is started once");
  rt.hook = how.hook;
  rt.has_sysmon = how.sysmon;
  rt.sched.maxmcount.set(how.max_threads);
  rt.runtimeInitTime = platform::nanotime();
  rt.main = main;
  rt.main_argument = argument;
  // relaxed: nobody else is there yet
  rt.sched.lastpoll.store(static_cast<std::uint64_t>(rt.runtimeInitTime) | 1,
                          std::memory_order_relaxed);
  m* before = getm();
  rt.m0 = allocm(rt, nullptr);
  setm(rt.m0);
  lock(rt.sched.lock);
  p* runnable = procresize(rt, how.procs);
  unlock(rt.sched.lock);
  platform::check(runnable == nullptr, "unknown runnable goroutine during bootstrap");
  newproc1(runtime_main, nullptr, false);
  if (how.forcegc) newproc1(forcegchelper, &rt, true);
  if (how.extra_m) newextram(rt);
  setm(before);
  rt.m0->thread = platform::start_thread("m0", mstart, rt.m0);
}

void wait(runtime& rt) { notesleep(rt.exited); }

// Ms look at gcwaiting wherever they look for work, and at exiting where they would stop for it; idle
// ones are woken. A locked M's note may be woken by whoever schedules its goroutine, so it is woken
// here only when there is nobody else any more.
void stop(runtime& rt) {
  rt.exiting.store(1, std::memory_order_seq_cst);  // before gcwaiting, and before the lock
  lock(rt.sched.lock);
  rt.sched.gcwaiting.store(1, std::memory_order_seq_cst);  // see above
  while (m* mp = mget(rt)) notewakeup(mp->park);
  if (rt.sched.sysmonwait.load(std::memory_order_relaxed) != 0) {  // under sched.lock
    rt.sched.sysmonwait.store(0, std::memory_order_relaxed);       // see above
    notewakeup(rt.sched.sysmonnote);
  }
  unlock(rt.sched.lock);
  preemptall(rt);
  join_all(rt, false);
  join_all(rt, true);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
