#include "runtime/sysmon.hpp"

#include <algorithm>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t scavengelimit = 300'000 * ms;  // unused for that long, memory is given back

bool ends(runtime& rt) {
  // relaxed: nothing that is read after it needs more than the flag
  return rt.exiting.load(std::memory_order_relaxed) != 0;
}

// Is there nothing to watch? REQUIRES, for an answer to act on: sched.lock is held.
bool nothing_to_watch(runtime& rt) {
  // relaxed, all: a glance; and under sched.lock, with which they change
  return rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0 ||
         rt.sched.npidle.load(std::memory_order_relaxed) ==
             static_cast<std::uint32_t>(rt.gomaxprocs.load(std::memory_order_relaxed));
}

// Sleeps while there is nothing to watch.
//
// The race: somebody takes a P off the idle list, or starts the world, while we go to sleep. Closed
// by sched.lock: we look again and say that we sleep (sysmonwait) without letting go of it, and
// they take the P and look whether we sleep. And: somebody wakes us while our sleep runs out. We
// take back sysmonwait and clear the note under the lock, so that each saying is answered by at
// most one wakeup, and each wakeup is cleared before the next saying.
// Checked by: sysmon/sleep.
void sleep_unwatched(runtime& rt, sysmon_state& s) {
  const bool unlocked = platform::defect(platform::defect_id("sysmon-no-second-look"));
  lock(rt.sched.lock);
  if (!ends(rt) && (unlocked || nothing_to_watch(rt))) {
    platform::mark("sysmon/sleep");
    rt.sched.sysmonwait.store(1, std::memory_order_relaxed);  // under sched.lock
    unlock(rt.sched.lock);
    // Short enough for the periods that are counted here.
    std::int64_t most = rt.forcegc.period / 2;
    if (scavengelimit < rt.forcegc.period) most = scavengelimit / 2;
    if (rt.forcegc.period < 0) most = rt.hook.scavenge == nullptr ? -1 : scavengelimit / 2;
    notetsleep(rt.sched.sysmonnote, most);
    const bool early = platform::defect(platform::defect_id("sysmon-clears-unlocked"));
    if (early) noteclear(rt.sched.sysmonnote);  // the defect: a wakeup may be on its way
    lock(rt.sched.lock);
    rt.sched.sysmonwait.store(0, std::memory_order_relaxed);  // under sched.lock
    if (!early) noteclear(rt.sched.sysmonnote);
    s.idle = 0;
    s.delay = 20;
  }
  unlock(rt.sched.lock);
}

// Makes a list of goroutines runnable.
//
// The race (R08; L04 for the goroutine that forces collections): startm, in injectglist, takes the
// last P and has yet to make an M for it, when the last M that runs goes to sleep. It sees
// runnable goroutines and nobody to run them, since we are not counted: "all goroutines are
// asleep". Closed by pretending, meanwhile, that one sleeping M less sleeps; and, as later Go does,
// by startm's counting the M before it makes it. Checked by: sysmon/forcegc.
void inject(runtime& rt, g* list, bool pretend) {
  if (pretend) incidlelocked(rt, -1);
  injectglist(rt, list);
  if (pretend) incidlelocked(rt, 1);
}

// Polls the network, if nobody has for 10 ms.
void poll(runtime& rt, std::int64_t now) {
  if (rt.hook.netpoll == nullptr) return;
  // relaxed: whoever polls, and what it returns, is not ordered by this
  std::uint64_t lastpoll = rt.sched.lastpoll.load(std::memory_order_relaxed);
  if (lastpoll == 0 || static_cast<std::int64_t>(lastpoll) + 10 * ms >= now) return;
  platform::mark("sysmon/poll");
  // relaxed: as above. A failure means that somebody polls.
  rt.sched.lastpoll.compare_exchange(lastpoll, static_cast<std::uint64_t>(now),
                                     std::memory_order_relaxed, std::memory_order_relaxed);
  g* list = rt.hook.netpoll(rt, false);
  if (list == nullptr) return;
  inject(rt, list, true);
}

