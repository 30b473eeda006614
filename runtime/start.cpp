#include "runtime/start.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/extram.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/sema.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// Go's runtime.main. What comes after the program's main is its exit(0).
void runtime_main(void*) {
  runtime& rt = getrt();
  if (!runqempty(getp())) wakep_if_needed(rt);  // goroutines of the runtime's own
  rt.main(rt.main_argument);
  // As by exit(0), from where it may not be preempted (acquirem, procPin, a stopped world).
  getm()->locks.store(0, std::memory_order_relaxed);  // its own
  // Whoever dumps ends the process, and not we before it is done.
  // relaxed: a dump that begins now may be cut off, as in Go
  if (native() && rt.panicking.load(std::memory_order_relaxed) != 0) {
    gopark(nullptr, nullptr, "panicwait");
  }
  if (getp()->status.load(std::memory_order_relaxed) == Pgcstop) startTheWorld();  // its own
  // relaxed: checkdead may be late to know, under sched.lock
  rt.mainReturned.store(1, std::memory_order_relaxed);
  notewakeup(rt.exited);
  gopark(nullptr, nullptr, "exit");
}

// Go's gogetenv. Hooked the environment is empty.
const char* getenv(const char* name) {
  const char* value = native() ? std::getenv(name) : nullptr;
  return value == nullptr ? "" : value;
}

// As Go's: the digits that the text begins with. No more than `most`.
std::int32_t atoi(const char* text, std::int32_t most) {
  std::int64_t n = 0;
  for (; *text >= '0' && *text <= '9'; text++) {
    n = std::min<std::int64_t>(n * 10 + (*text - '0'), most);
  }
  return static_cast<std::int32_t>(n);
}

std::int32_t procs_of(const options& how) {
  if (how.procs != 0) return how.procs;
  constexpr std::int32_t most = platform::config::max_gomaxprocs;
  const std::int32_t wanted = atoi(getenv("GOMAXPROCS"), most);
  if (wanted > 0) return wanted;
  return native() ? std::min(static_cast<std::int32_t>(platform::ncpu()), most) : 1;
}

// REQUIRES: rt.hook.print is what it will be.
void set_debug(runtime& rt, debug_vars debug) {
  const std::string wrong = parsedebugvars(getenv("GODEBUG"), debug);
  if (!wrong.empty()) gwrite(rt, wrong + "\n");
  rt.debug_schedtrace = debug.schedtrace;
  rt.debug_scheddetail = debug.scheddetail != 0;
}

m* by_id(runtime& rt, std::int64_t id) {
  for (;;) {
    // acquire: the M's fields
    for (m* mp = rt.allm.load(std::memory_order_acquire); mp != nullptr; mp = mp->alllink) {
      if (mp->id == id) return mp;
    }
    platform::osyield();  // it is counted, and about to be made
  }
}

// Oldest first: each was made by one that was made before. locked: those as well that sleep until
// their goroutine is scheduled, when hardly anybody is left to do it: see wake_locked. An M for
// foreign threads has no thread to join; whoever has borrowed it gives it back.
void join_all(runtime& rt, bool locked) {
  // relaxed, all: who counts one or locks itself is joined before it matters, or ends by itself
  for (std::int64_t id = 0; id < rt.sched.mcount.load(std::memory_order_relaxed); id++) {
    m* mp = by_id(rt, id);
    if (mp->joined) continue;
    const bool sleeps = mp->lockedg.load(std::memory_order_relaxed) != nullptr;  // see above
    if (!locked && sleeps) continue;
    if (mp->extra && !locked) continue;
    if (locked) wake_locked(mp);
    if (!mp->extra) {
      // acquire: the handle; its maker may be a thread that is not joined yet
      while (mp->started.load(std::memory_order_acquire) == 0) platform::osyield();
      platform::join_thread(mp->thread);
    }
    // seq_cst: all that its borrowers did, and after exiting was set: see callback
    while (mp->borrowers.load(std::memory_order_seq_cst) != 0) platform::osyield();
    mp->joined = true;
  }
}

}  // namespace

void start(runtime& rt, const options& how, void (*main)(void*), void* argument) {
  platform::check(rt.m0 == nullptr, "a runtime is started once");
  rt.hook = how.hook;
  set_debug(rt, how.debug);
  rt.has_sysmon = how.sysmon;
  rt.sched.maxmcount.set(how.max_threads);
  rt.runtimeInitTime = platform::nanotime();
  rt.main = main;
  rt.main_argument = argument;
  // relaxed: nobody else is there yet
  rt.sched.lastpoll.store(static_cast<std::uint64_t>(rt.runtimeInitTime) | 1,
                          std::memory_order_relaxed);
  m* before = getm();
  rt.m0 = allocm(rt, nullptr);
  setm(rt.m0);
  lock(rt.sched.lock);
  p* runnable = procresize(rt, procs_of(how));
  unlock(rt.sched.lock);
  platform::check(runnable == nullptr, "unknown runnable goroutine during bootstrap");
  // Go's main goroutine makes the monitor, and wakes no other M before. Here another M may be first
  // to run out of work, and what checkdead takes off for the monitor must have been counted by
  // then.
  if (rt.has_sysmon) newm(rt, sysmon, nullptr);
  newproc1(runtime_main, nullptr, false);
  if (how.forcegc) newproc1(forcegchelper, &rt, true);
  if (how.extra_m) newextram(rt);
  setm(before);
  rt.m0->thread = platform::start_thread("m0", mstart, rt.m0);
  rt.m0->started.store(1, std::memory_order_release);  // the handle, to stop()
}

void wait(runtime& rt) { notesleep(rt.exited); }

// Ms look at gcwaiting wherever they look for work, and at exiting where they would stop for it;
// idle ones are woken. A locked M's note may be woken by whoever schedules its goroutine, so it is
// woken here only when nobody else is left, or almost: see wake_locked.
//
// The race: a goroutine may be stopping the world. It would count Ps that have stopped for us, for
// ever, and start the others anew. Closed by worldsema, which we keep: who wants it later parks. We
// wait for it in the queue, as an M without a goroutine: it goes from hand to hand there, and is
// never free while somebody waits.
void stop(runtime& rt) {
  m* waiter = platform::create<m>(rt, -1);  // its note may be touched until all have ended
  if (!platform::defect(platform::defect_id("stop-in-a-stopped-world"))) {
    semacquire(*waiter, rt.worldsema);
  }
  rt.exiting.store(1, std::memory_order_seq_cst);  // before gcwaiting, and before the lock
  lock(rt.sched.lock);
  rt.sched.gcwaiting.store(1, std::memory_order_seq_cst);  // see above
  while (m* mp = mget(rt)) notewakeup(mp->park);
  if (rt.sched.sysmonwait.load(std::memory_order_relaxed) != 0) {  // under sched.lock
    rt.sched.sysmonwait.store(0, std::memory_order_relaxed);       // see above
    notewakeup(rt.sched.sysmonnote);
  }
  unlock(rt.sched.lock);
  preemptall(rt);
  join_all(rt, false);
  join_all(rt, true);
  platform::destroy(waiter);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
