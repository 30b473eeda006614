#include "runtime/p.hpp"

#include <string>

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/gfree.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/m.hpp"
#include "runtime/places.hpp"
#include "runtime/runq.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Moves the goroutines of a P that goes out of use to the head of the global queue, in order.
void drain(runtime& rt, p* pp) {
  // relaxed, all: the world is stopped, and the stop published what was done before
  const std::uint32_t head = pp->runqhead.load(std::memory_order_relaxed);
  std::uint32_t tail = pp->runqtail.load(std::memory_order_relaxed);  // see above
  while (head != tail) {
    platform::mark("procresize/moves");
    tail--;
    // see above
    g* gp = pp->runq[tail % platform::config::runq_size].load(std::memory_order_relaxed);
    globrunqputhead(rt, dequeued(gp));
  }
  pp->runqtail.store(tail, std::memory_order_relaxed);  // see above
  g* gp = pp->runnext.load(std::memory_order_relaxed);  // see above
  if (gp != nullptr && !platform::defect(platform::defect_id("procresize-forgets-runnext"))) {
    globrunqputhead(rt, dequeued(gp));
  }
  pp->runnext.store(nullptr, std::memory_order_relaxed);  // see above
}

// The sudogs of a P that goes out of use are everybody's: Go leaves them to its collector. Without
// sudoglock, as the world is stopped.
void purge_sudogs(runtime& rt, p* pp) {
  while (pp->sudogcache.get() != nullptr) {
    sudog* s = pp->sudogcache.get();
    pp->sudogcache.set(s->next.get());
    s->next.set(rt.sched.sudogcache.get());
    rt.sched.sudogcache.set(s);
  }
  pp->sudogcount.set(0);
}

// Moves the calling M to P 0 unless its P stays. Go does that last, and so runs for a while on a P
// that is no more (L18).
void move_off(runtime& rt, std::int32_t nprocs) {
  m* mp = getm();
  p* pp = mp->p.load(std::memory_order_relaxed);  // its own
  if (pp != nullptr && pp->id < nprocs) {
    pp->status.store(Prunning, std::memory_order_relaxed);  // the world is stopped
    return;
  }
  // relaxed, all: the world is stopped
  if (pp != nullptr) pp->m.store(nullptr, std::memory_order_relaxed);
  mp->p.store(nullptr, std::memory_order_relaxed);  // see above
  p* first = rt.allp[0];
  first->m.store(nullptr, std::memory_order_relaxed);  // see above
  first->status.store(Pidle, std::memory_order_relaxed);  // see above
  acquirep(first);
}

// What is said before the throws of a P in a wrong state. Go's of releasep has the mcaches as well.
void say_acquirep(const p* pp) {
  if (!is_heard(pp->rt)) return;
  // relaxed, both: for the message alone
  const m* of = pp->m.load(std::memory_order_relaxed);
  const std::uint32_t status = pp->status.load(std::memory_order_relaxed);  // see above
  gwrite(pp->rt, "acquirep: p->m=" + std::to_string(address(of)) + "(" +
                     std::to_string(of == nullptr ? 0 : of->id) +
                     ") p->status=" + std::to_string(status) + "\n");
}

void say_releasep(const p* pp) {
  if (!is_heard(pp->rt)) return;
  // relaxed, both: for the message alone
  const m* of = pp->m.load(std::memory_order_relaxed);
  const std::uint32_t status = pp->status.load(std::memory_order_relaxed);  // see above
  gwrite(pp->rt, "releasep: m=" + hex(address(getm())) + " m->p=" + hex(address(pp)) +
                     " p->m=" + std::to_string(address(of)) +
                     " p->status=" + std::to_string(status) + "\n");
}

}  // namespace

void acquirep(p* pp) { acquirep1(pp); }

void acquirep1(p* pp) {
  m* mp = getm();
  // relaxed, all: handed to this M by a lock, a note or a compare-exchange, which published it
  if (mp->p.load(std::memory_order_relaxed) != nullptr) throw_(mp->rt, "acquirep: already in go");
  if (pp->m.load(std::memory_order_relaxed) != nullptr ||  // see above
      pp->status.load(std::memory_order_relaxed) != Pidle) {  // see above
    say_acquirep(pp);
    throw_(mp->rt, "acquirep: invalid p state");
  }
  mp->p.store(pp, std::memory_order_relaxed);  // see above
  // release: the M itself, to preemptone. That may come here by an older Prunning, and find an M of
  // which it knows nothing; Go's plain store does not do on a weak machine. Seen over Relacy only,
  // which knows when a cell begins. Checked by: lifecycle/stop.
  pp->m.store(mp, std::memory_order_release);
  // seq_cst: with p.m before the looks of stop_asked
  pp->status.store(Prunning, std::memory_order_seq_cst);
}

