#include "runtime/safepoint.hpp"

#include "platform/check.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/p.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// The defect R19: with the count and the note of stopTheWorld.
bool shares_stopwait() { return platform::defect(platform::defect_id("forEachP-stopwait")); }

// How many Ps have yet to run the function. REQUIRES: sched.lock is held, or nobody runs it.
std::int32_t left(runtime& rt) {
  // relaxed: under the lock, or alone
  if (shares_stopwait()) return rt.sched.stopwait.load(std::memory_order_relaxed);
  return rt.sched.safePointWait.get();
}

// REQUIRES: sched.lock is held.
void set_left(runtime& rt, std::int32_t n) {
  if (shares_stopwait()) {
    rt.sched.stopwait.store(n, std::memory_order_relaxed);  // under the lock
  } else {
    rt.sched.safePointWait.set(n);
  }
}

note& done(runtime& rt) { return shares_stopwait() ? rt.sched.stopnote : rt.sched.safePointNote; }

// One P fewer to wait for; who counts the last wakes forEachP. REQUIRES: sched.lock is held.
void count_down(runtime& rt) {
  set_left(rt, left(rt) - 1);
  if (left(rt) != 0) return;
  if (platform::defect(platform::defect_id("runSafePointFn-last-silent"))) return;
  notewakeup(done(rt));
}

// Takes the request to run the function on pp. False: somebody has, or there is none.
// acquire: sched.safePointFn, and what preceded forEachP
bool take_request(p* pp) {
  std::uint32_t requested = 1;
  return pp->runSafePointFn.compare_exchange(requested, 0, std::memory_order_acquire,  // see above
                                             std::memory_order_relaxed);
}

// Runs it for the Ps that nobody has. REQUIRES: sched.lock is held, so that they stay idle.
void run_for_idle(runtime& rt, void (*fn)(puintptr)) {
  if (platform::defect(platform::defect_id("forEachP-idle-left"))) return;
  // relaxed: the list changes under the lock
  for (p* pp = rt.sched.pidle.load(std::memory_order_relaxed); pp != nullptr;
       pp = pp->link.get()) {
    if (!take_request(pp)) continue;
    platform::mark("forEachP/idle");
    fn(pp);
    set_left(rt, left(rt) - 1);
  }
}

// Gives pp away if it is in a system call; who gets it finds the request, or handoffp does. Whoever
// has taken it before us does the same.
void take_from_syscall(p* pp) {
  std::uint32_t status = Psyscall;
  // acquire: what its M did with it before the system call
  if (!pp->status.compare_exchange(status, Pidle, std::memory_order_acquire,
                                   std::memory_order_relaxed)) {
    platform::mark("forEachP/came-first");
    return;
  }
  pp->syscalltick.fetch_add(1, std::memory_order_relaxed);  // a count
  handoffp(pp);
}

void check_done(runtime& rt, std::int32_t procs) {
  if (left(rt) != 0) throw_(rt, "forEachP: not done");
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    // relaxed: taken before it was counted, which the lock or the note published
    if (pp->runSafePointFn.load(std::memory_order_relaxed) != 0) {
      throw_(rt, "forEachP: P did not run fn");
    }
  }
}

}  // namespace

// The races are with Ps that change their state while we ask them.
//  - To idle: under sched.lock, and who does it looks for a request first. So an idle P with a
//    request is one that was idle before, and we run the function ourselves.
//  - Into a system call: the M says so (Psyscall) and then looks for a request (syscall.cpp); we
//    make the request and then look at the state. Both seq_cst, so one of the two sees the other
//    (Dekker) and takes the P out of the system call. Go 1.6 looks for a request before it says
//    so, and both can miss the other: then the function runs when the system call ends, or sysmon
//    takes the P.
//  - Out of one, or to another goroutine: who runs one on a P looks for a request after it has made
//    itself known, and asks itself: see stop_asked.
// A count of its own, other than stopTheWorld's: who was late to stop for that would count here
// (R19). Checked by: safepoint/*.
void forEachP(runtime& rt, void (*fn)(puintptr)) {
  m* self = acquirem();
  p* own = getp();
  lock(rt.sched.lock);
  if (left(rt) != 0) throw_(rt, "forEachP: sched.safePointWait != 0");
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);  // worldsema is ours
  set_left(rt, procs - 1);
  rt.sched.safePointFn.set(fn);
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    // seq_cst: before the looks at its state; as a release, safePointFn to who takes the request
    if (pp != own) {
      // see above
      pp->runSafePointFn.store(1, relaxed_by(platform::defect_id("forEachP-request-relaxed"),
                                             std::memory_order_seq_cst));
    }
  }
  preemptall(rt);
  run_for_idle(rt, fn);
  const bool wait = left(rt) > 0;
  unlock(rt.sched.lock);

  fn(own);
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    if (platform::defect(platform::defect_id("forEachP-syscall-left"))) break;
    // seq_cst: after the request
    if (pp->status.load(std::memory_order_seq_cst) != Psyscall) continue;
    // relaxed: nobody else makes one
    if (pp->runSafePointFn.load(std::memory_order_relaxed) == 0) continue;
    platform::mark("forEachP/syscall");
    take_from_syscall(pp);
  }
  if (wait) {
    platform::mark("forEachP/wait");
    while (!notetsleep(done(rt), rt.stop_again_after)) preemptall(rt);
    noteclear(done(rt));
  }
  check_done(rt, procs);
  lock(rt.sched.lock);
  rt.sched.safePointFn.set(nullptr);
  unlock(rt.sched.lock);
  releasem(self);
}

// The function is read after the request was taken: forEachP waits for us until we have counted.
// Checked by: safepoint/*.
void runSafePointFn() {
  p* pp = getp();
  if (!take_request(pp)) return;
  platform::mark("safepoint/running");
  runtime& rt = pp->rt;
  rt.sched.safePointFn.get()(pp);
  lock(rt.sched.lock);
  count_down(rt);
  unlock(rt.sched.lock);
}

void safepoint_locked(p* pp) {
  const bool keeps = platform::defect(platform::defect_id("safepoint-keeps-request"));
  // relaxed: the defect's
  if (keeps ? pp->runSafePointFn.load(std::memory_order_relaxed) == 0 : !take_request(pp)) return;
  platform::mark("safepoint/handed-off");
  pp->rt.sched.safePointFn.get()(pp);
  count_down(pp->rt);
}

// Checked by: safepoint/syscall, safepoint/reuse.
void entersyscall_safepoint(p* pp) {
  // seq_cst: after Psyscall, see forEachP
  if (pp->runSafePointFn.load(std::memory_order_seq_cst) == 0) return;
  platform::mark("safepoint/entering");
  take_from_syscall(pp);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
