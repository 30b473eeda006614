// The order in which a thread takes locks, so that no two can wait for each other: Go's lockrank.go
// (1.15). The scan bit of a goroutine's state is one of them: who has it takes no lock but the
// profiler's, which comes last, as a tick may come to a thread that holds any other.
//
// Checked hooked and under Relacy, in every execution that takes a lock, whether or not another
// thread is about to take the same ones in another order. Natively it is folded away.
//
// Thread safe: a thread's ghosts are its own.
#pragma once

#include <cstdint>

#include "platform/check.hpp"
#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// A thread that has a lock takes only those below it here. `none`: not ranked, and not looked at.
enum class lock_rank : std::uint8_t {
  none,
  forcegc,  // injectglist takes sched.lock
  root,     // a semaphore's; whoever parks under it changes a state, and may wait for a scanner
  sched,    // checkdead and schedtrace go through all goroutines
  allg,
  gflock,
  sudog,
  extram,  // the head of the list of extra Ms
  scan,
  prof,
};

// Before the lock is taken, as the wait for it is what must not close a circle; after it where the
// wait is the exchange itself.
inline void rank_taken(lock_rank rank) {
  std::uint32_t* const ghosts = platform::ghosts();
  if (ghosts == nullptr || rank == lock_rank::none) return;
  platform::check((*ghosts >> static_cast<unsigned>(rank)) == 0,
                  "locks are taken in the order of their ranks");
  *ghosts |= 1U << static_cast<unsigned>(rank);
}

inline void rank_released(lock_rank rank) {
  std::uint32_t* const ghosts = platform::ghosts();
  if (ghosts == nullptr || rank == lock_rank::none) return;
  *ghosts &= ~(1U << static_cast<unsigned>(rank));
}

// By a thread that looks for a goroutine, is about to sleep until there is one, stops the world, or
// waits for a goroutine's safe point.
inline void no_rank_taken() {
  std::uint32_t* const ghosts = platform::ghosts();
  if (ghosts == nullptr) return;
  platform::check(*ghosts == 0, "nobody holds a lock who sleeps, or waits for a goroutine");
}

// Whoever waits until another lets it go, and does not take it.
inline void rank_awaited(lock_rank rank) {
  std::uint32_t* const ghosts = platform::ghosts();
  if (ghosts == nullptr) return;
  platform::check((*ghosts >> static_cast<unsigned>(rank)) == 0,
                  "locks are awaited in the order of their ranks");
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
