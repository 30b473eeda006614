// Semaphores for sync.Mutex and friends: semacquire and semrelease of Go 1.6 (sema.go). Any 32-bit
// cell is a semaphore; the waiters hang in a table keyed by the cell's address. A better picture
// than "semaphore": every sleep is paired with one wakeup, even if the wakeup comes first.
//
// Without hand-off, semrelease counts up, takes a waiter off the queue and readies it, and the
// waiter competes with newcomers for the count; it queues again, at the end, if it loses. So a
// waiter can starve (catalogue: L20), but the count never idles while somebody waits. With hand-off
// the waiter gets the count itself.
//
// Who waits is a goroutine, which parks, or, given its M, a thread, on that M's `park` note.
//
// Thread safe. What precedes semrelease is seen by the semacquire that takes its count.
#pragma once

#include <array>
#include <cstdint>

#include "platform/atomic.hpp"
#include "platform/config.hpp"
#include "platform/plain.hpp"
#include "runtime/sync/lock.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct g;
struct m;
struct runtime;

using semaphore = platform::atomic<std::uint32_t>;

// A waiter in a queue: a goroutine, or a thread that is no part of a started runtime. A thread's is
// part of its M, which waits for one thing at a time, and never freed before it: the wakeup's futex
// call may come when the waiter is long gone. Goroutines take theirs from acquireSudog.
struct sudog {
  sudog() = default;
  explicit sudog(m& owner) : mp(&owner) {}
  sudog(const sudog&) = delete;
  sudog& operator=(const sudog&) = delete;

  m* const mp = nullptr;  // the thread that waits; nullptr: a goroutine does
  platform::plain<g*> gp{nullptr, "sudog.g"};  // the waiter's, who queues
  // Guarded by the lock of the root whose queue it is in, or of the cache; otherwise its owner's.
  platform::plain<sudog*> next{nullptr, "sudog.next"};
  platform::plain<sudog*> prev{nullptr, "sudog.prev"};
  platform::plain<semaphore*> elem{nullptr, "sudog.elem"};  // what it waits for
  sudog* alllink = nullptr;  // p.sudogs
  // The count was given to this waiter: set by semrelease before the wakeup, read after it.
  platform::plain<bool> ticket{false, "sudog.ticket"};
};

// The waiters of all semaphores whose addresses fall into one bucket.
struct sema_root {
  explicit sema_root(int index)
      : lock("semaroot.lock", index, lock_rank::root),
        head(nullptr, "semaroot.head", index),
        tail(nullptr, "semaroot.tail", index),
        nwait(0, "semaroot.nwait", index) {}
  sema_root(const sema_root&) = delete;
  sema_root& operator=(const sema_root&) = delete;

  // REQUIRES, both: lock is held.
  void queue(semaphore& addr, sudog& s);
  void dequeue(sudog& s);

  mutex lock;
  platform::plain<sudog*> head;  // guarded by lock
  platform::plain<sudog*> tail;  // guarded by lock
  // Waiters queued or about to queue. Changed under lock, read without.
  platform::atomic<std::uint32_t> nwait;

 private:
  char pad_[64];  // another bucket, another cache line
};

struct sema_table {
  sema_table();

  std::array<sema_root, platform::config::sema_table_size> roots;
};

// Waits until the count is above zero, and takes one. `mp` is the calling thread's M.
// REQUIRES: addr outlives the wait, and every semrelease of it that is under way.
void semacquire(m& mp, semaphore& addr);

// The same for the calling goroutine, which parks; `mp` is not needed.
void semacquire(semaphore& addr);

// Takes one if the count is above zero, and does not wait.
bool cansemacquire(semaphore& addr);

// Adds one to the count and wakes a waiter, if there is any.
// handoff: who waits in the queue gets the count, and no newcomer comes between. By a goroutine it
// may be a safe point: REQUIRES that it holds no lock.
void semrelease(runtime& rt, semaphore& addr, bool handoff = false);

// The same by a goroutine, which may give way first.
void semrelease(semaphore& addr, bool handoff = false);

// The bucket of an address. Exposed for tests.
sema_root& semroot(runtime& rt, const semaphore& addr);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
