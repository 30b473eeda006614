#include "runtime/m.hpp"

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/p.hpp"
#include "runtime/places.hpp"
#include "runtime/prof.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Makes mp known to whoever looks at all Ms.
void mcommoninit(m* mp) {
  runtime& rt = mp->rt;
  lock(rt.sched.lock);
  mp->alllink = rt.allm.load(std::memory_order_relaxed);  // changes under sched.lock
  rt.allm.store(mp, std::memory_order_release);           // its fields, to schedtrace
  unlock(rt.sched.lock);
}

std::int64_t reserve_locking(runtime& rt) {
  lock(rt.sched.lock);
  const std::int64_t id = reserve_m(rt);
  unlock(rt.sched.lock);
  return id;
}

// Has the runtime ended while mp slept for want of a P, after a system call?
bool ends(m* mp) {
  // relaxed, both: who woke it to end it has written it before; its own
  return mp->rt.exiting.load(std::memory_order_relaxed) != 0 &&
         mp->p.load(std::memory_order_relaxed) == nullptr;
}

void mstart1(m* mp) {
  runtime& rt = mp->rt;
  if (mp->mstartfn != nullptr) {
    mp->mstartfn();
    if (rt.exiting.load(std::memory_order_relaxed) != 0) return;  // sysmon, in the end
  }
  // relaxed: its own
  if (mp->helpgc.load(std::memory_order_relaxed) != 0) {
    mp->helpgc.store(0, std::memory_order_relaxed);  // see above
    if (!stopm()) return;
  } else if (mp != rt.m0) {
    acquirep(mp->nextp.get());
    mp->nextp.set(nullptr);
  }
  g* gp = schedule();
  while (gp != nullptr) {
    gp = gogo(gp);
    if (gp != nullptr) continue;
    if (ends(mp)) return;
    gp = schedule();
  }
}

// Hands pp to mp, which is off the idle list, and wakes it.
void wake(m* mp, p* pp, bool spinning) {
  runtime& rt = mp->rt;
  // relaxed, all: off the list, it is ours, and the note publishes
  if (mp->spinning.load(std::memory_order_relaxed) != 0) throw_(rt, "startm: m is spinning");
  if (mp->nextp.get() != nullptr) throw_(rt, "startm: m has p");
  if (spinning && !runqempty(pp)) throw_(rt, "startm: p has runnable gs");
  const bool early = platform::defect(platform::defect_id("startm-wakes-before-nextp"));
  if (early) notewakeup(mp->park);
  mp->spinning.store(spinning ? 1 : 0, std::memory_order_relaxed);  // see above
  mp->nextp.set(pp);
  if (spinning) spin_counted(*mp, true);
  if (!early) notewakeup(mp->park);
}

}  // namespace

std::int64_t reserve_m(runtime& rt) {
  // relaxed, both: under sched.lock; mcount() gets an estimate
  const std::int32_t id = rt.sched.mcount.load(std::memory_order_relaxed);
  rt.sched.mcount.store(id + 1, std::memory_order_relaxed);  // see above
  checkmcount(rt);
  return id;
}

// Go throws with sched.lock held; as in checkdead (L19), what looks at the crash may need it.
void checkmcount(runtime& rt) {
  const std::int32_t most = rt.sched.maxmcount.get();
  if (rt.sched.mcount.load(std::memory_order_relaxed) <= most) return;  // under sched.lock
  unlock(rt.sched.lock);
  if (is_heard(rt)) {
    gwrite(rt, "runtime: program exceeds " + std::to_string(most) + "-thread limit\n");
  }
  throw_(rt, "thread exhaustion");
}

m* allocm(runtime& rt, void (*fn)(), std::int64_t id, bool extra) {
  m* mp = platform::create<m>(rt, id >= 0 ? id : reserve_locking(rt));
  mp->extra = extra;
  mp->mstartfn = fn;
  mp->g0 = platform::create<g>(0);
  mp->g0->m.store(mp, std::memory_order_relaxed);  // published with mp
  mp->running = mp->g0;
  mcommoninit(mp);
  return mp;
}

void newm(runtime& rt, void (*fn)(), p* pp, std::int64_t id) {
  m* mp = allocm(rt, fn, id);
  mp->nextp.set(pp);
  mp->thread = platform::start_thread("m", mstart, mp);
  mp->started.store(1, std::memory_order_release);  // the handle, to stop()
}

void mstart(void* argument) {
  m* mp = static_cast<m*>(argument);
  setm(mp);
  mstart1(mp);
  // relaxed: its own. Go's threads end with the process
  if (mp->profilehz.load(std::memory_order_relaxed) != 0 &&
      !platform::defect(platform::defect_id("mstart-keeps-profiling"))) {
    resetcpuprofiler(*mp, 0);
  }
  setm(nullptr);
}

