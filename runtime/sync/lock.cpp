#include "runtime/sync/lock.hpp"

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/futex.hpp"
#include "platform/thread.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// One look at the key, and more as long as it is found unlocked: true, the lock is ours, in the
// state `wait`.
bool trylock(mutex& l, std::uint32_t wait) {
  // relaxed: a hint, the CAS decides
  while (l.key.load(std::memory_order_relaxed) == mutex_unlocked) {
    std::uint32_t unlocked = mutex_unlocked;
    // acquire: all that the holders before us did, from their unlocks on
    if (l.key.compare_exchange(unlocked, wait, std::memory_order_acquire,
                               std::memory_order_relaxed)) {
      return true;
    }
    platform::mark("lock/cas-failed");
  }
  return false;
}

// Active spinning in the hope that the holder is about to unlock, then giving way to it.
bool spinlock(mutex& l, std::uint32_t wait) {
  for (std::uint32_t i = 0; i < platform::config::active_spin; i++) {
    if (trylock(l, wait)) return true;
    platform::mark("lock/spin");
    platform::procyield(platform::config::active_spin_count);
  }
  for (std::uint32_t i = 0; i < platform::config::passive_spin; i++) {
    if (trylock(l, wait)) return true;
    platform::mark("lock/yield");
    platform::osyield();
  }
  return false;
}

}  // namespace

// The race: a thread decides to sleep while the holder unlocks. Closed by the state: the sleeper
// first puts mutex_sleeping into the key, by an exchange, and then sleeps only while it is there.
// If the exchange finds mutex_unlocked, the sleeper has the lock; if not, the unlock comes later
// and finds mutex_sleeping.
//
// The second race: the first exchange, or a CAS, may put mutex_locked over the mutex_sleeping of a
// thread that still sleeps. Closed by `wait`: whoever overwrote it, or was asleep itself and cannot
// know whether others are, takes the lock with mutex_sleeping, which costs at most one wake too
// many. Checked by: lock/*.
void lock(mutex& l) {
  rank_taken(l.rank);
  // The speculative grab. acquire: all that the holders before us did
  std::uint32_t v = l.key.exchange(
      mutex_locked,
      relaxed_by(platform::defect_id("lock-grab-relaxed"), std::memory_order_acquire));
  if (v == mutex_unlocked) return;

  std::uint32_t wait = v;  // mutex_locked or mutex_sleeping: what we put back when we get the lock
  for (;;) {
    if (spinlock(l, wait)) return;

    // acquire: if it finds the lock free, we are its holder from here on
    v = l.key.exchange(mutex_sleeping, std::memory_order_acquire);
    if (v == mutex_unlocked) return;
    if (!platform::defect(platform::defect_id("lock-sleeper-locked"))) wait = mutex_sleeping;
    platform::mark("lock/sleep");
    platform::futex_wait(l.key, mutex_sleeping, -1);
  }
}

// The exchange tells in one step whether anybody has registered as asleep: between a load and a
// store, somebody could. Checked by: lock/*.
void unlock(mutex& l) {
  rank_released(l.rank);
  if (platform::defect(platform::defect_id("unlock-forgets-sleeper"))) {
    // relaxed: the defect is the gap between this and the next access
    if (l.key.load(std::memory_order_relaxed) == mutex_locked) {
      l.key.store(mutex_unlocked, std::memory_order_release);  // to the next holder's acquire
      return;
    }
  }
  // release: all that we did as the holder, to the next holder's acquire
  const std::uint32_t v = l.key.exchange(
      mutex_unlocked, relaxed_by(platform::defect_id("unlock-relaxed"), std::memory_order_release));
  if (v == mutex_unlocked) platform::fatal("unlock of unlocked lock");
  if (v == mutex_sleeping) {
    platform::mark("unlock/wake");
    platform::futex_wake(l.key, 1);
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
