// The runtime's mutual exclusion lock: Go's lock_futex.go (1.4 to 1.6). It blocks the thread (M),
// not the goroutine, so whoever holds it must not park.
//
// Thread safe. Not recursive, not fair, no owner is recorded: what a lock guards is plain data, and
// the race check is the proof that it was held.
// Errors: unlocking an unlocked lock is fatal, "unlock of unlocked lock".
#pragma once

#include <cstdint>

#include "platform/atomic.hpp"
#include "runtime/sync/lock_rank.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// The states of a mutex. Threads may spin in any of them; spinning leaves no trace in the key.
//
// Nobody holds it. Threads may be asleep for a moment: unlock has yet to wake the one that it
// found registered, and that one will register again for the others.
inline constexpr std::uint32_t mutex_unlocked = 0;
// Somebody holds it and, as far as the key knows, nobody sleeps. A newcomer's speculative exchange
// may put this over mutex_sleeping: it remembers that, and puts mutex_sleeping back before it
// returns with the lock.
inline constexpr std::uint32_t mutex_locked = 1;
// Somebody holds it and presumably a thread sleeps: the unlock must wake one. The woken thread
// takes the lock in this state too, since it cannot know whether it was the last.
inline constexpr std::uint32_t mutex_sleeping = 2;

struct mutex {
  explicit mutex(const char* name = "lock", int index = -1, lock_rank order = lock_rank::none)
      : key(mutex_unlocked, name, index), rank(order) {}
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;

  platform::atomic<std::uint32_t> key;
  const lock_rank rank;
};

// Returns holding the lock: sees everything done before the unlocks before.
void lock(mutex& l);

// REQUIRES: the caller holds the lock.
void unlock(mutex& l);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
