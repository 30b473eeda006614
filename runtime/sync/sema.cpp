#include "runtime/sync/sema.hpp"

#include <cstddef>
#include <utility>

#include "platform/check.hpp"
#include "runtime/park.hpp"
#include "runtime/places.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sudog.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::uint32_t minus_one = static_cast<std::uint32_t>(-1);

template <std::size_t... I>
std::array<sema_root, sizeof...(I)> make_roots(std::index_sequence<I...>) {
  return {{sema_root(static_cast<int>(I))...}};
}

}  // namespace

bool cansemacquire(semaphore& addr) {
  for (;;) {
    // seq_cst: after semacquire's count in nwait
    std::uint32_t v = addr.load(
        relaxed_by(platform::defect_id("semacquire-look-relaxed"), std::memory_order_seq_cst));
    if (v == 0) return false;
    // acquire: what preceded the semrelease whose count we take
    if (addr.compare_exchange(v, v - 1, std::memory_order_acquire, std::memory_order_relaxed)) {
      return true;
    }
    platform::mark("sema/cas-failed");
  }
}

namespace {

// Under root.lock: counts us in and takes a count if there is one after all. Then we are out again.
bool acquire_or_count(sema_root& root, semaphore& addr) {
  if (platform::defect(platform::defect_id("semacquire-nwait-late"))) {
    if (cansemacquire(addr)) return true;
    root.nwait.fetch_add(1, std::memory_order_seq_cst);  // the defect: after the look at addr
    return false;
  }
  if (platform::defect(platform::defect_id("semacquire-nwait-stored"))) {
    const std::uint32_t waiting = root.nwait.load(std::memory_order_relaxed);  // our own lock
    root.nwait.store(waiting + 1, std::memory_order_release);  // the defect: after the look at addr
  } else {
    // seq_cst: before the look at addr, see semacquire
    root.nwait.fetch_add(1, relaxed_by(platform::defect_id("semacquire-nwait-relaxed"),
                                       std::memory_order_seq_cst));
  }
  if (!cansemacquire(addr)) return false;
  root.nwait.fetch_add(minus_one, std::memory_order_relaxed);  // only spares a semrelease the lock
  return true;
}

// Takes root.lock and queues; false: there was a count after all, which is ours, and the lock is
// free again. to_clear: the note that the wakeup will come by.
bool count_and_queue(sema_root& root, semaphore& addr, sudog& s, note* to_clear) {
  lock(root.lock);
  if (acquire_or_count(root, addr)) {
    unlock(root.lock);
    platform::mark("sema/raced");
    return false;
  }
  if (platform::defect(platform::defect_id("semacquire-gives-way")) && s.mp == nullptr) safepoint();
  if (to_clear != nullptr) noteclear(*to_clear);  // while nobody can find us
  root.queue(addr, s);
  return true;
}

// Takes the first waiter for addr off the queue; nullptr: there is none. REQUIRES: root.lock.
sudog* take_waiter(sema_root& root, const semaphore& addr) {
  const bool any = platform::defect(platform::defect_id("semrelease-wakes-any"));
  sudog* s = root.head.get();
  while (s != nullptr && s->elem.get() != &addr && !any) s = s->next.get();
  if (s == nullptr) return nullptr;
  root.nwait.fetch_add(minus_one, std::memory_order_relaxed);  // only spares semreleases the lock
  root.dequeue(*s);
  return s;
}

void wake(sudog& s) {
  platform::mark("sema/wake");
  if (s.mp != nullptr) {
    notewakeup(s.mp->park);
  } else {
    goready(s.gp.get());
  }
}

// The race: a count that is added for a waiter is anybody's until it is taken away again. Closed by
// not adding it. Checked by: sema/next.
bool hand_over(sema_root& root, const semaphore& addr) {
  if (platform::defect(platform::defect_id("semrelease-handoff-late"))) return false;
  lock(root.lock);
  sudog* s = take_waiter(root, addr);
  if (s != nullptr) s->ticket.set(true);
  unlock(root.lock);
  if (s == nullptr) return false;
  platform::mark("sema/handed");
  wake(*s);
  return true;
}

}  // namespace

sema_table::sema_table()
    : roots(make_roots(std::make_index_sequence<platform::config::sema_table_size>{})) {}

