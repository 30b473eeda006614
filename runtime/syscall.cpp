#include "runtime/syscall.hpp"

#include "platform/check.hpp"
#include "runtime/g_status.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/park.hpp"
#include "runtime/places.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Takes pp from the system call that left it, to `to`. False: somebody else has, or it never was.
bool take_from_syscall(p* pp, std::uint32_t to, bool plain = false) {
  if (plain) {
    pp->status.store(to, std::memory_order_seq_cst);  // the defect: whoever has taken it
    return true;
  }
  std::uint32_t status = Psyscall;
  // acquire: what is local to pp, from the release of whoever left it in Psyscall. seq_cst as all
  // changes of the status are, for the looks across at gcwaiting and runSafePointFn.
  return pp->status.compare_exchange(status, to, std::memory_order_seq_cst,
                                     std::memory_order_relaxed);  // nothing was learned
}

// Is the system call to end without a P, because the process crashes?
bool frozen(runtime& rt) {
  // relaxed: best effort, as freezetheworld is
  const std::int32_t stopwait = rt.sched.stopwait.load(std::memory_order_relaxed);
  // Every P that stops since counts it down, so it is not freezeStopWait for long. (As in Go.)
  const bool exact = platform::defect(platform::defect_id("exitsyscall-freeze-exact"));
  return stopwait >= (exact ? freezeStopWait : freezeStopWait / 2) &&
         !platform::defect(platform::defect_id("exitsyscall-ignores-freeze"));
}

// The defects of exitsyscallfast: a look and a store, and a P that was stopped meanwhile.
bool takes_plainly(p* pp) {
  const bool trusts = platform::defect(platform::defect_id("exitsyscallfast-plain"));
  const bool unstops = platform::defect(platform::defect_id("exitsyscallfast-unstops"));
  if (!trusts && !unstops) return false;
  const std::uint32_t status = pp->status.load(std::memory_order_seq_cst);  // the defects'
  return status == (trusts ? Psyscall : Pgcstop);
}

// Leaves pp in Psyscall, where it is anybody's, and looks who needs it.
//
// The races: the world is being stopped, or forEachP asks every P for its safe point, and whoever
// does that looks at our status while we look whether there is such a one. Closed by the order:
// both write first (we the status; he gcwaiting, or runSafePointFn) and then look (Dekker), all of
// it seq_cst. Go's load of gcwaiting was a plain one once, which POWER satisfies before the store
// (L03: the world never stops while the call lasts). And Go looks at runSafePointFn only before it
// changes the status: whoever sets the flag between the two, and finds the P running, waits until
// sysmon retakes it, or for ever. Here the look comes after it.
// Checked by: syscall/stop, syscall/safepoint.
void leave_p(m* mp, p* pp) {
  const bool early = platform::defect(platform::defect_id("entersyscall-safepoint-early"));
  // relaxed: the defect's, Go's look
  const bool asked_before = early && pp->runSafePointFn.load(std::memory_order_relaxed) != 0;
  if (!platform::defect(platform::defect_id("entersyscall-keeps-p"))) {
    mp->p.store(nullptr, std::memory_order_relaxed);  // our own
  }
  pp->m.store(nullptr, std::memory_order_relaxed);  // published by the status
  // release: all that is local to pp. seq_cst: before the looks below.
  pp->status.store(Psyscall, std::memory_order_seq_cst);
  // From here on pp may be another's.
  if (mp->rt.sched.gcwaiting.load(  // seq_cst: after the status, see above
          relaxed_by(platform::defect_id("entersyscall-gcwaiting-relaxed"),
                     std::memory_order_seq_cst)) != 0) {
    entersyscall_gcwait();
  }
  if (!early || asked_before) entersyscall_safepoint(pp);
}

}  // namespace

void count_syscall(p* pp) {
  // relaxed, both: only the owner writes it, and sysmon compares what it reads with what it read
  pp->syscalltick.store(pp->syscalltick.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);
}

// m.p moves to m.oldp, as later Go has it: 1.6 keeps in m.p a P that others may have taken, and run
// with (L11).
// Checked by: syscall/*.
void reentersyscall() {
  g* gp = getg();
  m* mp = acquirem();  // no preemption while half of it is done
  p* pp = getp();
  casgstatus(gp, Grunning, Gsyscall);
  if (platform::defect(platform::defect_id("entersyscall-status-reset"))) {
    gp->atomicstatus.store(Grunning, std::memory_order_seq_cst);  // the defect: newstack's
  }
  mp->syscalltick = pp->syscalltick.load(std::memory_order_relaxed);  // ours until we leave it
  mp->oldp = pp;
  leave_p(mp, pp);
  releasem(mp);
}

void entersyscall() { reentersyscall(); }

