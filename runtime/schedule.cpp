#include "runtime/schedule.hpp"

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/findrunnable.hpp"
#include "runtime/g_status.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/places.hpp"
#include "runtime/prof.hpp"
#include "runtime/runq.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// The global queue once in a while, or goroutines that ready each other would occupy the local one
// for ever; then the local queue. Who was readied runs in the rest of the time slice; when that is
// over the queue comes first. The goroutine that is asked to give way then may end before its next
// safe point, and leave the slice, which nobody has changed, to another that it has started: in Go
// 1.6 a chain of such goroutines keeps all others from the P for ever.
// Checked by: schedule/tick, sysmon/chain*.
found next_in_line(m* mp) {
  runtime& rt = mp->rt;
  p* pp = mp->p.load(std::memory_order_relaxed);  // its own
  // relaxed, both: its own; a hint
  if (pp->schedtick.load(std::memory_order_relaxed) % platform::config::sched_tick == 0 &&
      rt.sched.runqsize.load(std::memory_order_relaxed) > 0 &&
      !platform::defect(platform::defect_id("schedule-no-tick"))) {
    platform::mark("schedule/tick");
    lock(rt.sched.lock);
    g* gp = globrunqget(rt, pp, 1);
    unlock(rt.sched.lock);
    if (gp != nullptr) return {gp, false};
  }
  // relaxed, both: a hint
  const bool over = pp->slice_over.load(std::memory_order_relaxed) != 0 &&
                    !platform::defect(platform::defect_id("schedule-endless-slice"));
  if (over) pp->slice_over.store(0, std::memory_order_relaxed);  // see above
  const runqget_result local = runqget(pp, over);
  if (local.gp != nullptr && mp->spinning.load(std::memory_order_relaxed) != 0) {  // its own
    throw_(rt, "schedule: spinning with local work");
  }
  return {local.gp, local.inheritTime};
}

// The other half of handoffp: gives pp to the idle list, unless there is something to do for it
// after all. True: it went there.
bool give_up(p* pp) {
  runtime& rt = pp->rt;
  lock(rt.sched.lock);
  // relaxed: set under sched.lock
  if (rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0) {
    platform::mark("handoffp/gcstop");
    stopped(pp);
    unlock(rt.sched.lock);
    return false;
  }
  if (!platform::defect(platform::defect_id("handoffp-skips-safepoint"))) safepoint_locked(pp);
  // relaxed: changes under sched.lock
  const bool work = rt.sched.runqsize.load(std::memory_order_relaxed) != 0;
  // The last P to go idle leaves nobody to poll the network (R07).
  // relaxed: npidle and gomaxprocs change under sched.lock; seq_cst: as findrunnable's exchange
  const bool last =
      rt.sched.npidle.load(std::memory_order_relaxed) + 1 ==
          static_cast<std::uint32_t>(rt.gomaxprocs.load(std::memory_order_relaxed)) &&
      rt.hook.netpoll != nullptr && rt.sched.lastpoll.load(std::memory_order_seq_cst) != 0 &&
      !platform::defect(platform::defect_id("handoffp-forgets-network"));
  if (last) platform::mark("handoffp/last");
  if (!work && !last) pidleput(pp);
  unlock(rt.sched.lock);
  if (work || last) startm(rt, pp, false);
  return !work && !last;
}

void clear_request(g* gp) {
  // relaxed, both: published with the goroutine
  gp->preempt.store(0, std::memory_order_relaxed);
  gp->stackguard0.store(0, std::memory_order_relaxed);  // see above
}

}  // namespace

g* schedule() {
  m* mp = getm();
  runtime& rt = mp->rt;
  // relaxed, both: its own
  if (mp->locks.load(std::memory_order_relaxed) != 0) throw_(rt, "schedule: holding locks");
  no_rank_taken();
  g* mine = mp->lockedg.load(std::memory_order_relaxed);  // see above
  if (mine != nullptr) return stoplockedm() ? execute(mine, false) : nullptr;

  for (;;) {
    // relaxed: a hint; who stops the world asks until it is heard
    if (rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0) {
      if (!gcstopm()) return nullptr;
      continue;
    }
    // relaxed: a hint here; on the ways into Pidle and Psyscall it is looked at in earnest
    if (getp()->runSafePointFn.load(std::memory_order_relaxed) != 0) runSafePointFn();

    found next = next_in_line(mp);
    if (next.gp == nullptr) next = findrunnable();
    if (next.gp == nullptr) return nullptr;
    if (mp->spinning.load(std::memory_order_relaxed) != 0) resetspinning();  // its own
    spins_no_more(*mp);
    // relaxed: published with gp
    if (next.gp->lockedm.load(std::memory_order_relaxed) == nullptr ||
        platform::defect(platform::defect_id("schedule-ignores-lockedm"))) {
      return execute(next.gp, next.inheritTime);
    }
    platform::mark("schedule/locked");
    if (!startlockedm(next.gp)) return nullptr;
  }
}

