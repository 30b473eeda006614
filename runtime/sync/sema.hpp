// Semaphores for sync.Mutex and friends: semacquire and semrelease of Go 1.6 (sema.go). Any 32-bit
// cell is a semaphore; the waiters hang in a table keyed by the cell's address. A better picture
// than "semaphore": every sleep is paired with one wakeup, even if the wakeup comes first.
//
// There is no hand-off in this era: semrelease counts up, takes a waiter off the queue and readies
// it, and the waiter competes with newcomers for the count; it queues again, at the end, if it
// loses. So a waiter can starve (catalogue: L20), but the count never idles while somebody waits.
//
// What blocks here is the calling thread, on its M's `park` note: goroutines that can park come
// with the scheduler, and then goparkunlock and goready take the note's place.
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

struct m;
struct runtime;

using semaphore = platform::atomic<std::uint32_t>;

// A waiter in a queue. Part of its M, as an M waits for one thing at a time, and never freed before
// it: the wakeup's futex call may come when the waiter is long gone. (Go caches sudogs a P.)
struct sudog {
  explicit sudog(m& owner) : mp(owner) {}
  sudog(const sudog&) = delete;
  sudog& operator=(const sudog&) = delete;

  m& mp;  // immutable
  // Guarded by the lock of the root whose queue it is in; otherwise its M's own.
  platform::plain<sudog*> next{nullptr, "sudog.next"};
  platform::plain<sudog*> prev{nullptr, "sudog.prev"};
  platform::plain<semaphore*> elem{nullptr, "sudog.elem"};  // what it waits for
};

// The waiters of all semaphores whose addresses fall into one bucket.
struct sema_root {
  explicit sema_root(int index)
      : lock("semaroot.lock", index),
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

// Adds one to the count and wakes a waiter, if there is any.
void semrelease(runtime& rt, semaphore& addr);

// The bucket of an address. Exposed for tests.
sema_root& semroot(runtime& rt, const semaphore& addr);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