// The race: the stopper takes our P as well. Closed by the compare-exchange of the status: who
// succeeds counts it. By then it may be another M's system call that we count, or another stop that
// we count it for: the P is in a system call and the world stops, so it counts.
// Checked by: syscall/stop.
void entersyscall_gcwait() {
  runtime& rt = getrt();
  p* pp = getm()->oldp;
  const bool plain = platform::defect(platform::defect_id("entersyscall-gcwait-plain"));
  lock(rt.sched.lock);
  // relaxed: under sched.lock, as its every change
  if (rt.sched.stopwait.load(std::memory_order_relaxed) > 0 &&
      take_from_syscall(pp, Pgcstop, plain)) {
    platform::mark("entersyscall/gcwait");
    count_syscall(pp);
    stopped(pp);
  }
  unlock(rt.sched.lock);
}

void entersyscallblock() {
  g* gp = getg();
  m* mp = acquirem();
  p* pp = getp();
  mp->syscalltick = pp->syscalltick.load(std::memory_order_relaxed);  // ours: nobody else writes
  count_syscall(pp);
  casgstatus(gp, Grunning, Gsyscall);
  mp->oldp = nullptr;
  releasep();
  if (!platform::defect(platform::defect_id("entersyscallblock-forgets-handoff"))) handoffp(pp);
  releasem(mp);
}

// Checked by: syscall/*.
void exitsyscall() {
  g* gp = getg();
  m* mp = acquirem();
  gp->waitsince.set(0);
  const bool fast = exitsyscallfast();
  if (fast) {
    p* pp = getp();
    count_syscall(pp);
    casgstatus(gp, Gsyscall, Grunning);
    // Between our taking pp and writing p.m preemptall found nobody to ask.
    if (!platform::defect(platform::defect_id("exitsyscall-misses-preemption"))) stop_asked(pp, gp);
    releasem(mp);
    if (!platform::defect(platform::defect_id("exitsyscall-no-safepoint"))) safepoint();
    return;
  }
  releasem(mp);
  mcall(exitsyscall0);
  count_syscall(getp());  // perhaps on another M
}

// The race: whoever wants the P that we left takes it while we do. Closed by the compare-exchange
// of the status. It may have been taken, and left in another system call since: then it is that
// call from which we take it, which is allowed (L11's ABA).
//
// The glance at sched.pidle is racy: a P that it misses exitsyscall0 finds, with sched.lock.
// Checked by: syscall/*.
bool exitsyscallfast() {
  m* mp = getm();
  runtime& rt = mp->rt;
  p* oldp = mp->oldp;
  mp->oldp = nullptr;
  if (frozen(rt)) return false;
  const bool early = platform::defect(platform::defect_id("exitsyscallfast-wires-early"));
  const bool plain = oldp != nullptr && takes_plainly(oldp);
  if (early && oldp != nullptr) oldp->m.store(mp, std::memory_order_seq_cst);   // the defect's
  if (oldp != nullptr && take_from_syscall(oldp, Prunning, plain)) {
    mp->p.store(oldp, std::memory_order_relaxed);  // our own
    // seq_cst: before the look of stop_asked
    if (!early) oldp->m.store(mp, std::memory_order_seq_cst);
    if (mp->syscalltick != oldp->syscalltick.load(std::memory_order_relaxed)) {  // ours again
      platform::mark("exitsyscall/from-another-call");
      count_syscall(oldp);
    }
    world_runs(rt);
    return true;
  }
  // relaxed: a glance, see above
  return rt.sched.pidle.load(std::memory_order_relaxed) != nullptr && exitsyscallfast_pidle();
}

bool exitsyscallfast_pidle() {
  runtime& rt = getrt();
  lock(rt.sched.lock);
  p* pp = pidleget(rt);
  unlock(rt.sched.lock);
  if (pp == nullptr) return false;
  platform::mark("exitsyscall/idle-p");
  acquirep(pp);
  return true;
}

// No P at once: gp goes to the global queue.
//
// The race: a P becomes idle after our last look, its M having found no work before gp was in the
// queue. Closed by sched.lock: we look at the idle list and put gp into the queue, and he looks at
// the queue and puts his P on the list, each without letting go of it.
//
// After the unlock gp may be running elsewhere, unless it is locked to us: then whoever finds it
// gives us his P.
// Checked by: syscall/queued, syscall/locked.
g* exitsyscall0(g* gp) {
  m* mp = getm();
  runtime& rt = mp->rt;
  casgstatus(gp, Gsyscall, Grunnable);
  dropg();
  lock(rt.sched.lock);
  p* pp = nullptr;
  if (!frozen(rt) && !platform::defect(platform::defect_id("exitsyscall0-no-second-look"))) {
    pp = pidleget(rt);
  }
  if (pp == nullptr &&
      !platform::defect(platform::defect_id("exitsyscall0-forgets-globrunq"))) {
    globrunqput(rt, gp);
  }
  unlock(rt.sched.lock);
  if (pp != nullptr) {
    platform::mark("exitsyscall0/idle-p");
    acquirep(pp);
    return execute(gp, false);
  }
  // relaxed: our own
  if (mp->lockedg.load(std::memory_order_relaxed) != nullptr) {
    platform::mark("exitsyscall0/locked");
    return stoplockedm() ? execute(gp, false) : nullptr;
  }
  platform::mark("exitsyscall0/queued");
  stopm();  // false, the end, is what schedule will see as well
  return nullptr;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
