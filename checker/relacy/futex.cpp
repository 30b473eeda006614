// Futexes on Relacy's parking, by the kernel's protocol: wait is a full fence, then under the
// queue's lock loads the word, compares, enqueues; wake is a full fence, then under the same lock
// dequeues. The lock is a vector clock: Relacy runs one thread at a time, and nothing between
// taking and leaving it is a scheduling point.
#include "platform/futex.hpp"

#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::platform {

using engine::current;
using engine::environment;
using engine::futex_queue;

namespace {

// The wait is over without a wake: the thread leaves the queue by itself.
void leave_queue(futex_queue& q, int me) {
  unsigned kept = 0;
  for (unsigned i = 0; i < q.count; i++) {
    if (q.waiters[i] != me) q.waiters[kept++] = q.waiters[i];
  }
  q.count = kept;
}

// Parks the calling thread, which is in the queue. Whether it may time out or wake spuriously is
// decided by Relacy's scheduler, within the program's budgets per site.
rl::unpark_reason park(std::int64_t timeout_ns, std::source_location where) {
  rl::context& c = rl::ctx();
  const unsigned me = 1U << c.threadx_->index_;
  const checker::budgets& budget = current.program->budget;
  const bool timed = timeout_ns >= 0 && current.used(where, environment::timeout) < budget.timeouts;
  const bool spurious = current.used(where, environment::spurious) < budget.spurious;
  if (timeout_ns >= 0 && !timed) current.overdue |= me;
  engine::thread_state& self = current.self();
  self.blocked = "futex-wait";
  self.where = where;
  const rl::unpark_reason reason =
      c.park_current_thread(timed, spurious, false, engine::info(where));
  self.blocked = nullptr;
  if (reason == rl::unpark_reason_timeout && timed) current.used(where, environment::timeout)++;
  if (reason == rl::unpark_reason_spurious) current.used(where, environment::spurious)++;
  current.overdue &= ~me;
  return reason;
}

}  // namespace

futex_result futex_wait(atomic<std::uint32_t>& word, std::uint32_t expected,
                        std::int64_t timeout_ns, std::source_location where) {
  current.here = where;
  rl::context& c = rl::ctx();
  rl::atomic_thread_fence(rl::mo_seq_cst, engine::info(where));
  const engine::uninterrupted locked(c);
  futex_queue& q = current.queue(&word);
  q.lock.acquire(*c.threadx_);
  const std::uint32_t found = word.cell().load(std::memory_order_relaxed, where);
  q.lock.release(*c.threadx_);
  if (found != expected) {
    current.log("futex-wait: again", where);
    return futex_result::again;
  }
  q.waiters[q.count++] = c.threadx_->index_;
  const rl::unpark_reason reason = park(timeout_ns, where);
  futex_queue& now = current.queue(&word);  // the queues may have moved
  now.lock.acquire(*c.threadx_);
  if (reason != rl::unpark_reason_normal) {
    leave_queue(now, c.threadx_->index_);
    now.lock.release(*c.threadx_);
  }
  if (reason == rl::unpark_reason_timeout) {
    current.self().now += timeout_ns;
    current.log("futex-wait: timed out", where);
    return futex_result::timed_out;
  }
  current.log(
      reason == rl::unpark_reason_spurious ? "futex-wait: woken spuriously" : "futex-wait: woken",
      where);
  return futex_result::woken;
}

std::uint32_t futex_wake(atomic<std::uint32_t>& word, std::uint32_t count,
                         std::source_location where) {
  current.here = where;
  rl::context& c = rl::ctx();
  rl::atomic_thread_fence(rl::mo_seq_cst, engine::info(where));
  futex_queue& q = current.queue(&word);
  q.lock.acquire(*c.threadx_);
  std::uint32_t woken = 0;
  while (woken < count && q.count > 0) {
    const int first = q.waiters[0];
    leave_queue(q, first);
    c.unpark_thread(first, false, engine::info(where));
    woken++;
  }
  q.lock.release(*c.threadx_);
  current.log(woken == 0 ? "futex-wake: nobody waits" : "futex-wake", where);
  return woken;
}

}  // namespace tenterhook::relacy::platform
