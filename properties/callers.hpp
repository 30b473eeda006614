// What the scenarios of system calls and of the monitor share: acting Ms that come back from system
// calls and then go on as the scheduler's loop does, with the real findrunnable. A goroutine that
// runs again is done with at once, so no stack has to be left.
//
// In all of them `team::another_spins` keeps wakeups of further Ms away, and one M, the spare, lies
// in the idle list for whoever gives a P away: no thread is started.
#pragma once

#include "properties/cells.hpp"
#include "properties/team.hpp"
#include "runtime/findrunnable.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/schedule.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

// Every time slice and every system call is over by then, for the monitor.
inline constexpr std::int64_t late = 1'000'000'000;  // ns

// The goroutines that are to run again, each once: those of the team's Ms, and others.
class callers {
 public:
  // In Gsyscall, or wherever they come from: `of` the team's first and `others` more.
  callers(team& all, std::int64_t expected)
      : all_(all), left_(expected), ran_("ran", static_cast<std::int64_t>(all.ms.size()) + 1, 0) {}

  // On an acting M, whose goroutine is in a system call: exitsyscall, and then whatever the M runs.
  void come_back() {
    runtime::m* mp = runtime::getm();
    runtime::g* gp = runtime::getg();
    if (runtime::exitsyscallfast()) {
      runtime::casgstatus(gp, runtime::Gsyscall, runtime::Grunning);
      serve(gp);
      return;
    }
    mp->running = mp->g0;
    gp = runtime::exitsyscall0(gp);
    serve(gp != nullptr || runtime::getp() == nullptr ? gp : next());
  }

  // On an acting M that is in the idle list: waits to be started.
  void wait_for_p() {
    runtime::m* mp = runtime::getm();
    mp->running = mp->g0;
    runtime::notesleep(mp->park);
    runtime::noteclear(mp->park);
    runtime::p* pp = mp->nextp.get();
    if (pp == nullptr) return;  // all have run
    mp->nextp.set(nullptr);
    runtime::acquirep(pp);
    serve(next());
  }

  // On an acting M that has a P and nothing to run.
  void look_for_work() {
    runtime::dropg();
    runtime::getm()->running = runtime::getm()->g0;
    serve(next());
  }

  // Puts M i into the idle list. The main thread, before the others.
  void spare(std::int32_t i) { runtime::mput(all_[i].mp); }

  // What team::runs() does, once a goroutine.
  void ran(runtime::g* gp) {
    all_.runs();
    platform::atomic<int>& count = ran_[gp->goid.get() - 1];
    // relaxed: nobody else runs it
    platform::check(count.fetch_add(1, std::memory_order_relaxed) == 0,
                    "a goroutine runs on once after its system call");
    // acq_rel: all of it, to who ends the runtime
    if (left_.fetch_add(-1, std::memory_order_acq_rel) == 1) all_.end();
  }

 private:
  static runtime::g* next() {
    const runtime::found next = runtime::findrunnable();
    return next.gp == nullptr ? nullptr : runtime::execute(next.gp, next.inheritTime);
  }

  void serve(runtime::g* gp) {
    while (gp != nullptr) {
      ran(gp);
      runtime::dropg();
      gp = next();
    }
  }

  team& all_;
  platform::atomic<std::int64_t> left_;
  cells<platform::atomic<int>> ran_;
};

// After all have ended: each P is in one place, and has at most one M.
inline void each_p_in_one_place(team& all) {
  runtime::runtime& rt = all.rt;
  // relaxed, all: everybody else has ended
  for (runtime::p* pp : rt.allp) {
    runtime::m* owner = nullptr;
    int owners = 0;
    for (as_m& one : all.ms) {
      if (one.mp->p.load(std::memory_order_relaxed) != pp) continue;
      owner = one.mp;
      owners++;
    }
    const std::uint32_t status = pp->status.load(std::memory_order_relaxed);
    platform::check(owners == (status == runtime::Prunning ? 1 : 0),
                    "a P that runs has one M, another none");
    platform::check(pp->m.load(std::memory_order_relaxed) == owner, "an M and its P agree");
    platform::check(idle_entries(rt, pp) == (status == runtime::Pidle ? 1 : 0),
                    "an idle P is in the list, once");
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