// The two are wired before the state says that the goroutine runs: whoever sees Grunning and looks
// for its M finds it (L12). And a request to stop must not get lost in between. Requests to whoever
// ran last are dropped before anybody can find this goroutine here, so those that come after stay,
// scang's too, which comes after Grunning; for those that found nobody, see stop_asked.
//
// Who inherits the time slice of whoever readied it leaves schedtick as it is: to sysmon two that
// ready each other are one that runs too long. Checked by: stop_world/preempt, schedule/slice.
g* execute(g* gp, bool inheritTime) {
  m* mp = getm();
  const bool late = platform::defect(platform::defect_id("execute-wires-late"));
  runs(gp);
  world_runs(mp->rt);
  if (late) casgstatus(gp, Grunnable, Grunning);
  clear_request(gp);
  // relaxed: its own; curg and the state publish it
  gp->m.store(mp, std::memory_order_relaxed);
  // seq_cst: before the looks of stop_asked. release: the cleared request, to preemptone
  mp->curg.store(gp, platform::defect(platform::defect_id("execute-curg-relaxed"))
                         ? std::memory_order_release
                         : std::memory_order_seq_cst);
  if (!late) casgstatus(gp, Grunnable, Grunning);
  gp->waitsince.set(0);
  p* pp = getp();
  if (!inheritTime || platform::defect(platform::defect_id("execute-new-slice"))) {
    // relaxed, both: its own; sysmon gets an estimate
    const std::uint32_t tick = pp->schedtick.load(std::memory_order_relaxed);
    pp->schedtick.store(tick + 1, std::memory_order_relaxed);  // see above
  }
  const std::int32_t hz = mp->rt.sched.profilehz.load(std::memory_order_relaxed);  // a hint
  if (mp->profilehz.load(std::memory_order_relaxed) != hz) resetcpuprofiler(*mp, hz);  // its own
  if (!platform::defect(platform::defect_id("execute-unasked"))) stop_asked(pp, gp);
  return gp;
}

// The race: goroutines that were readied while this M was the only one that spun woke nobody.
// Closed by waking the next, if it was the last (R04). Checked by: spinning/*.
void resetspinning() {
  m* mp = getm();
  sched_t& sched = mp->rt.sched;
  if (mp->spinning.exchange(0, std::memory_order_relaxed) == 0) {  // its own
    throw_(mp->rt, "resetspinning: not a spinning m");
  }
  spin_counted(*mp, false);
  // seq_cst: before the look at npidle
  const std::uint32_t before = sched.nmspinning.fetch_add(~0u, std::memory_order_seq_cst);
  if (before == 0) throw_(mp->rt, "findrunnable: negative nmspinning");
  if (platform::defect(platform::defect_id("resetspinning-wakes-nobody"))) return;
  if (before == 1 && sched.npidle.load(std::memory_order_seq_cst) > 0) {  // after the count
    platform::mark("resetspinning/wakes");
    wakep(mp->rt);
  }
}

void wakep(runtime& rt) {
  std::uint32_t none = 0;
  // seq_cst: one order of all counts of spinners
  if (!rt.sched.nmspinning.compare_exchange(none, 1, std::memory_order_seq_cst,
                                            std::memory_order_relaxed)) {
    return;
  }
  startm(rt, nullptr, true);
}

// seq_cst fence: the goroutine is in its queue before we look whether anybody will find it; the
// other half is in findrunnable.
void wakep_if_needed(runtime& rt) {
  if (!platform::defect(platform::defect_id("ready-no-fence"))) {
    platform::fence(std::memory_order_seq_cst);  // the StoreLoad barrier of schedule.hpp
  }
  // seq_cst, both: behind the fence; one order of all counts
  if (rt.sched.npidle.load(std::memory_order_seq_cst) != 0 &&
      rt.sched.nmspinning.load(std::memory_order_seq_cst) == 0) {  // see above
    wakep(rt);
  }
}

// The race: while the P is on its way to the idle list nobody sees it as idle, so who readies a
// goroutine then wakes nobody; and the spinning M that it counted on may just have given up (L02).
// Closed by looking at all queues once more when it is idle, as findrunnable does.
// Checked by: spinning/*.
void handoffp(p* pp) {
  runtime& rt = pp->rt;
  const bool trusts = platform::defect(platform::defect_id("handoffp-spins-with-work"));
  // relaxed: a hint; looked at again under sched.lock
  if ((!trusts && !runqempty(pp)) || rt.sched.runqsize.load(std::memory_order_relaxed) != 0) {
    platform::mark("handoffp/work");
    startm(rt, pp, false);
    return;
  }
  // seq_cst, all: one order of all counts
  std::uint32_t none = 0;
  if (rt.sched.nmspinning.load(std::memory_order_seq_cst) +  // see above
              rt.sched.npidle.load(std::memory_order_seq_cst) == 0 &&  // see above
      rt.sched.nmspinning.compare_exchange(none, 1, std::memory_order_seq_cst,  // see above
                                           std::memory_order_relaxed)) {
    platform::mark("handoffp/spin");
    startm(rt, pp, true);
    return;
  }
  if (!give_up(pp)) return;
  platform::mark("handoffp/idle");
  if (platform::defect(platform::defect_id("handoffp-no-second-look"))) return;
  platform::fence(std::memory_order_seq_cst);  // npidle before the queues, as in findrunnable
  if (any_work(rt)) {
    platform::mark("handoffp/second-look");
    wakep_if_needed(rt);
  }
}

// Go changes the states under sched.lock, and so waits under it for who scans one (half of R14).
void injectglist(runtime& rt, g* glist) {
  if (glist == nullptr) return;
  std::int32_t n = 0;
  g* last = nullptr;
  for (g* gp = glist; gp != nullptr; gp = gp->schedlink.get()) {
    casgstatus(gp, Gwaiting, Grunnable);
    enqueued(gp);
    last = gp;
    n++;
  }
  lock(rt.sched.lock);
  globrunqputbatch(rt, glist, last, n);
  unlock(rt.sched.lock);
  // seq_cst: after the unlock, which is after the put; a P goes idle under sched.lock, and looks at
  // the global queue there
  for (; n != 0 && rt.sched.npidle.load(std::memory_order_seq_cst) != 0; n--) {
    startm(rt, nullptr, false);
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
