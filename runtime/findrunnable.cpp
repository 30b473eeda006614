#include "runtime/findrunnable.hpp"

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/places.hpp"
#include "runtime/runq.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// What a part of findrunnable says to the whole.
enum class after : std::uint8_t { go_on, top };

struct step {
  g* gp;       // found, if not nullptr
  after next;  // else: on to the next part, or all over again
};

constexpr const char* loop = "findrunnable";

std::uint32_t procs_of(runtime& rt) {
  // acquire: the Ps themselves
  return static_cast<std::uint32_t>(rt.gomaxprocs.load(std::memory_order_acquire));
}

bool must_stop(runtime& rt) {
  // relaxed: a hint; who stops the world asks until it is heard
  return rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0;
}

g* look_global(runtime& rt, p* pp) {
  // relaxed: a hint; it is looked at under sched.lock before the M sleeps
  if (rt.sched.runqsize.load(std::memory_order_relaxed) == 0) return nullptr;
  lock(rt.sched.lock);
  g* gp = globrunqget(rt, pp, 0);
  unlock(rt.sched.lock);
  return gp;
}

// What the network has ready: the first, the rest goes to the global queue.
g* take_first(runtime& rt, g* list) {
  if (list == nullptr) return nullptr;
  injectglist(rt, list->schedlink.get());
  casgstatus(list, Gwaiting, Grunnable);
  return list;
}

// Each other P once, from a random one on. Go picks one at random, four times gomaxprocs times.
step steal_round(m* mp, p* pp, bool runnext) {
  runtime& rt = mp->rt;
  const std::uint32_t others = procs_of(rt) - 1;
  if (others == 0) return {nullptr, after::go_on};
  const std::uint32_t first = others > 1 ? platform::fastrandn(others) : 0;
  for (std::uint32_t i = 0; i < others; i++) {
    if (must_stop(rt)) return {nullptr, after::top};
    const std::uint32_t n = (first + i) % others;
    const auto mine = static_cast<std::uint32_t>(pp->id);
    g* gp = runqsteal(pp, rt.allp[n < mine ? n : n + 1], runnext);
    if (gp != nullptr) return {gp, after::go_on};
  }
  return {nullptr, after::go_on};
}

// Once in a while the others come before the global queue: a goroutine that only yields would keep
// this M busy, and one in the queue of an M that runs something long would starve (L09).
g* others_first(m* mp, p* pp) {
  constexpr std::uint32_t tick = platform::config::sched_tick;
  // relaxed, both: its own; a hint
  if (pp->schedtick.load(std::memory_order_relaxed) % tick != tick / 2) return nullptr;
  if (mp->rt.sched.runqsize.load(std::memory_order_relaxed) == 0) return nullptr;  // see above
  if (platform::defect(platform::defect_id("findrunnable-global-first"))) return nullptr;
  platform::mark("findrunnable/others-first");
  g* gp = steal_round(mp, pp, true).gp;
  // Whoever yields counts on this M to take one from the global queue. It is not counted as one
  // that looks for work either, so nobody else stands for what it leaves there.
  if (gp != nullptr && !platform::defect(platform::defect_id("others-first-wakes-nobody"))) {
    wake_others(mp->rt);
  }
  return gp;
}

// Spins while there are fewer spinners than half the busy Ps: more would only burn power.
step spin(m* mp, p* pp) {
  runtime& rt = mp->rt;
  if (mp->spinning.load(std::memory_order_relaxed) == 0) {  // its own
    // seq_cst, both: one order of all counts
    const std::uint32_t spinners = rt.sched.nmspinning.load(std::memory_order_seq_cst);
    const std::uint32_t idle = rt.sched.npidle.load(std::memory_order_seq_cst);  // see above
    if (2 * spinners >= procs_of(rt) - idle) return {nullptr, after::go_on};
    mp->spinning.store(1, std::memory_order_relaxed);  // its own
    rt.sched.nmspinning.fetch_add(1, std::memory_order_seq_cst);  // one order of all counts
    spin_counted(*mp, true);
  }
  for (std::uint32_t round = 0; round < platform::config::steal_rounds; round++) {
    // first those with more than a runnext, which its M is about to run itself
    const step tried = steal_round(mp, pp, round >= platform::config::steal_rounds / 2);
    if (tried.gp != nullptr || tried.next == after::top) return tried;
  }
  return {nullptr, after::go_on};
}

// A P for work that was seen after ours was given up, and the M is spinning again. Go's spins only
// if it did before: while others spin it may not, so that it gives its P up, sees the same work
// again, and takes a P back without end (L08). Checked by: spinning/round.
bool take_p_back(m* mp, bool was_spinning) {
  runtime& rt = mp->rt;
  lock(rt.sched.lock);
  p* pp = pidleget(rt);
  unlock(rt.sched.lock);
  if (pp == nullptr) return false;
  platform::mark("findrunnable/back");
  acquirep(pp);
  const bool forgets =
      platform::defect(platform::defect_id("findrunnable-forgets-spinning")) ||
      (!was_spinning && platform::defect(platform::defect_id("findrunnable-back-not-spinning")));
  if (!forgets) {
    mp->spinning.store(1, std::memory_order_relaxed);  // its own
    rt.sched.nmspinning.fetch_add(1, std::memory_order_seq_cst);  // one order of all counts
    spin_counted(*mp, true);
  }
  return true;
}

