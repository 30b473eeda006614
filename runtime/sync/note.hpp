// One-time notifications between threads (M): Go's notes, lock_futex.go (1.4 to 1.6). A cycle is
// noteclear; then one notewakeup and any number of sleepers, in any order; then the next noteclear.
//
// Thread safe, but for noteclear. What precedes notewakeup is seen by whom it lets go.
// Errors: a second wakeup in a cycle is fatal, "notewakeup - double wakeup".
#pragma once

#include <cstdint>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct note {
  explicit note(const char* name = "note", int index = -1) : key(0, name, index) {}
  note(const note&) = delete;
  note& operator=(const note&) = delete;

  platform::atomic<std::uint32_t> key;  // 0: not yet woken, 1: woken
};

// Begins a cycle. REQUIRES: every sleeper and the wakeup of the last cycle have happened before
// (the wakeup's futex call may still be under way: it is then a spurious wake of this cycle), and
// the next notewakeup happens after, by the caller's own means.
void noteclear(note& n);

// Ends all sleeps of this cycle, those to come included; wakes at most one thread that sleeps
// already, so a note has one sleeper at a time.
void notewakeup(note& n);

// Returns after the wakeup.
void notesleep(note& n);

// As notesleep, but at most ns nanoseconds (for ever if negative). True: woken. False: the time is
// over, and the note was not woken when last looked at; it may be by now.
bool notetsleep(note& n, std::int64_t ns);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
