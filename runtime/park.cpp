#include "runtime/park.hpp"

#include "platform/check.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/lock_rank.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

bool parkunlock_c(g*, void* l) {
  unlock(*static_cast<mutex*>(l));
  return true;
}

// More goroutines are runnable than this M takes next: one went into the global queue, and the M
// takes one, from wherever.
bool leaves_work(runtime& rt, p* pp) {
  // relaxed: a hint; it is the look at npidle, behind a fence, that must not be missed
  return rt.sched.runqsize.load(std::memory_order_relaxed) > 1 || !runqempty(pp);
}

// Could nobody else run here? Then all that Gosched would do is to put its caller into the global
// queue and to take it from there: it begins a new time slice and goes on. (Go switches to g0 and
// back.) Not if somebody asks for a stop, nor when it is time to look at other Ps (others_first).
bool alone(m* mp, g* gp) {
  runtime& rt = mp->rt;
  // relaxed: who comes there now comes after this yield
  if (rt.sched.runqsize.load(std::memory_order_relaxed) != 0) return false;
  p* pp = mp->p.load(std::memory_order_relaxed);  // its own
  if (!runqempty(pp)) return false;
  // relaxed, both: its own; a request that is seen late is seen at the next safe point
  if (gp == mp->g0 || mp->locks.load(std::memory_order_relaxed) != 0 ||
      gp->stackguard0.load(std::memory_order_relaxed) != 0) {
    return false;
  }
  // relaxed, both: hints; who stops the world asks until it is heard
  if (rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0 ||
      pp->runSafePointFn.load(std::memory_order_relaxed) != 0) {
    return false;
  }
  constexpr std::uint32_t often = platform::config::sched_tick;
  const std::uint32_t tick = pp->schedtick.load(std::memory_order_relaxed);  // its own
  // relaxed: it changes while the world is stopped
  if (tick % often == often / 2 && rt.gomaxprocs.load(std::memory_order_relaxed) > 1) return false;
  pp->schedtick.store(tick + 1, std::memory_order_relaxed);  // its own; sysmon gets an estimate
  return true;
}

// Go wakes nobody here, although another goroutine may be runnable now (L06).
g* goschedImpl(g* gp) {
  runtime& rt = getrt();
  const std::uint32_t status = readgstatus(gp);
  if ((status & ~Gscan) != Grunning) {
    dumpgstatus(gp);
    throw_(rt, "bad g status");
  }
  casgstatus(gp, Grunning, Grunnable);
  dropg();
  lock(rt.sched.lock);
  globrunqput(rt, gp);
  unlock(rt.sched.lock);
  if (!platform::defect(platform::defect_id("gosched-wakes-nobody")) && leaves_work(rt, getp())) {
    wake_others(rt);
  }
  return nullptr;
}

}  // namespace

// No safe point lies between here and park_m, so nothing has to be done against preemption.
void gopark(bool (*unlockf)(g*, void*), void* l, const char* reason) {
  m* mp = getm();
  g* gp = mp->running;
  const std::uint32_t status = readgstatus(gp);
  if (status != Grunning && status != Gscanrunning) throw_(mp->rt, "gopark: bad g status");
  mp->waitlock = l;
  mp->waitunlockf = unlockf;
  gp->waitreason.store(reason, std::memory_order_relaxed);  // for schedtrace
  mcall(park_m);
}

void goparkunlock(mutex& l, const char* reason) { gopark(parkunlock_c, &l, reason); }

// The race: whoever is to ready the goroutine finds it while it still runs. Closed by the order:
// it is Gwaiting, off its stack and parted from its M before unlockf makes it known. Afterwards
// nothing of it is touched: it may run elsewhere already, with an M that is not this one (R13).
// Checked by: park/*.
g* park_m(g* gp) {
  m* mp = getm();
  bool (*unlockf)(g*, void*) = mp->waitunlockf;
  void* l = mp->waitlock;
  mp->waitunlockf = nullptr;
  mp->waitlock = nullptr;
  const bool early = platform::defect(platform::defect_id("park-unlocks-early"));
  if (early && unlockf != nullptr && unlockf(gp, l)) unlockf = nullptr;
  casgstatus(gp, Grunning, Gwaiting);
  const bool late = platform::defect(platform::defect_id("park-parts-late"));
  if (!late) dropg();
  if (unlockf != nullptr && !unlockf(gp, l)) {
    platform::mark("park/undone");
    casgstatus(gp, Gwaiting, Grunnable);
    return execute(gp, true);
  }
  if (late) dropg();
  return nullptr;
}

void ready(g* gp, bool next) {
  m* mp = getm();
  const std::uint32_t status = readgstatus(gp);
  if ((status & ~Gscan) != Gwaiting) {
    dumpgstatus(gp);
    throw_(mp->rt, "bad g->status in ready");
  }
  casgstatus(gp, Gwaiting, Grunnable);
  runqput(getp(), gp, next);
  wake_others(mp->rt);
}

// The safe point comes last: before it gp is in nobody's hands but ours.
void goready(g* gp, bool next) {
  no_rank_taken();
  systemstack([&] { ready(gp, next); });
  if (!platform::defect(platform::defect_id("goready-no-safepoint"))) safepoint();
}

// A locked goroutine goes the same way: its M gives the P away and waits for its turn (R10).
void Gosched() {
  m* mp = getm();
  if (platform::defect(platform::defect_id("gosched-locked-goes-on")) &&
      mp->lockedg.load(std::memory_order_relaxed) != nullptr) {  // its own
    return;
  }
  if (alone(mp, mp->running)) {
    platform::mark("gosched/alone");
    return;
  }
  mcall(gosched_m);
}

g* gosched_m(g* gp) { return goschedImpl(gp); }

g* gopreempt_m(g* gp) {
  platform::mark("safepoint/preempted");
  return goschedImpl(gp);
}

// Locked ones as well: Go leaves those wired while they are parked (L13).
void dropg() {
  m* mp = getm();
  // relaxed, all: this M's own; others that look get a hint
  if (platform::defect(platform::defect_id("dropg-keeps-locked")) &&
      mp->lockedg.load(std::memory_order_relaxed) != nullptr) {
    return;
  }
  // see above
  mp->curg.load(std::memory_order_relaxed)->m.store(nullptr, std::memory_order_relaxed);
  mp->curg.store(nullptr, std::memory_order_relaxed);  // see above
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
