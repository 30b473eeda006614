#include "runtime/lifecycle.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"
#include "runtime/gfree.hpp"
#include "runtime/goid.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// The bottom of every goroutine's stack.
void goroutine(void*) {
  g* gp = getg();
  gp->fn.get()(gp->arg.get());
  goexit1();
}

}  // namespace

g* malg(runtime& rt, std::int32_t stacksize) {
  platform::stack stack{};
  if (stacksize >= 0) stack = rt.stacks.allocate();  // may throw: nothing is made yet
  g* gp = platform::create<g>(0);
  gp->stack = stack;
  return gp;
}

void allgadd(runtime& rt, g* gp) {
  if (readgstatus(gp) == Gidle) throw_(rt, "allgadd: bad status Gidle");
  lock(rt.allglock);
  rt.allgs.push_back(gp);
  // relaxed: for gcount's estimate
  rt.allglen.store(rt.allgs.size(), std::memory_order_relaxed);
  unlock(rt.allglock);
}

void newproc(void (*fn)(void*), void* arg) { newproc(fn, arg, 0); }

void newproc(void (*fn)(void*), void* arg, std::size_t bytes) {
  safepoint();
  systemstack([&] {
    newproc1(fn, arg, false, bytes);
    wake_others(getrt());
  });
}

g* newproc1(void (*fn)(void*), void* arg, bool system, std::size_t bytes) {
  m* mp = getm();
  runtime& rt = mp->rt;
  if (fn == nullptr) {
    mp->throwing.store(-1, std::memory_order_relaxed);  // its own
    throw_(rt, "go of nil func value");
  }
  p* pp = getp();
  g* newg = gfget(pp);
  if (newg == nullptr) {
    platform::mark("newproc/made");
    newg = malg(rt, static_cast<std::int32_t>(rt.maxstack));
    casgstatus(newg, Gidle, Gdead);
    allgadd(rt, newg);  // dead, so that a scanner does not look at its stack
  } else {
    platform::mark("newproc/reused");
  }
  if (newg->stack.low == nullptr) throw_(rt, "newproc1: newg missing stack");
  if (readgstatus(newg) != Gdead) throw_(rt, "newproc1: new g is not Gdead");

  newg->sched.make(newg->stack, goroutine);
  newg->fn.set(fn);
  if (bytes > 0) {
    std::memcpy(newg->own, arg, bytes);
    arg = newg->own;
  }
  newg->arg.set(arg);
  newg->system.set(system);
  if (system) rt.sched.ngsys.fetch_add(1, std::memory_order_relaxed);  // for gcount
  newg->goid.set(newgoid(pp));
  newg->traceid.store(newg->goid.get(), std::memory_order_relaxed);  // for traces
  casgstatus(newg, Gdead, Grunnable);
  runqput(pp, newg, true);
  return newg;
}

void goexit1() {
  mcall(goexit0);
  throw_(getrt(), "goexit continued");
}

g* goexit0(g* gp) {
  m* mp = getm();
  runtime& rt = mp->rt;
  casgstatus(gp, Grunning, Gdead);
  // relaxed: for gcount
  if (isSystemGoroutine(gp)) rt.sched.ngsys.fetch_add(~0u, std::memory_order_relaxed);
  // relaxed, all: this M's and its goroutine's own, looked at by schedtrace
  gp->lockedm.store(nullptr, std::memory_order_relaxed);
  mp->lockedg.store(nullptr, std::memory_order_relaxed);  // see above
  gp->waitreason.store("", std::memory_order_relaxed);  // see above
  gp->param.set(nullptr);
  dropg();
  const std::uint32_t locked = mp->locked.load(std::memory_order_relaxed);  // see above
  if ((locked & ~LockExternal) != 0) {
    gwrite(rt, "invalid m->locked = " + std::to_string(locked) + "\n");
    throw_(rt, "internal lockOSThread error");
  }
  mp->locked.store(0, std::memory_order_relaxed);  // see above
  gfput(getp(), gp);
  return nullptr;
}

std::int32_t gcount(runtime& rt) {
  // relaxed, all: an estimate
  auto n = static_cast<std::int32_t>(rt.allglen.load(std::memory_order_relaxed));
  n -= rt.sched.ngfree.load(std::memory_order_relaxed);  // see above
  n -= static_cast<std::int32_t>(rt.sched.ngsys.load(std::memory_order_relaxed));  // see above
  n -= rt.extraMLength.load(std::memory_order_relaxed);  // Ms of which no foreign thread makes use
  // acquire: the Ps themselves
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_acquire);
  for (std::int32_t i = 0; i < procs; i++) {
    // relaxed: see above. A P that went out of use has none
    n -= rt.allp[static_cast<std::size_t>(i)]->gfreecnt.load(std::memory_order_relaxed);
  }
  return std::max(n, 1);  // the caller lives
}

bool isSystemGoroutine(g* gp) { return gp->system.get(); }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
