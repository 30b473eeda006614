#include "runtime/stop_world.hpp"

#include <algorithm>

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/places.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Most Ms that take part in a collection (Go: _MaxGcproc).
constexpr std::int32_t max_gcproc = 32;

// One P fewer to wait for. REQUIRES: sched.lock is held. Returns how many are left.
std::int32_t count_down(runtime& rt) {
  return rt.sched.stopwait.fetch_add(-1, std::memory_order_relaxed) - 1;  // under the lock
}

// Stops the Ps of Ms that are in a system call, but those whose M comes back first, and the idle
// ones. REQUIRES: sched.lock is held, gcwaiting is set.
void stop_those_without_m(runtime& rt, std::int32_t procs) {
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    // seq_cst: after gcwaiting, see stopTheWorldWithSema
    std::uint32_t status = pp->status.load(std::memory_order_seq_cst);
    if (status != Psyscall) continue;
    if (platform::defect(platform::defect_id("stopTheWorld-syscall-left"))) continue;
    // acquire: what its M did with it before the system call
    if (!pp->status.compare_exchange(status, Pgcstop, std::memory_order_acquire,
                                     std::memory_order_relaxed)) {
      platform::mark("stop_world/came-first");
      continue;
    }
    platform::mark("stop_world/retaken");
    pp->syscalltick.fetch_add(1, std::memory_order_relaxed);  // a count
    count_down(rt);
  }
  if (platform::defect(platform::defect_id("stopTheWorld-idle-left"))) return;
  for (p* pp = pidleget(rt); pp != nullptr; pp = pidleget(rt)) {
    platform::mark("stop_world/idle");
    pp->status.store(Pgcstop, std::memory_order_relaxed);  // it is ours, under the lock
    count_down(rt);
  }
}

void check_stopped(runtime& rt, std::int32_t procs) {
  // relaxed, both: written under sched.lock or by ourselves, and the note came after
  if (rt.sched.stopwait.load(std::memory_order_relaxed) != 0) {
    throw_(rt, "stopTheWorld: not stopped");
  }
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    if (pp->status.load(std::memory_order_relaxed) != Pgcstop) {  // see above
      throw_(rt, "stopTheWorld: not stopped");
    }
  }
}

// The Ms that could take part in a collection, whether they exist or not.
std::int32_t wanted_gcprocs(runtime& rt) {
  // relaxed: it changes under sched.lock, which is held
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);
  return std::min({procs, static_cast<std::int32_t>(platform::ncpu()), max_gcproc});
}

// The defect R05: whether a P has work is seen when others run already, and may have taken it; and
// those after it are thought to have none either.
bool goes_idle_instead(runtime& rt, p* pp) {
  if (!platform::defect(platform::defect_id("startTheWorld-scans-late"))) return false;
  if (!runqempty(pp)) return false;
  lock(rt.sched.lock);
  while (pp != nullptr) {
    p* next = pp->link.get();
    m* mp = pp->m.load(std::memory_order_relaxed);  // by procresize, our own call
    pp->m.store(nullptr, std::memory_order_relaxed);  // under the lock
    if (mp != nullptr) mput(mp);
    pidleput(pp);
    pp = next;
  }
  unlock(rt.sched.lock);
  return true;
}

// Has the Ps that have work run, each by the idle M that procresize gave it, or by a new one.
// Returns whether one was made.
bool start_runnable(runtime& rt, p* list) {
  bool made = false;
  while (list != nullptr) {
    p* pp = list;
    if (goes_idle_instead(rt, pp)) break;
    list = pp->link.get();
    m* mp = pp->m.load(std::memory_order_relaxed);  // by procresize, our own call
    if (mp != nullptr) {
      platform::mark("start_world/wake");
      pp->m.store(nullptr, std::memory_order_relaxed);  // published by the wakeup
      if (mp->nextp.get() != nullptr) throw_(rt, "startTheWorld: inconsistent mp->nextp");
      mp->nextp.set(pp);
      notewakeup(mp->park);
    } else {
      platform::mark("start_world/new-m");
      newm(rt, nullptr, pp);
      made = true;
    }
    // the defect: a P that has work stays without an M
    if (platform::defect(platform::defect_id("startTheWorld-starts-one"))) break;
  }
  return made;
}

}  // namespace