// Gives up the P under sched.lock, where the global queue and the requests to stop are sure.
step release(m* mp) {
  runtime& rt = mp->rt;
  lock(rt.sched.lock);
  p* pp = getp();
  // relaxed: set under sched.lock, both
  const bool flag = pp->runSafePointFn.load(std::memory_order_relaxed) != 0;
  if (must_stop(rt) || flag) {
    unlock(rt.sched.lock);
    platform::mark("findrunnable/asked");
    return {nullptr, after::top};
  }
  if (rt.sched.runqsize.load(std::memory_order_relaxed) != 0) {  // changes under sched.lock
    platform::mark("findrunnable/global");
    g* gp = globrunqget(rt, pp, 0);
    unlock(rt.sched.lock);
    return {gp, after::go_on};
  }
  pidleput(releasep());
  unlock(rt.sched.lock);
  return {nullptr, after::go_on};
}

// The race: a goroutine is made runnable after we looked into that queue, by somebody who sees that
// we still spin and so wakes nobody. Closed by the order: first nmspinning goes down, then all
// queues are looked at again, with the fence of schedule.hpp in between.
//
// The global queue as well: Go leaves it out, since who puts something there starts an M. A
// goroutine that yields or is preempted counts on us instead.
//
// If there is work and no idle P any more, this M may sleep: a P is busy, or in the hands of who
// will look as we did when it gives it up. Checked by: spinning/*.
step rest(m* mp) {
  runtime& rt = mp->rt;
  const step released = release(mp);
  if (released.gp != nullptr || released.next == after::top) return released;

  const bool was_spinning = mp->spinning.load(std::memory_order_relaxed) != 0;  // its own
  const bool late = platform::defect(platform::defect_id("findrunnable-counts-late"));
  const bool work = late && any_work(rt);
  if (was_spinning) {
    mp->spinning.store(0, std::memory_order_relaxed);  // its own
    spin_counted(*mp, false);
    // seq_cst: before the looks at the queues
    const std::uint32_t before = rt.sched.nmspinning.fetch_add(~0u, std::memory_order_seq_cst);
    if (before == 0) throw_(rt, "findrunnable: negative nmspinning");
  }
  const bool skip = platform::defect(platform::defect_id("findrunnable-spinners-look")) &&
                    !was_spinning;
  if (!platform::defect(platform::defect_id("findrunnable-no-fence"))) {
    platform::fence(std::memory_order_seq_cst);  // npidle and nmspinning before the queues
  }
  if (skip || !(late ? work : any_work(rt))) return {nullptr, after::go_on};
  return {nullptr, take_p_back(mp, was_spinning) ? after::top : after::go_on};
}

// Blocks in the network if nobody else does.
step poll(m* mp) {
  runtime& rt = mp->rt;
  // seq_cst: one poller at a time; handoffp's look
  if (rt.hook.netpoll == nullptr ||
      rt.sched.lastpoll.exchange(0, std::memory_order_seq_cst) == 0) {
    return {nullptr, after::go_on};
  }
  // relaxed, both: its own
  if (mp->p.load(std::memory_order_relaxed) != nullptr) {
    throw_(rt, "findrunnable: netpoll with p");
  }
  if (mp->spinning.load(std::memory_order_relaxed) != 0) {  // see above
    throw_(rt, "findrunnable: netpoll with spinning");
  }
  platform::mark("findrunnable/polls");
  g* list = rt.hook.netpoll(rt, true);
  const auto now = static_cast<std::uint64_t>(platform::nanotime());
  rt.sched.lastpoll.store(now, std::memory_order_seq_cst);  // see above
  if (list == nullptr) return {nullptr, after::go_on};
  lock(rt.sched.lock);
  p* pp = pidleget(rt);
  unlock(rt.sched.lock);
  if (pp == nullptr) {
    injectglist(rt, list);
    return {nullptr, after::go_on};
  }
  acquirep(pp);
  return {take_first(rt, list), after::go_on};
}

// The looks that keep the P.
found look(m* mp) {
  runtime& rt = mp->rt;
  p* pp = getp();
  const runqget_result local = runqget(pp);
  if (local.gp != nullptr) return {local.gp, local.inheritTime};
  if (g* gp = others_first(mp, pp)) return {gp, false};
  if (g* gp = look_global(rt, pp)) return {gp, false};
  // relaxed: only to spare the poll while a thread blocks in it
  if (rt.hook.netpoll != nullptr && rt.sched.lastpoll.load(std::memory_order_relaxed) != 0) {
    if (g* gp = take_first(rt, rt.hook.netpoll(rt, false))) return {gp, false};
  }
  return {nullptr, false};
}

// All of it, round and round.
found go_round(m* mp) {
  for (;;) {
    platform::hot(loop);
    if (must_stop(mp->rt)) {
      platform::cool(loop);
      if (!gcstopm()) return {nullptr, false};
      continue;
    }
    // relaxed: a hint; release() looks in earnest
    if (getp()->runSafePointFn.load(std::memory_order_relaxed) != 0) runSafePointFn();
    const found near = look(mp);
    if (near.gp != nullptr) return near;

    step part = spin(mp, getp());
    if (part.gp == nullptr && part.next == after::go_on) part = rest(mp);
    if (part.gp == nullptr && part.next == after::go_on) part = poll(mp);
    if (part.gp != nullptr) return {part.gp, false};
    if (part.next == after::top) continue;
    platform::cool(loop);
    if (!stopm()) return {nullptr, false};
  }
}

}  // namespace

bool any_work(runtime& rt) {
  // acquire: what went from here into a ring; otherwise behind the caller's fence
  if (!platform::defect(platform::defect_id("findrunnable-skips-global")) &&
      rt.sched.runqsize.load(std::memory_order_acquire) != 0) {
    return true;
  }
  const std::uint32_t procs = procs_of(rt);
  for (std::uint32_t i = 0; i < procs; i++) {
    if (!runqempty(rt.allp[i])) return true;
  }
  return false;
}

found findrunnable() {
  const found next = go_round(getm());
  platform::cool(loop);
  return next;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