// Wakes the goroutine that forces collections, if there was none for long.
void force_gc(runtime& rt, std::int64_t now) {
  // relaxed: a point in time, nothing more
  const std::uint64_t last = rt.forcegc.last_gc.load(std::memory_order_relaxed);
  if (last == 0 || rt.forcegc.period < 0) return;
  if (now - static_cast<std::int64_t>(last) <= rt.forcegc.period) return;
  // relaxed: a glance; only we set it back, so under the lock it is still set
  if (rt.forcegc.idle.load(std::memory_order_relaxed) == 0) return;
  platform::mark("sysmon/forcegc");
  lock(rt.forcegc.lock);
  rt.forcegc.idle.store(0, std::memory_order_relaxed);  // under forcegc.lock
  g* gp = rt.forcegc.gp.get();
  gp->schedlink.set(nullptr);
  inject(rt, gp, !platform::defect(platform::defect_id("startm-counts-late")));
  unlock(rt.forcegc.lock);
}

// Takes pp from the system call that it is in, and gives it to whom it is of use.
//
// The races: its M comes back, the world is stopped, forEachP forces it: closed by the
// compare-exchange of the status. And (R08): its M comes back, finds no P, and goes to sleep as
// the last one while we have yet to start another: closed as in inject, before the
// compare-exchange. Checked by: syscall/retake, sysmon/counted.
bool take(runtime& rt, p* pp) {
  const bool pretend = !platform::defect(platform::defect_id("retake-uncounted"));
  if (pretend) incidlelocked(rt, -1);
  std::uint32_t status = Psyscall;
  bool taken = true;
  if (platform::defect(platform::defect_id("retake-plain"))) {
    pp->status.store(Pidle, std::memory_order_seq_cst);  // the defect: whatever it is now
  } else {
    // acquire: what is local to pp, from its M's release. seq_cst: as all changes of the status.
    taken = pp->status.compare_exchange(status, Pidle, std::memory_order_seq_cst,
                                        std::memory_order_relaxed);  // nothing was learned
  }
  if (taken) {
    platform::mark("retake/taken");
    count_syscall(pp);
    if (!platform::defect(platform::defect_id("retake-forgets-handoff"))) handoffp(pp);
  } else {
    platform::mark("retake/gone");
  }
  if (pretend) incidlelocked(rt, 1);
  return taken;
}

// Is pp in the same time slice as 10 ms ago?
bool too_long(p* pp, std::int64_t now) {
  // relaxed: a change that is seen late makes the slice seem longer by one look
  const std::uint32_t t = pp->schedtick.load(std::memory_order_relaxed);
  if (pp->pdesc.schedtick.get() != t) {
    pp->pdesc.schedtick.set(t);
    pp->pdesc.schedwhen.set(now);
    return false;
  }
  return pp->pdesc.schedwhen.get() + forcePreemptNS <= now;
}

// Should pp be taken from its system call? `slice_over`: its goroutine has run, or called, for too
// long.
bool wanted(p* pp, bool slice_over, std::int64_t now) {
  // relaxed: as schedtick in too_long
  const std::uint32_t t = pp->syscalltick.load(std::memory_order_relaxed);
  if (pp->pdesc.syscalltick.get() != t &&  // the call is younger than our last look
      !(slice_over && platform::defect(platform::defect_id("retake-old-age")))) {
    pp->pdesc.syscalltick.set(t);
    pp->pdesc.syscallwhen.set(now);
    if (!slice_over) return false;
  }
  // With nothing to run, and somebody who could, it may stay where it is for a while; not for ever,
  // since we could not sleep. relaxed, both: hints, the next look sees more.
  sched_t& sched = pp->rt.sched;
  return !runqempty(pp) ||
         sched.nmspinning.load(std::memory_order_relaxed) +  // see above
                 sched.npidle.load(std::memory_order_relaxed) ==  // see above
             0 ||
         pp->pdesc.syscallwhen.get() + 10 * ms <= now;
}

}  // namespace

void wake_sysmon(runtime& rt) {
  // relaxed, both: under sched.lock, as every change
  if (rt.sched.sysmonwait.load(std::memory_order_relaxed) == 0) return;
  platform::mark("sysmon/woken");
  if (!platform::defect(platform::defect_id("wake-sysmon-forgets"))) {
    rt.sched.sysmonwait.store(0, std::memory_order_relaxed);  // as above
  }
  notewakeup(rt.sched.sysmonnote);
}