// Two goroutines that want to stop the world are kept apart by worldsema, and so is who changes
// gomaxprocs from who counts on it.
void stopTheWorld(const char* reason) {
  runtime& rt = getrt();
  semacquire(rt.worldsema);
  getm()->preemptoff.store(reason, std::memory_order_relaxed);  // our own; for traces
  systemstack([&] { stopTheWorldWithSema(rt); });
}

// The races: a request for preemption that comes while we do this must not be consumed before we
// can follow it, or the next who stops the world waits for a goroutine that knows of nothing. In
// Go 1.6 that can happen: preemptoff refuses, and whoever clears it does not look again. Closed by
// m.locks, since releasem looks. And a goroutine that does this in a loop must let the others stop
// the world too (L20): the semaphore is handed to who has waited longest.
//
// worldsema is held until the world runs, so that gomaxprocs is stable for who holds it (N05).
// Checked by: stop_world/*.
void startTheWorld() {
  runtime& rt = getrt();
  m* mp = acquirem();
  mp->preemptoff.store("", std::memory_order_relaxed);  // our own; for traces
  const bool first = platform::defect(platform::defect_id("startTheWorld-sema-first"));
  const bool handoff = !platform::defect(platform::defect_id("startTheWorld-no-handoff"));
  if (first) semrelease(rt, rt.worldsema, handoff);  // the defect: before the start
  systemstack([&] { startTheWorldWithSema(rt); });
  if (!first) semrelease(rt, rt.worldsema, handoff);
  releasem(mp);
}

// The race: an M enters a system call while we look at its P. It says so (Psyscall) and then looks
// at gcwaiting; we set gcwaiting and then look at its P. Both seq_cst, so one of the two sees the
// other (Dekker), and the compare-exchange lets only one of them stop the P. Go 1.6 looks at
// gcwaiting with a plain load, which POWER may do early: neither sees the other, and the P is never
// counted (L03). Checked by: stop_world/syscall.
//
// An M that comes back from its call, or begins a goroutine, while we look: see stop_asked.
// Idle Ps change hands under sched.lock only. Who has a P and sees gcwaiting comes to gcstopm.
//
// The repetition is for what preemptall missed. Nothing that we know of: the scenarios pass without
// timeouts, but a freeze (freezetheworld) is best-effort.
void stopTheWorldWithSema(runtime& rt) {
  // relaxed: our own. Who waits for a lock that we hold does not stop.
  if (getm()->locks.load(std::memory_order_relaxed) > 0) {
    throw_(rt, "stopTheWorld: holding locks");
  }
  no_rank_taken();
  lock(rt.sched.lock);
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);  // worldsema is ours
  rt.sched.stopwait.store(procs, std::memory_order_relaxed);  // under the lock
  // seq_cst: before the looks at the Ps, at their Ms, and at what these run
  rt.sched.gcwaiting.store(
      1, relaxed_by(platform::defect_id("stopTheWorld-gcwaiting-relaxed"),
                    std::memory_order_seq_cst));
  preemptall(rt);
  getp()->status.store(Pgcstop, std::memory_order_relaxed);  // ours, and only for show
  count_down(rt);
  stop_those_without_m(rt, procs);
  const bool wait = rt.sched.stopwait.load(std::memory_order_relaxed) > 0;  // under the lock
  unlock(rt.sched.lock);

  if (wait) {
    platform::mark("stop_world/wait");
    while (!notetsleep(rt.sched.stopnote, rt.stop_again_after)) {
      platform::mark("stop_world/ask-again");
      preemptall(rt);
    }
    noteclear(rt.sched.stopnote);
  }
  check_stopped(rt, procs);
  set_stopped(rt, true);
}

// The race: a P that has work and gets no M (R06). procresize collects the Ps that have some before
// any M runs, so that none can steal in between (R05), and each gets its M here. What the Ms of the
// other Ps would find, a spinning one is woken for.
//
// No order is needed for the end of gcwaiting: who has a P got it after, by a note, by sched.lock
// or by the P's status. Checked by: stop_world/*.
void startTheWorldWithSema(runtime& rt) {
  set_stopped(rt, false);
  m* self = acquirem();  // a P is in a local variable
  if (rt.hook.netpoll != nullptr) injectglist(rt, rt.hook.netpoll(rt, false));
  bool add = rt.hook.gchelper != nullptr && needaddgcproc(rt);
  lock(rt.sched.lock);
  std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);  // under the lock
  if (rt.newprocs.get() != 0) {
    procs = rt.newprocs.get();
    rt.newprocs.set(0);
  }
  p* runnable = procresize(rt, procs);
  rt.sched.gcwaiting.store(0, std::memory_order_relaxed);  // see above
  // relaxed, both: under the lock
  if (rt.sched.sysmonwait.load(std::memory_order_relaxed) != 0) {
    rt.sched.sysmonwait.store(0, std::memory_order_relaxed);  // see above
    notewakeup(rt.sched.sysmonnote);
  }
  unlock(rt.sched.lock);

  if (start_runnable(rt, runnable)) add = false;
  // There may be more work than those can do: in their queues, or in the global one.
  wakep_if_needed(rt);
  // A helper for the next time, if there was one too few.
  if (add) newm(rt, mhelpgc, nullptr);
  releasem(self);
}

