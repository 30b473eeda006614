#include "runtime/prof.hpp"

#include "platform/check.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/lock_rank.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

void lock_prof(prof_t& prof) {
  for (;;) {
    std::uint32_t free = 0;
    // acquire: what the ticks before us did
    if (prof.lock.compare_exchange(free, 1, std::memory_order_acquire,
                                   std::memory_order_relaxed)) {
      rank_taken(lock_rank::prof);
      return;
    }
    platform::mark("prof/contended");
    platform::osyield();
  }
}

void unlock_prof(prof_t& prof) {
  rank_released(lock_rank::prof);
  prof.lock.store(0, std::memory_order_release);  // what we did, to the next holder
}

}  // namespace

void resetcpuprofiler(m& mp, std::int32_t hz) {
  // relaxed: of this thread and its signal handlers. Before the ticks begin, and before they end:
  // one too many is ignored
  mp.profilehz.store(hz, std::memory_order_relaxed);
  if (mp.rt.hook.resetcpuprofiler != nullptr) mp.rt.hook.resetcpuprofiler(mp, hz);
}

// The race: a tick on this thread while it holds prof.lock waits for it for ever (M12 is of this
// kind). Closed by turning the thread's own profiling off first. Go 1.6 so stops the process's
// timer, which another M may start again at once (execute, with a rate that it has not had yet),
// and the tick may come to this thread: ours ignores it, see sigprof. And a tick may come to a
// thread that holds sched.lock, so who has prof.lock does not ask for that. Checked by: prof/*.
void setcpuprofilerate_m(runtime& rt, std::int32_t hz) {
  if (hz < 0) hz = 0;
  m* mp = acquirem();  // the thread whose profiling is off is the one that has the lock
  if (!platform::defect(platform::defect_id("setcpuprofilerate-keeps-profiling"))) {
    resetcpuprofiler(*mp, 0);
  }
  lock_prof(rt.prof);
  rt.prof.hz.store(hz, std::memory_order_relaxed);  // who looks again has the lock
  const bool nests = platform::defect(platform::defect_id("setcpuprofilerate-nests"));
  if (!nests) unlock_prof(rt.prof);

  lock(rt.sched.lock);
  rt.sched.profilehz.store(hz, std::memory_order_relaxed);  // a hint to execute: it looks each time
  unlock(rt.sched.lock);
  if (nests) unlock_prof(rt.prof);  // the defect: until here

  if (hz != 0) resetcpuprofiler(*mp, hz);
  releasem(mp);
}

void sigprof(runtime& rt, void (*add)(runtime& rt)) {
  // relaxed: a hint, looked at again under the lock
  if (rt.prof.hz.load(std::memory_order_relaxed) == 0) return;
  m* mp = getm();
  // relaxed: this thread's own
  if (mp != nullptr && mp->profilehz.load(std::memory_order_relaxed) == 0 &&
      !platform::defect(platform::defect_id("sigprof-trusts-timer"))) {
    platform::mark("sigprof/off");
    return;
  }
  // relaxed, both: this thread's own, but for a trace
  if (mp != nullptr) {
    mp->mallocing.store(mp->mallocing.load(std::memory_order_relaxed) + 1,
                        std::memory_order_relaxed);  // what runs now may not allocate
  }
  lock_prof(rt.prof);
  if (rt.prof.hz.load(std::memory_order_relaxed) != 0) add(rt);  // it changes under prof.lock
  unlock_prof(rt.prof);
  if (mp != nullptr) {
    mp->mallocing.store(mp->mallocing.load(std::memory_order_relaxed) - 1,
                        std::memory_order_relaxed);  // see above
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