void sema_root::queue(semaphore& addr, sudog& s) {
  if (s.gp.get() != nullptr) enqueued(s.gp.get());
  s.elem.set(&addr);
  s.next.set(nullptr);
  sudog* last = tail.get();
  s.prev.set(last);
  if (last != nullptr) {
    last->next.set(&s);
  } else {
    head.set(&s);
  }
  tail.set(&s);
}

void sema_root::dequeue(sudog& s) {
  dequeued(s.gp.get());
  sudog* after = s.next.get();
  sudog* before = s.prev.get();
  if (after != nullptr) {
    after->prev.set(before);
  } else {
    tail.set(before);
  }
  if (before != nullptr) {
    before->next.set(after);
  } else {
    head.set(after);
  }
  s.elem.set(nullptr);
  s.next.set(nullptr);
  s.prev.set(nullptr);
}

sema_root& semroot(runtime& rt, const semaphore& addr) {
  const auto address = reinterpret_cast<std::uintptr_t>(&addr);
  return rt.semtable.roots[(address >> 3) % platform::config::sema_table_size];
}

// The race is a lost wakeup: we find the count at zero and go to sleep, while semrelease counts up,
// finds no waiter and leaves. Closed by both doing first what the other looks at: we count up nwait
// and then look at addr, semrelease counts up addr and then looks at nwait. In the one total order
// of these four, seq_cst, the second to count sees the other's. A semrelease that sees us waits for
// root.lock, by when we are in the queue.
//
// Woken, we compete for the count again, since a newcomer may have taken it. Then the newcomer's
// own semrelease wakes the next. Checked by: sema/*.
void semacquire(m& mp, semaphore& addr) {
  if (cansemacquire(addr)) return;

  sema_root& root = semroot(mp.rt, addr);
  const bool late = platform::defect(platform::defect_id("semacquire-noteclear-late"));
  while (count_and_queue(root, addr, mp.waiting, late ? nullptr : &mp.park)) {
    unlock(root.lock);
    if (late) noteclear(mp.park);
    platform::mark("sema/queue");
    notesleep(mp.park);
    if (platform::defect(platform::defect_id("semacquire-no-retry"))) return;
    if (mp.waiting.ticket.get()) {
      mp.waiting.ticket.set(false);
      return;
    }
    if (cansemacquire(addr)) return;
    platform::mark("sema/requeue");
  }
}

// The same with a goroutine. Checked by: park/*, stop_world/*.
void semacquire(semaphore& addr) {
  if (!platform::defect(platform::defect_id("semacquire-no-safepoint"))) safepoint();
  if (cansemacquire(addr)) return;

  sema_root& root = semroot(getrt(), addr);
  sudog* s = acquireSudog();
  s->gp.set(getg());
  while (count_and_queue(root, addr, *s, nullptr)) {
    goparkunlock(root.lock, "semacquire");
    if (s->ticket.get() || cansemacquire(addr)) break;
  }
  s->ticket.set(false);
  s->gp.set(nullptr);
  releaseSudog(s);
}

// The counterpart: see semacquire. Checked by: sema/*.
void semrelease(runtime& rt, semaphore& addr, bool handoff) {
  sema_root& root = semroot(rt, addr);
  if (handoff && hand_over(root, addr)) return;
  const bool first = platform::defect(platform::defect_id("semrelease-nwait-first"));
  std::uint32_t nwait = 0;
  if (first) nwait = root.nwait.load(std::memory_order_seq_cst);  // the defect: before the count
  // seq_cst: before the look at nwait. As a release: what precedes, to whoever takes the count
  addr.fetch_add(1, std::memory_order_seq_cst);
  if (!first) {
    // seq_cst: after the count in addr
    nwait = root.nwait.load(
        relaxed_by(platform::defect_id("semrelease-nwait-relaxed"), std::memory_order_seq_cst));
  }
  if (nwait == 0) return;

  lock(root.lock);
  // relaxed: it changes only under the lock
  if (root.nwait.load(std::memory_order_relaxed) == 0) {
    unlock(root.lock);
    platform::mark("sema/count-taken");
    return;
  }
  sudog* s = take_waiter(root, addr);
  if (s != nullptr && handoff && cansemacquire(addr)) s->ticket.set(true);
  unlock(root.lock);
  if (s != nullptr) wake(*s);
}

void semrelease(semaphore& addr, bool handoff) {
  if (!platform::defect(platform::defect_id("semrelease-no-safepoint"))) safepoint();
  semrelease(getrt(), addr, handoff);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
