#include "runtime/stubs.hpp"

#include "platform/check.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

m* getm() { return static_cast<m*>(platform::get_slot()); }

void setm(m* mp) { platform::set_slot(mp); }

g* getg() { return getm()->running; }

p* getp() { return getm()->p.load(std::memory_order_relaxed); }  // this thread's own

runtime& getrt() { return getm()->rt; }

void mcall(g* (*f)(g*)) {
  m* mp = getm();
  g* gp = mp->running;
  if (gp == mp->g0) throw_(mp->rt, "runtime: mcall called on m->g0 stack");
  mp->mcallfn = f;
  platform::switch_to(gp->sched, mp->g0->sched, nullptr);
  // Entered again, perhaps by another M.
}

g* gogo(g* gp) {
  m* mp = getm();
  mp->running = gp;
  platform::switch_to(mp->g0->sched, gp->sched, nullptr);
  mp->running = mp->g0;
  return mp->mcallfn(gp);
}

m* acquirem() {
  m* mp = getm();
  // relaxed, both, as everywhere: this thread's own, but that schedtrace looks
  mp->locks.store(mp->locks.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  return mp;
}

void releasem(m* mp) {
  // relaxed, both: see acquirem
  mp->locks.store(mp->locks.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  restore_preempt(mp);
}

// The race: the request comes while locks > 0; a safe point refuses it and clears the short form;
// and nobody asks again. Closed by making it again here, from the long form, which only execute
// clears. Checked by: stop_world/*.
void restore_preempt(m* mp) {
  if (platform::defect(platform::defect_id("releasem-forgets-preempt"))) return;
  g* gp = mp->running;
  // relaxed, all: requests are hints, and this thread's own otherwise
  if (mp->locks.load(std::memory_order_relaxed) != 0) return;
  if (gp->preempt.load(std::memory_order_relaxed) == 0) return;  // see above
  gp->stackguard0.store(stackPreempt, std::memory_order_relaxed);  // see above
}

void newstack(m* mp, g* gp) {
  if (gp == mp->g0) return;
  // relaxed: this thread's own
  const bool refuses = mp->locks.load(std::memory_order_relaxed) != 0 ||
                       *mp->preemptoff.load(std::memory_order_relaxed) != 0;
  // relaxed: this M's own P
  p* pp = mp->p.load(std::memory_order_relaxed);
  // see above
  if (refuses || pp == nullptr || pp->status.load(std::memory_order_relaxed) != Prunning) {
    platform::mark("safepoint/refused");
    // acquire: `preempt`, which preemptone writes first, to restore_preempt
    gp->stackguard0.load(std::memory_order_acquire);
    gp->stackguard0.store(0, std::memory_order_relaxed);  // for now: restore_preempt
    return;
  }
  // acquire: the scanner's bookkeeping, before it asked
  if (gp->preemptscan.load(std::memory_order_acquire) != 0) {
    mcall(scan_self);
    if (platform::defect(platform::defect_id("newstack-scans-only"))) return;
  }
  // It may have been asked to stop as well, in the same words. relaxed: as safepoint's look
  if (gp->stackguard0.load(std::memory_order_relaxed) == stackPreempt) mcall(gopreempt_m);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
