#include "runtime/extram.hpp"

#include "platform/check.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/m.hpp"
#include "runtime/prof.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/lock_rank.hpp"
#include "runtime/syscall.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// In the place of the head: the list is locked. No M has this address.
m* locked() { return reinterpret_cast<m*>(std::uintptr_t{1}); }

// What one call of callback() and the goroutine that runs it pass each other; one thread's.
struct call {
  void (*f)(void*) = nullptr;
  void* argument = nullptr;
  bool done = false;
};

g* back(g*) { return nullptr; }

// The goroutine of an extra M: one callback after the other, each on another thread perhaps. Go's
// leaves with entersyscall, so the P waits for sysmon, which sees it sooner or later: the thread
// may not come back.
void cgocallbackg(void*) {
  for (;;) {
    call& now = *static_cast<call*>(getg()->arg.get());
    exitsyscall();
    m* mp = getm();
    if (mp->needextram) {
      platform::mark("callback/last");
      mp->needextram = false;
      newextram(mp->rt);
    }
    now.f(now.argument);
    if (platform::defect(platform::defect_id("callback-keeps-p"))) {
      entersyscall();  // the defect: the P stays behind, for a call that never ends
    } else {
      entersyscallblock();
    }
    now.done = true;
    mcall(back);
  }
}

// How many Ms are on the list, so that gcount does not take their goroutines for the program's, as
// Go 1.6's does. REQUIRES: the list is locked.
void count_listed(runtime& rt, std::int32_t by) {
  // relaxed, both: it changes under the list's lock; for gcount's estimate
  const std::int32_t n = rt.extraMLength.load(std::memory_order_relaxed);
  rt.extraMLength.store(n + by, std::memory_order_relaxed);  // see above
}

// release: all that its borrower did, to stop().
void returned(m& mp) { mp.borrowers.fetch_add(~0u, std::memory_order_release); }

}  // namespace

// The race: a list popped by compare-exchange has the ABA problem: mp.schedlink may be another by
// the time of the exchange, though the head is the same. Closed by a lock in the head itself, which
// needs no M to take. Checked by: extram/*.
m* lockextra(runtime& rt, bool nilokay) {
  for (;;) {
    // relaxed: a hint, the compare-exchange decides
    m* old = rt.extram.load(std::memory_order_relaxed);
    if (old == locked()) {
      platform::mark("lockextra/locked");
      platform::osyield();
      continue;
    }
    if (old == nullptr && !nilokay) {
      platform::mark("lockextra/empty");
      platform::usleep(1);
      continue;
    }
    if (platform::defect(platform::defect_id("lockextra-load-store"))) {
      // the defect: since the load it may be another's. acquire: as below
      rt.extram.store(locked(), std::memory_order_relaxed);
      platform::fence(std::memory_order_acquire);  // see above
      rank_taken(lock_rank::extram);
      return old;
    }
    // acquire: what the holders before us did to the list and its Ms
    if (rt.extram.compare_exchange(
            old, locked(),
            relaxed_by(platform::defect_id("lockextra-relaxed"), std::memory_order_acquire),
            std::memory_order_relaxed)) {
      rank_taken(lock_rank::extram);
      return old;
    }
    platform::mark("lockextra/raced");
    platform::osyield();
  }
}

void unlockextra(runtime& rt, m* mp) {
  rank_released(lock_rank::extram);
  // release: the list and its Ms, to the next holder
  rt.extram.store(mp, relaxed_by(platform::defect_id("unlockextra-relaxed"),
                                 std::memory_order_release));
}

void newextram(runtime& rt) {
  if (!rt.cgoHasExtraM) rt.cgoHasExtraM = true;  // written once, since foreign threads look
  g* gp = malg(rt, static_cast<std::int32_t>(rt.maxstack));  // may throw: no M is counted yet
  m* mp = allocm(rt, nullptr, -1, true);
  gp->sched.make(gp->stack, cgocallbackg);
  // Before others see it: nobody may look at its stack as that of a g that is just being made.
  casgstatus(gp, Gidle, Gsyscall);
  // relaxed, all: published with mp, by unlockextra; or looked at for a trace
  gp->m.store(mp, std::memory_order_relaxed);
  mp->curg.store(gp, std::memory_order_relaxed);              // see above
  mp->locked.store(LockInternal, std::memory_order_relaxed);  // see above
  mp->lockedg.store(gp, std::memory_order_relaxed);           // see above
  gp->lockedm.store(mp, std::memory_order_relaxed);           // see above
  // relaxed: ids are only to differ
  gp->goid.set(static_cast<std::int64_t>(
      rt.sched.goidgen.fetch_add(1, std::memory_order_relaxed) + 1));
  gp->traceid.store(gp->goid.get(), std::memory_order_relaxed);  // for traces
  allgadd(rt, gp);

  mp->schedlink.set(lockextra(rt, true));
  count_listed(rt, 1);
  unlockextra(rt, mp);
}

