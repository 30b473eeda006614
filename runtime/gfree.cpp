#include "runtime/gfree.hpp"

#include "platform/check.hpp"
#include "runtime/places.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int32_t high = platform::config::gfree_high;
constexpr std::int32_t low = platform::config::gfree_low;
static_assert(0 < low && low <= high);

// The owner alone writes it; gcount's look is an estimate.
std::int32_t local(p* pp) { return pp->gfreecnt.load(std::memory_order_relaxed); }
void count_local(p* pp, std::int32_t by) {
  pp->gfreecnt.store(local(pp) + by, std::memory_order_relaxed);  // see local
}

void count_free(sched_t& sched, std::int32_t by) {
  // relaxed, both: it changes under gflock only; readers without it get an estimate
  const std::int32_t n = sched.ngfree.load(std::memory_order_relaxed);
  sched.ngfree.store(n + by, std::memory_order_relaxed);  // see above
}

// REQUIRES, both: gflock is held.
void to_sched(p* pp) {
  sched_t& sched = pp->rt.sched;
  g* gp = pp->gfree.get();
  count_local(pp, -1);
  pp->gfree.set(gp->schedlink.get());
  gp->schedlink.set(sched.gfree.load(std::memory_order_relaxed));  // changes under gflock only
  sched.gfree.store(gp, std::memory_order_relaxed);  // gflock orders it; without, only nullness
  count_free(sched, 1);
}

void from_sched(p* pp) {
  sched_t& sched = pp->rt.sched;
  g* gp = sched.gfree.load(std::memory_order_relaxed);  // changes under gflock only
  // relaxed: gflock orders it; looked at without it, only nullness counts
  sched.gfree.store(gp->schedlink.get(), std::memory_order_relaxed);
  count_free(sched, -1);
  gp->schedlink.set(pp->gfree.get());
  pp->gfree.set(gp);
  count_local(pp, 1);
}

}  // namespace

void gfput(p* pp, g* gp) {
  enqueued(gp);
  gp->schedlink.set(pp->gfree.get());
  pp->gfree.set(gp);
  count_local(pp, 1);
  if (local(pp) < high) return;

  platform::mark("gfput/batch");
  const bool unlocked = platform::defect(platform::defect_id("gfput-unlocked"));
  if (!unlocked) lock(pp->rt.sched.gflock);
  while (local(pp) >= low) to_sched(pp);
  if (!unlocked) unlock(pp->rt.sched.gflock);
}

// The race: sched's list, found with something in it, is emptied before we have its lock. Closed by
// looking again, under the lock; and again from the top, in case that found nothing.
// Checked by: gfree/*.
g* gfget(p* pp) {
  sched_t& sched = pp->rt.sched;
  g* gp = pp->gfree.get();
  // relaxed: a hint that saves the lock; wrong, it costs a lock or a new goroutine
  while (gp == nullptr && sched.gfree.load(std::memory_order_relaxed) != nullptr) {
    platform::mark("gfget/batch");
    lock(sched.gflock);
    if (platform::defect(platform::defect_id("gfget-no-second-look"))) from_sched(pp);
    // relaxed: changes under gflock only
    while (local(pp) < low && sched.gfree.load(std::memory_order_relaxed) != nullptr) {
      from_sched(pp);
    }
    unlock(sched.gflock);
    gp = pp->gfree.get();
    if (gp == nullptr) platform::mark("gfget/emptied");
  }
  if (gp != nullptr) {
    pp->gfree.set(gp->schedlink.get());
    count_local(pp, -1);
  }
  return dequeued(gp);
}

void gfpurge(p* pp) {
  lock(pp->rt.sched.gflock);
  while (local(pp) != 0) to_sched(pp);
  unlock(pp->rt.sched.gflock);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