p* releasep() {
  m* mp = getm();
  // relaxed, all: its own; whoever gets it next gets it by a lock, a note or a compare-exchange
  p* pp = mp->p.load(std::memory_order_relaxed);
  if (pp == nullptr) throw_(mp->rt, "releasep: invalid arg");
  if (pp->m.load(std::memory_order_relaxed) != mp ||  // see above
      pp->status.load(std::memory_order_relaxed) != Prunning) {  // see above
    say_releasep(pp);
    throw_(mp->rt, "releasep: invalid p state");
  }
  mp->p.store(nullptr, std::memory_order_relaxed);  // see above
  pp->m.store(nullptr, std::memory_order_relaxed);  // see above
  pp->status.store(Pidle, std::memory_order_relaxed);  // see above
  return pp;
}

void pidleput(p* pp) {
  sched_t& sched = pp->rt.sched;
  if (!runqempty(pp)) throw_(pp->rt, "pidleput: P has non-empty run queue");
  // relaxed: changes under sched.lock
  pp->link.set(sched.pidle.load(std::memory_order_relaxed));
  sched.pidle.store(pp, std::memory_order_relaxed);  // a hint to who looks without the lock
  // seq_cst: before the looks at the queues, of whoever gives it up: see schedule.hpp
  idle_changes(pp->rt, sched.npidle.fetch_add(1, std::memory_order_seq_cst), 1);
}

// What runs on a P has to be watched, so whoever takes one off the list wakes the monitor if that
// sleeps, as it does while all Ps are idle. In Go 1.6 only a return from a system call does: the
// goroutine that the network readied while all slept may run for a minute before anybody asks it to
// give way. Checked by: sysmon/sleep.
p* pidleget(runtime& rt) {
  // relaxed: changes under sched.lock
  p* pp = rt.sched.pidle.load(std::memory_order_relaxed);
  if (pp == nullptr) return nullptr;
  rt.sched.pidle.store(pp->link.get(), std::memory_order_relaxed);  // as in pidleput
  // the defect, by who stops the world: left to be set right when it is started
  const bool uncounted = platform::defect(platform::defect_id("pidleget-uncounted-in-stop")) &&
                         rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0;  // under the lock
  const std::uint32_t less = uncounted ? 0 : ~0u;
  // seq_cst: as in pidleput
  idle_changes(rt, rt.sched.npidle.fetch_add(less, std::memory_order_seq_cst), ~0u);
  if (!platform::defect(platform::defect_id("pidleget-leaves-sysmon"))) wake_sysmon(rt);
  return pp;
}

p* procresize(runtime& rt, std::int32_t nprocs) {
  const std::int32_t old = rt.gomaxprocs.load(std::memory_order_relaxed);  // under sched.lock
  if (nprocs <= 0 || nprocs > platform::config::max_gomaxprocs) {
    throw_(rt, "procresize: invalid arg");
  }
  const std::int64_t now = platform::nanotime();
  if (rt.sched.procresizetime.get() != 0) {
    rt.sched.totaltime.set(rt.sched.totaltime.get() +
                           old * (now - rt.sched.procresizetime.get()));
  }
  rt.sched.procresizetime.set(now);

  for (auto i = static_cast<std::int32_t>(rt.allp.size()); i < nprocs; i++) {
    rt.allp.push_back(platform::create<p>(rt, i, rt.start_index));
  }
  const bool late = platform::defect(platform::defect_id("procresize-moves-late"));
  if (!late) move_off(rt, nprocs);
  for (std::int32_t i = nprocs; i < old; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    goes_out_of_use(pp);
    drain(rt, pp);
    purge_sudogs(rt, pp);
    gfpurge(pp);
    pp->status.store(Pdead, std::memory_order_relaxed);  // the world is stopped
  }
  if (late) move_off(rt, nprocs);

  p* runnable = nullptr;
  for (std::int32_t i = nprocs - 1; i >= 0; i--) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    if (pp == getp()) continue;
    pp->status.store(Pidle, std::memory_order_relaxed);  // the world is stopped
    if (runqempty(pp)) {
      pidleput(pp);
    } else {
      platform::mark("procresize/runnable");
      pp->m.store(mget(rt), std::memory_order_release);  // the M itself, as in acquirep1
      pp->link.set(runnable);
      runnable = pp;
    }
  }
  rt.gomaxprocs.store(nprocs, std::memory_order_release);  // the new Ps, to acquire loads
  return runnable;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
