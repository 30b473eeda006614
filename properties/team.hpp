// A bare runtime with an acting M on each of its first Ps: for scenarios of a protocol between Ms.
#pragma once

#include <deque>

#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/m.hpp"
#include "runtime/p.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

// Made and destroyed by the main thread, while nobody acts.
class team {
 public:
  // procs Ps. The first `acting` have an M to act as, the next `without` Ms have no P, and the
  // other Ps are idle.
  team(std::int32_t procs, std::int32_t acting, std::int32_t without = 0)
      : rt(*platform::create<runtime::runtime>(procs)), program("program", procs, 0) {
    for (std::int32_t i = 0; i < acting; i++) ms.emplace_back(rt, rt.allp[at(i)]);
    for (std::int32_t i = 0; i < without; i++) ms.emplace_back(rt, nullptr);
    for (std::int32_t i = acting; i < procs; i++) {
      rt.allp[at(i)]->status.store(runtime::Pidle, std::memory_order_relaxed);  // one thread
      runtime::pidleput(rt.allp[at(i)]);
    }
    if (!platform::real()) rt.stop_again_after = -1;  // nothing is mended by time
    // worldsema is the stopper's
    rt.worldsema.store(0, std::memory_order_relaxed);  // one thread
  }
  team(const team&) = delete;
  team& operator=(const team&) = delete;
  ~team() { platform::destroy(&rt); }

  as_m& operator[](std::int32_t i) { return ms[at(i)]; }
  runtime::p& proc(std::int32_t i) { return *rt.allp[at(i)]; }

  // Somewhere else an M looks for work, so that nobody starts another for it.
  void another_spins() {
    rt.sched.nmspinning.store(1, std::memory_order_relaxed);  // one thread
  }

  // The calling goroutine runs: whoever does at the same time, or in a stopped world, races with
  // it.
  void runs() {
    platform::plain<int>& mine = program[runtime::getp()->id];
    mine.set(mine.get() + 1);
  }

  // The same until it is asked to stop; then the request is done with.
  void runs_until_asked() {
    runs();
    runtime::g* gp = runtime::getg();
    while (gp->stackguard0.load(std::memory_order_relaxed) == 0) platform::procyield(1);  // a hint
    runs();
    forget_request(gp);
  }

  // What execute does.
  static void forget_request(runtime::g* gp) {
    gp->preempt.store(0, std::memory_order_relaxed);      // its own
    gp->stackguard0.store(0, std::memory_order_relaxed);  // its own
  }

  // In the stopped world. It is ours alone: of every P, no matter who ran there.
  void stopped() {
    platform::check(rt.sched.stopwait.load(std::memory_order_relaxed) == 0,  // nobody else is there
                    "in a stopped world no P is waited for");
    const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);
    for (std::int32_t i = 0; i < procs; i++) {
      platform::check(proc(i).status.load(std::memory_order_relaxed) == runtime::Pgcstop,
                      "in a stopped world every P is stopped");
      program[i].set(program[i].get() + 1);
    }
  }

  // The runtime ends: lets go of the Ms that sleep in stopm, and of those that are on their way.
  void end() {
    rt.exiting.store(1, std::memory_order_seq_cst);  // as stop() does, before the lock
    runtime::lock(rt.sched.lock);
    while (runtime::m* mp = runtime::mget(rt)) runtime::notewakeup(mp->park);
    runtime::unlock(rt.sched.lock);
  }

  runtime::runtime& rt;
  std::deque<as_m> ms;
  cells<platform::plain<int>> program;  // one a P

 private:
  static std::size_t at(std::int32_t i) { return static_cast<std::size_t>(i); }
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