// The race: the stopper counts on us while we do. Under sched.lock each P is counted once, by
// whoever makes it Pgcstop, and who counts the last wakes the stopper.
// Nobody whom we know of spins instead of us: startTheWorld wakes as many as there is work for.
// Checked by: stop_world/*.
bool gcstopm() {
  m* self = getm();
  runtime& rt = self->rt;
  // relaxed: we have seen it set, and it stays until our P has stopped
  if (rt.sched.gcwaiting.load(std::memory_order_relaxed) == 0) {
    throw_(rt, "gcstopm: not waiting for gc");
  }
  if (self->spinning.load(std::memory_order_relaxed) != 0) {  // our own
    platform::mark("gcstopm/spinning");
    self->spinning.store(0, std::memory_order_relaxed);  // see above
    const bool forgets = platform::defect(platform::defect_id("gcstopm-stays-counted"));
    if (!forgets) spin_counted(*self, false);
    // relaxed: nobody needs to see that there is one fewer; startTheWorld wakes some
    if (!forgets && rt.sched.nmspinning.fetch_add(static_cast<std::uint32_t>(-1),
                                                  std::memory_order_relaxed) == 0) {
      throw_(rt, "gcstopm: negative nmspinning");
    }
  }
  p* pp = releasep();
  lock(rt.sched.lock);
  stopped(pp);
  unlock(rt.sched.lock);
  return stopm();
}

void stopped(p* pp) {
  pp->status.store(Pgcstop, std::memory_order_relaxed);  // ours, published by the lock
  if (platform::defect(platform::defect_id("gcstopm-uncounted"))) return;
  if (count_down(pp->rt) != 0) return;
  platform::mark("stop_world/last");
  if (platform::defect(platform::defect_id("gcstopm-last-silent"))) return;
  notewakeup(pp->rt.sched.stopnote);
}

// Requests can be lost in races with those that they are for, and stopwait in one with a stop of
// the world. So it is tried several times, and that is all.
void freezetheworld(runtime& rt) {
  for (int i = 0; i < 5; i++) {
    // see above
    rt.sched.stopwait.store(freezeStopWait, std::memory_order_relaxed);  // best-effort
    rt.sched.gcwaiting.store(1, std::memory_order_seq_cst);  // as in stopTheWorldWithSema
    if (!preemptall(rt)) break;  // nobody runs
    platform::usleep(1000);
  }
  platform::usleep(1000);  // to be sure
  preemptall(rt);
  platform::usleep(1000);
}

bool preemptall(runtime& rt) {
  bool asked = false;
  // acquire: the Ps. Who freezes the world does not hold worldsema
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_acquire);
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    // seq_cst: after gcwaiting or runSafePointFn, see stop_asked
    if (pp->status.load(std::memory_order_seq_cst) != Prunning) continue;
    if (preemptone(pp)) asked = true;
  }
  return asked;
}

// The races: the M goes on to another goroutine, or gets or loses the P, while we look at both.
// Then the wrong one is asked, which does no harm but that it gives way; or none is, and then the
// new one sees why we came: see stop_asked. The request is made in two words, and the goroutine
// may see only the second: closed by their order, so that whoever refuses, in the middle of
// something, finds `preempt` when it is done (R12). Checked by: stop_world/preempt,
// stop_world/locks.
bool preemptone(p* pp) {
  // seq_cst, both: see stop_asked
  m* mp = pp->m.load(std::memory_order_seq_cst);
  if (mp == nullptr || mp == getm()) return false;
  g* gp = mp->curg.load(std::memory_order_seq_cst);  // see above
  if (gp == nullptr || gp == mp->g0) return false;
  platform::mark("preemptone/asked");
  gp->preempt.store(1, std::memory_order_relaxed);  // published by stackguard0
  // release: preempt, to the goroutine that looks at this word first
  gp->stackguard0.store(stackPreempt, relaxed_by(platform::defect_id("preemptone-unordered"),
                                                 std::memory_order_release));
  return true;
}

