#include "runtime/globrunq.hpp"

#include <algorithm>

#include "platform/check.hpp"
#include "runtime/places.hpp"
#include "runtime/runq.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

void resize(runtime& rt, std::int32_t by) {
  // relaxed: it changes under sched.lock only. release: what globrunqget has put into a ring, to
  // any_work; other readers without the lock get a hint
  const std::int32_t size = rt.sched.runqsize.load(std::memory_order_relaxed);  // see above
  rt.sched.runqsize.store(size + by, relaxed_by(platform::defect_id("runqsize-relaxed"),
                                                std::memory_order_release));  // see above
}

}  // namespace

void globrunqput(runtime& rt, g* gp) {
  enqueued(gp);
  globrunqputbatch(rt, gp, gp, 1);
}

void globrunqputhead(runtime& rt, g* gp) {
  enqueued(gp);
  gp->schedlink.set(rt.sched.runqhead.get());
  rt.sched.runqhead.set(gp);
  if (rt.sched.runqtail.get() == nullptr) rt.sched.runqtail.set(gp);
  resize(rt, 1);
}

void globrunqputbatch(runtime& rt, g* ghead, g* gtail, std::int32_t n) {
  gtail->schedlink.set(nullptr);
  g* last = rt.sched.runqtail.get();
  if (last != nullptr) {
    last->schedlink.set(ghead);
  } else {
    rt.sched.runqhead.set(ghead);
  }
  rt.sched.runqtail.set(gtail);
  resize(rt, n);
}

// The race: who looks a last time, without the lock, finds this queue empty already and the ring
// still. Then the goroutines on their way wait there, beside an idle P, until pp's M is done with
// the first of them. Closed by the order: the rest are in the ring when the size goes down. (Go's
// 1.6 does not look here again.) Checked by: spinning/batch.
g* globrunqget(runtime& rt, p* pp, std::int32_t max) {
  const std::int32_t size =
      rt.sched.runqsize.load(std::memory_order_relaxed);  // changes under sched.lock only
  if (size == 0) return nullptr;

  constexpr auto half = static_cast<std::int32_t>(platform::config::runq_size / 2);
  // relaxed: it changes under sched.lock
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);
  std::int32_t n = std::min(size / procs + 1, size);
  if (max > 0) n = std::min(n, max);
  n = std::min(n, half);

  const bool early = platform::defect(platform::defect_id("globrunqget-counts-first"));
  if (early) resize(rt, -n);
  if (n == size) rt.sched.runqtail.set(nullptr);

  g* gp = rt.sched.runqhead.get();
  rt.sched.runqhead.set(gp->schedlink.get());
  for (std::int32_t i = 1; i < n; i++) {
    platform::mark("globrunqget/batch");
    g* gp1 = rt.sched.runqhead.get();
    rt.sched.runqhead.set(gp1->schedlink.get());
    runqput(pp, dequeued(gp1), false);  // finds room, or it would want sched.lock
  }
  if (!early) resize(rt, -n);
  return dequeued(gp);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