bool stopm() {
  m* mp = getm();
  runtime& rt = mp->rt;
  // relaxed, all: its own
  if (mp->locks.load(std::memory_order_relaxed) != 0) throw_(rt, "stopm holding locks");
  if (mp->p.load(std::memory_order_relaxed) != nullptr) throw_(rt, "stopm holding p");  // see above
  if (mp->spinning.load(std::memory_order_relaxed) != 0) throw_(rt, "stopm spinning");  // see above
  spins_no_more(*mp);
  no_rank_taken();
  for (;;) {
    lock(rt.sched.lock);
    if (rt.exiting.load(std::memory_order_relaxed) != 0) {  // set before stop() takes the lock
      unlock(rt.sched.lock);
      return false;
    }
    mput(mp);
    unlock(rt.sched.lock);
    notesleep(mp->park);
    noteclear(mp->park);
    // relaxed, both: published by the note; its own from here on
    if (mp->helpgc.load(std::memory_order_relaxed) == 0) break;
    platform::mark("stopm/helps");
    gchelper(*mp);
    mp->helpgc.store(0, std::memory_order_relaxed);  // see above
    mp->p.store(nullptr, std::memory_order_relaxed);  // see above
  }
  p* pp = mp->nextp.get();
  if (pp == nullptr) return false;  // stop() woke it
  mp->nextp.set(nullptr);
  acquirep(pp);
  return true;
}

void mspinning() {
  getm()->spinning.store(1, std::memory_order_relaxed);  // its own; the starter has counted it
  spin_counted(*getm(), true);
}

namespace {

void uncount_spinning(runtime& rt) {
  // relaxed: sched.lock orders it before the next idle P, see startm
  const std::uint32_t before = rt.sched.nmspinning.fetch_add(~0u, std::memory_order_relaxed);
  if (before == 0) throw_(rt, "startm: negative nmspinning");
}

}  // namespace

// Two races. An M that is about to be made is no M yet for checkdead, which may come from the last
// other M at that moment. Closed by counting it before sched.lock is let go (L04).
// Checked by: deadlock/*.
//
// And a spinner that is counted, but finds no idle P, is none: a P that goes idle before it is
// uncounted is overlooked by whoever readies a goroutine in between, since somebody seems to look
// for work. Closed by uncounting it before sched.lock is let go, without which no P can go idle.
// Go, 1.6 as well as the form of 2014, does it later. Checked by: spinning/token.
//
// From taking the P to its M's start there is no safe point: a goroutine that gave way there would
// keep the P from whoever stops the world, which waits for it (R16). Checked by: stop_world/calls.
void startm(runtime& rt, p* pp, bool spinning) {
  lock(rt.sched.lock);
  if (pp == nullptr) pp = pidleget(rt);
  if (pp == nullptr) {
    platform::mark("startm/no-p");
    const bool late = platform::defect(platform::defect_id("startm-uncounts-late"));
    if (spinning && !late) uncount_spinning(rt);
    unlock(rt.sched.lock);
    if (spinning && late) uncount_spinning(rt);
    return;
  }
  m* mp = mget(rt);
  std::int64_t id = -1;
  if (mp == nullptr && !platform::defect(platform::defect_id("startm-counts-late"))) {
    id = reserve_m(rt);
  }
  unlock(rt.sched.lock);
  if (platform::defect(platform::defect_id("startm-gives-way"))) safepoint();
  if (mp == nullptr) {
    platform::mark("startm/new");
    newm(rt, spinning ? mspinning : nullptr, pp, id);
  } else {
    wake(mp, pp, spinning);
  }
}

void mput(m* mp) {
  sched_t& sched = mp->rt.sched;
  mp->schedlink.set(sched.midle.get());
  sched.midle.set(mp);
  sched.nmidle.set(sched.nmidle.get() + 1);
  checkdead(mp->rt);
}

m* mget(runtime& rt) {
  m* mp = rt.sched.midle.get();
  if (mp != nullptr) {
    rt.sched.midle.set(mp->schedlink.get());
    rt.sched.nmidle.set(rt.sched.nmidle.get() - 1);
  }
  return mp;
}

std::int32_t setMaxThreads(runtime& rt, std::int32_t most) {
  safepoint();
  lock(rt.sched.lock);
  const std::int32_t before = rt.sched.maxmcount.get();
  rt.sched.maxmcount.set(most);
  checkmcount(rt);
  unlock(rt.sched.lock);
  return before;
}

std::int32_t mcount(runtime& rt) {
  return rt.sched.mcount.load(std::memory_order_relaxed);  // an estimate
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
