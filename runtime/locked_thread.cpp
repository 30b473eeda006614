#include "runtime/locked_thread.hpp"

#include "platform/check.hpp"
#include "platform/futex.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// m.locked is its own thread's; others look for a trace.
std::uint32_t locks(const m& mp) { return mp.locked.load(std::memory_order_relaxed); }
void set_locks(m& mp, std::uint32_t to) {
  mp.locked.store(to, std::memory_order_relaxed);  // see locks
}

// No safe point lies between the change of m.locked and this one, so the thread stays the same.
void dolockOSThread(m& mp) {
  g* gp = getg();
  mp.lockedg.store(gp, std::memory_order_relaxed);  // its own thread's, else a trace
  gp->lockedm.store(&mp, std::memory_order_relaxed);  // who takes it from a queue sees it by that
}

void dounlockOSThread(m& mp) {
  if (locks(mp) != 0) return;
  mp.lockedg.store(nullptr, std::memory_order_relaxed);      // as in dolockOSThread
  getg()->lockedm.store(nullptr, std::memory_order_relaxed);  // the same
}

[[noreturn]] void badunlockosthread(runtime& rt) {
  throw_(rt, "runtime: internal error: misuse of lockOSThread/unlockOSThread");
}

}  // namespace

void LockOSThread() {
  m& mp = *getm();
  set_locks(mp, locks(mp) | LockExternal);
  dolockOSThread(mp);
}

void lockOSThread() {
  m& mp = *getm();
  set_locks(mp, locks(mp) + LockInternal);
  dolockOSThread(mp);
}

void UnlockOSThread() {
  m& mp = *getm();
  set_locks(mp, locks(mp) & ~LockExternal);
  dounlockOSThread(mp);
}

void unlockOSThread() {
  m& mp = *getm();
  if (locks(mp) < LockInternal) badunlockosthread(mp.rt);
  set_locks(mp, locks(mp) - LockInternal);
  dounlockOSThread(mp);
}

bool lockedOSThread() {
  g* gp = getg();
  // relaxed, both: its own
  return gp->lockedm.load(std::memory_order_relaxed) != nullptr &&
      getm()->lockedg.load(std::memory_order_relaxed) != nullptr;
}

// The race: the goroutine may be in a queue before its M sleeps, so another M may find it there,
// and wake us, at any time. Closed by the note, which remembers; the M that wakes us has written
// nextp before. Our own P must be another's by the time we sleep: nobody else could give it away.
//
// The count of sleepers may so be taken back (startlockedm) before it is made here: it is -1 for a
// moment, which makes checkdead believe that one more M runs, and that one is us.
// Checked by: locked_thread/*, deadlock/*.
bool stoplockedm() {
  m& mp = *getm();
  g* gp = mp.lockedg.load(std::memory_order_relaxed);  // its own
  // relaxed: written by that goroutine, on this thread
  if (gp == nullptr || gp->lockedm.load(std::memory_order_relaxed) != &mp) {
    throw_(mp.rt, "stoplockedm: inconsistent locking");
  }
  no_rank_taken();
  // relaxed: its own
  if (mp.p.load(std::memory_order_relaxed) != nullptr &&
      !platform::defect(platform::defect_id("stoplockedm-keeps-p"))) {
    handoffp(releasep());
  }
  if (!platform::defect(platform::defect_id("stoplockedm-uncounted"))) incidlelocked(mp.rt, 1);
  // relaxed: the count was made under sched.lock, after which stop() wakes whoever is counted
  if (mp.rt.exiting.load(std::memory_order_relaxed) != 0) return false;
  platform::mark("stoplockedm/sleep");
  notesleep(mp.park);
  noteclear(mp.park);
  // relaxed: known through the note, where stop() woke us. An M that knows nothing of the end yet
  // may be about to give us a P.
  const bool ends = mp.rt.exiting.load(std::memory_order_relaxed) != 0;
  if (ends && !platform::defect(platform::defect_id("stoplockedm-looks-for-p-first"))) return false;
  p* pp = mp.nextp.get();
  if (pp == nullptr) return false;  // the defect: it may come yet
  const std::uint32_t status = readgstatus(gp);
  if ((status & ~Gscan) != Grunnable) {
    gwrite(mp.rt, "runtime:stoplockedm: g is not Grunnable or Gscanrunnable\n");
    dumpgstatus(gp);  // Go's is of the g0 that looks
    throw_(mp.rt, "stoplockedm: not runnable");
  }
  mp.nextp.set(nullptr);
  acquirep(pp);
  return true;
}

// The race: at the end of a runtime stop() wakes Ms that are locked, since nobody else will; but an
// M that was locked when stop() looked may run on, and by old values of lockedg and gcwaiting find
// the goroutine of one that is woken. (lifecycle/stop-monitored found it under rc11. A memory model
// must be weak for it; x86's is weak enough.) Closed by the note: whoever is second sees in it that
// the end has come.
// Checked by: lifecycle/stop-locked.
bool wake_locked(m* mp) {
  std::uint32_t asleep = 0;
  // release: as notewakeup. acquire: exiting, if it was stop() that woke it
  if (mp->park.key.compare_exchange(asleep, 1, std::memory_order_acq_rel,
                                    std::memory_order_acquire)) {
    platform::futex_wake(mp->park.key, 1);
    return true;
  }
  // relaxed: known through the note
  if (mp->rt.exiting.load(std::memory_order_relaxed) == 0) {
    platform::fatal("notewakeup - double wakeup");
  }
  return false;
}

// The race: the locked M may run as soon as it is woken. Closed by the order: the count, the P, and
// then the wakeup, after which this M has nothing of them any more.
// Checked by: locked_thread/*, deadlock/*.
bool startlockedm(g* gp) {
  m& self = *getm();
  // relaxed: written by gp when it ran; we took it from a queue
  m* mp = gp->lockedm.load(std::memory_order_relaxed);
  if (mp == &self) throw_(self.rt, "startlockedm: locked to me");
  if (mp->nextp.get() != nullptr) throw_(self.rt, "startlockedm: m has p");
  platform::mark("startlockedm/handoff");
  if (!platform::defect(platform::defect_id("startlockedm-uncounted"))) {
    incidlelocked(self.rt, -1);
  }
  p* pp = releasep();
  if (platform::defect(platform::defect_id("startlockedm-wakes-first"))) {
    wake_locked(mp);
    mp->nextp.set(pp);  // the defect: it may be running
    return stopm();
  }
  mp->nextp.set(pp);
  if (platform::defect(platform::defect_id("startlockedm-wakes-twice"))) notewakeup(mp->park);
  else if (!wake_locked(mp)) platform::mark("startlockedm/at-the-end");
  return stopm();
}

void incidlelocked(runtime& rt, std::int32_t v) {
  lock(rt.sched.lock);
  rt.sched.nmidlelocked.set(rt.sched.nmidlelocked.get() + v);
  if (v > 0) checkdead(rt);
  unlock(rt.sched.lock);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