// The race: a signal handler of this thread that calls back into the runtime comes here as well. If
// it interrupts us with the list locked it waits for us, and we for its return. Closed by masking
// signals first; Go 1.6 does so only when it has unlocked the list (#42207, 2020).
//
// And who takes the last M must make another, or the next foreign thread waits until one comes
// back, which a callback may never. It cannot be made here, without a P. Checked by: extram/*.
void needm(runtime& rt) {
  if (!rt.cgoHasExtraM) throw_(rt, "cgo callback before cgo call");
  const bool masks_late = platform::defect(platform::defect_id("needm-masks-late"));
  bool masked = false;
  if (!masks_late) masked = platform::mask_signals(true);
  m* mp = lockextra(rt, false);
  m* rest = mp->schedlink.get();
  const bool forgets = platform::defect(platform::defect_id("needm-takes-the-last"));
  mp->needextram = rest == nullptr && !forgets;
  mp->borrowers.fetch_add(1, std::memory_order_seq_cst);  // before the look at exiting: callback
  count_listed(rt, -1);
  unlockextra(rt, rest);
  if (masks_late) masked = platform::mask_signals(true);
  mp->sigmask = masked;
  setm(mp);
  platform::mask_signals(masked);
}

// The race: as soon as the list is unlocked another thread may be this M. Closed by the order: the
// link, then this thread forgets the M, then the unlock; and no signal handler runs in between that
// would believe that the thread is an M still.
//
// And once nobody has borrowed an M the runtime may end, and its Ms with it. Closed by saying so
// last, when the next borrower may have come already: so they are counted. Checked by: extram/*.
void dropm() {
  m* mp = getm();
  runtime& rt = mp->rt;
  const bool masked = mp->sigmask && !platform::defect(platform::defect_id("dropm-unmasks"));
  if (!platform::defect(platform::defect_id("dropm-unmasked"))) platform::mask_signals(true);
  // Its next borrower is another thread. relaxed: of this one
  if (mp->profilehz.load(std::memory_order_relaxed) != 0 &&
      !platform::defect(platform::defect_id("dropm-keeps-profiling"))) {
    resetcpuprofiler(*mp, 0);
  }
  // the defect: from here on the runtime may end
  const bool early = platform::defect(platform::defect_id("dropm-returns-early"));
  if (early) returned(*mp);
  m* rest = lockextra(rt, true);
  count_listed(rt, 1);
  if (platform::defect(platform::defect_id("dropm-publishes-first"))) {
    unlockextra(rt, mp);
    mp->schedlink.set(rest);  // the defect: the list ended here for a moment
    setm(nullptr);
  } else {
    mp->schedlink.set(rest);
    setm(nullptr);
    unlockextra(rt, mp);
  }
  if (!early) returned(*mp);
  platform::mask_signals(masked);
}

// The race: the runtime ends. Whoever ends it says so, then waits until nobody has borrowed an M;
// whoever has borrowed one looks whether that was said. So the one sees the other, and no M is
// started that nobody joins. If the runtime ends while the callback waits for a P the goroutine
// stays where it is, and the M goes back to the list all the same: the next borrower gets it, and
// its answer.
//
// This thread's own stack is g0's for the time of the call, so what follows needm is mstart1's
// loop, which ends when the goroutine is back in its system call. Checked by: extram/*.
bool callback(runtime& rt, void (*f)(void*), void* argument) {
  call now{.f = f, .argument = argument};
  needm(rt);
  // seq_cst: after the count of borrowers
  if (rt.exiting.load(std::memory_order_seq_cst) != 0 &&
      !platform::defect(platform::defect_id("callback-after-the-end"))) {
    platform::mark("callback/exiting");
    dropm();
    return false;
  }
  m* mp = getm();
  g* gp = mp->curg.load(std::memory_order_relaxed);  // its own
  gp->arg.set(&now);
  while (gp != nullptr) {
    gp = gogo(gp);
    if (now.done) break;
    if (gp == nullptr) gp = schedule();
  }
  if (!now.done && platform::defect(platform::defect_id("callback-keeps-m"))) {
    setm(nullptr);  // the defect: it may have been the last
    returned(*mp);
    return false;
  }
  dropm();
  return now.done;
}

namespace {

std::int32_t locks(const m& mp) { return mp.locks.load(std::memory_order_relaxed); }  // its own
void count_locks(m& mp, std::int32_t by) {
  mp.locks.store(locks(mp) + by, std::memory_order_relaxed);  // its own
}

}  // namespace

// The race: a profiling signal between fork and exec, in the child too, whose handler finds a world
// of which only this thread is left; and a fork that is interrupted again and again never ends.
// Closed by turning profiling off on this thread, and keeping the goroutine on it.
// Checked by: prof/fork.
void beforefork() {
  m& mp = *getm();
  count_locks(mp, 1);
  // relaxed: its own
  if (mp.profilehz.load(std::memory_order_relaxed) != 0 &&
      !platform::defect(platform::defect_id("beforefork-keeps-profiling"))) {
    resetcpuprofiler(mp, 0);
  }
}

// The rate is sched's, which may have changed since; and the M's own is 0.
void afterfork() {
  m& mp = *getm();
  const bool own = platform::defect(platform::defect_id("afterfork-own-rate"));
  // relaxed, both: a change that is missed here is made by the next execute
  const std::int32_t hz = own ? mp.profilehz.load(std::memory_order_relaxed)
                              : mp.rt.sched.profilehz.load(std::memory_order_relaxed);
  if (hz != 0) resetcpuprofiler(mp, hz);
  releasem(&mp);
}

std::int32_t procPin() {
  m* mp = acquirem();
  return mp->p.load(std::memory_order_relaxed)->id;  // its own
}

// Go 1.6 counts m.locks down and no more, here, in afterfork and in setcpuprofilerate_m: a request
// for preemption that was refused in between is lost (as R12), until somebody asks again.
// Checked by: extram/pin.
void procUnpin() {
  m* mp = getm();
  if (platform::defect(platform::defect_id("procunpin-forgets-preempt"))) {
    count_locks(*mp, -1);
    return;
  }
  releasem(mp);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