// Go 1.6 judges a P in a system call by that call alone: a goroutine that makes short ones, one
// after the other, keeps its P for ever, since each look sees another call (L10). Here the time
// slice counts in a system call as well, as in later Go: a goroutine that has used it up loses its
// P in the next call that is looked at, if anybody waits for it; later Go's then loses it to nobody
// as well, however young the call, look by look.
// Checked by: syscall/retake, sysmon/short_calls, sysmon/starved, sysmon/chain*,
// sysmon/calls-alone.
std::uint32_t retake(runtime& rt, std::int64_t now) {
  std::uint32_t taken = 0;
  // acquire: the Ps below it, from procresize
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_acquire);
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    // relaxed: the compare-exchange of take confirms it
    const std::uint32_t status = pp->status.load(std::memory_order_relaxed);
    if (status != Prunning && status != Psyscall) continue;
    bool slice_over = false;
    if (status == Prunning || !platform::defect(platform::defect_id("retake-go16"))) {
      slice_over = too_long(pp, now);
    }
    // Whoever goes on with pp, on whatever M. relaxed: a hint: the next look says it again
    if (slice_over) pp->slice_over.store(1, std::memory_order_relaxed);
    if (status == Prunning) {
      if (slice_over) {
        platform::mark("retake/preempt");
        if (!platform::defect(platform::defect_id("retake-forgets-preempt"))) preemptone(pp);
      }
    } else if (wanted(pp, slice_over, now) && take(rt, pp)) {
      taken++;
    }
  }
  return taken;
}

bool sysmon_round(runtime& rt, sysmon_state& s) {
  if (s.idle == 0) {
    s.delay = 20;
  } else if (s.idle > 50) {
    s.delay *= 2;  // after 1 ms without work
  }
  s.delay = std::min(s.delay, 10'000U);
  platform::usleep(s.delay);
  if (rt.debug_schedtrace <= 0 && nothing_to_watch(rt)) sleep_unwatched(rt, s);
  if (ends(rt)) return false;
  sysmon_look(rt, s, platform::nanotime());
  return true;
}

void sysmon_look(runtime& rt, sysmon_state& s, std::int64_t now) {
  poll(rt, now);
  if (retake(rt, now) != 0) {
    s.idle = 0;
  } else {
    s.idle++;
  }
  force_gc(rt, now);
  if (s.lastscavenge + scavengelimit / 2 < now) {
    if (rt.hook.scavenge != nullptr) rt.hook.scavenge(rt, s.nscavenge, now, scavengelimit);
    s.lastscavenge = now;
    s.nscavenge++;
  }
  if (rt.debug_schedtrace > 0 && s.lasttrace + rt.debug_schedtrace * ms <= now) {
    s.lasttrace = now;
    gwrite(rt, schedtrace(rt, rt.debug_scheddetail, now));
  }
}

void sysmon() {
  runtime& rt = getrt();
  sysmon_state s;
  s.lastscavenge = platform::nanotime();
  while (sysmon_round(rt, s)) {
  }
}

// The race: sysmon readies the goroutine before it is parked. Closed by forcegc.lock, which is let
// go when it is. Checked by: sysmon/forcegc.
void forcegchelper(void* argument) {
  runtime& rt = *static_cast<runtime*>(argument);
  rt.forcegc.gp.set(getg());
  for (;;) {
    const bool inverts = platform::defect(platform::defect_id("forcegc-lock-order"));
    if (inverts) lock(rt.sched.lock);  // the defect: sysmon takes this one with forcegc.lock held
    lock(rt.forcegc.lock);
    if (inverts) unlock(rt.sched.lock);
    // relaxed, both: under forcegc.lock; gp above goes with it to sysmon, which takes the lock
    if (rt.forcegc.idle.load(std::memory_order_relaxed) != 0) throw_(rt, "forcegc: phase error");
    rt.forcegc.idle.store(1, std::memory_order_relaxed);  // see above
    goparkunlock(rt.forcegc.lock, "force gc (idle)");
    if (rt.hook.force_gc != nullptr) rt.hook.force_gc(rt);
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