std::int32_t gcprocs(runtime& rt) {
  lock(rt.sched.lock);
  const std::int32_t n = std::min(wanted_gcprocs(rt), rt.sched.nmidle.get() + 1);  // and ourselves
  unlock(rt.sched.lock);
  return n;
}

bool needaddgcproc(runtime& rt) {
  lock(rt.sched.lock);
  const bool need = wanted_gcprocs(rt) > rt.sched.nmidle.get() + 1;
  unlock(rt.sched.lock);
  return need;
}

// The Ms that helped come back to stopm's list, each by itself, and have their P no more.
// Nothing takes an M off the list between gcprocs and this: the world is stopped, so there is no P
// to start one for.
// Checked by: stop_world/helpgc.
void helpgc(runtime& rt, std::int32_t nproc) {
  const p* own = getp();
  lock(rt.sched.lock);
  std::size_t next = 0;
  for (std::int32_t n = 1; n < nproc; n++) {
    if (rt.allp[next] == own && !platform::defect(platform::defect_id("helpgc-own-p"))) next++;
    m* mp = mget(rt);
    if (mp == nullptr) throw_(rt, "gcprocs inconsistency");
    // relaxed, both: it sleeps, and the wakeup publishes them
    mp->helpgc.store(n, std::memory_order_relaxed);
    mp->p.store(rt.allp[next], std::memory_order_relaxed);  // see above
    next++;
    notewakeup(mp->park);
  }
  unlock(rt.sched.lock);
}

void mhelpgc() {
  getm()->helpgc.store(-1, std::memory_order_relaxed);  // our own
}

// The race: when the last is counted the collector goes on, and may begin the next collection with
// fewer helpers, while one that was counted before has yet to see how many there were: it takes
// itself for the last of the new ones (R31). Closed by reading nproc before ndone is counted.
// Checked by: stop_world/helpgc.
void gchelper(m& mp) {
  gcwork_t& work = mp.rt.gcwork;
  if (mp.rt.hook.gchelper != nullptr) mp.rt.hook.gchelper(mp);
  std::int32_t nproc = work.nproc.load(std::memory_order_relaxed);  // by who woke us
  // acq_rel: what each helper did, to who waits; and nproc before it
  const std::int32_t done = work.ndone.fetch_add(1, std::memory_order_acq_rel) + 1;
  if (platform::defect(platform::defect_id("gchelper-reads-nproc-late"))) {
    nproc = work.nproc.load(std::memory_order_relaxed);  // the defect: of the next collection
  }
  if (done == nproc - 1) notewakeup(work.alldone);
}

std::int32_t starthelpers(runtime& rt) {
  gcwork_t& work = rt.gcwork;
  const std::int32_t n = gcprocs(rt);
  // relaxed, both: published by the wakeups
  work.nproc.store(n, std::memory_order_relaxed);
  work.ndone.store(0, std::memory_order_relaxed);  // see above
  noteclear(work.alldone);
  if (n > 1) helpgc(rt, n);
  return n;
}

void waithelpers(runtime& rt) {
  // relaxed: written by ourselves, in starthelpers
  if (rt.gcwork.nproc.load(std::memory_order_relaxed) > 1) notesleep(rt.gcwork.alldone);
}

// The race: two calls. Each must return what the other set, or both what there was before the
// first; so, other than in Go 1.6, it is read again when the world has stopped.
// Checked by: stop_world/gomaxprocs.
std::int32_t GOMAXPROCS(runtime& rt, std::int32_t n) {
  if (!platform::defect(platform::defect_id("GOMAXPROCS-no-safepoint"))) safepoint();
  n = std::min<std::int32_t>(n, platform::config::max_gomaxprocs);
  lock(rt.sched.lock);
  std::int32_t was = rt.gomaxprocs.load(std::memory_order_relaxed);  // under the lock
  unlock(rt.sched.lock);
  if (n <= 0 || n == was) return was;

  stopTheWorld("GOMAXPROCS");
  if (!platform::defect(platform::defect_id("GOMAXPROCS-read-early"))) {
    was = rt.gomaxprocs.load(std::memory_order_relaxed);  // worldsema is ours
  }
  rt.newprocs.set(n);
  startTheWorld();
  return was;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
