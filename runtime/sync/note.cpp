#include "runtime/sync/note.hpp"

#include "platform/check.hpp"
#include "platform/futex.hpp"
#include "platform/thread.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// acquire: what preceded the wakeup
bool woken(note& n) { return n.key.load(std::memory_order_acquire) != 0; }

}  // namespace

// Relaxed, as Go's plain store is. It comes after the last cycle's exchange in the cell's order,
// because the sleeper has read that exchange's 1; and before the next, because the caller orders
// them. Go on AIX needed more (catalogue: M05) since there notesleep trusted the system's semaphore
// and returned without having read the key.
void noteclear(note& n) {
  n.key.store(0, std::memory_order_relaxed);  // between two cycles' exchanges, see above
}

// The race: the sleeper finds 0 and goes to sleep while we wake. Closed by the order: the state
// first, then the wake. The kernel compares the key under the lock under which it wakes, so a
// sleeper that it lets sleep is one that the wake finds. Checked by: note/*.
void notewakeup(note& n) {
  if (platform::defect(platform::defect_id("note-wakeup-before-state"))) {
    platform::futex_wake(n.key, 1);
  }
  // release: what precedes the wakeup, to the sleeper's acquire
  const std::uint32_t old = n.key.exchange(
      1, relaxed_by(platform::defect_id("notewakeup-relaxed"), std::memory_order_release));
  if (old != 0) platform::fatal("notewakeup - double wakeup");
  if (!platform::defect(platform::defect_id("note-wakeup-before-state"))) {
    platform::futex_wake(n.key, 1);
  }
}

// The futex may return for no reason, a signal, or the late wake of an earlier cycle: only the key
// says that we are woken. Checked by: note/*.
void notesleep(note& n) {
  while (!woken(n)) {
    platform::mark("note/sleep");
    const platform::futex_result result = platform::futex_wait(n.key, 0, -1);
    if (platform::defect(platform::defect_id("notesleep-trusts-futex")) &&
        result == platform::futex_result::woken) {
      return;
    }
  }
}

// Checked by: note/*.
bool notetsleep(note& n, std::int64_t ns) {
  if (ns < 0) {
    notesleep(n);
    return true;
  }
  if (woken(n)) return true;
  const std::int64_t deadline = platform::nanotime() + ns;
  for (;;) {
    platform::mark("note/timed-sleep");
    platform::futex_wait(n.key, 0, ns);
    if (woken(n)) return true;
    const std::int64_t now = platform::nanotime();
    if (now >= deadline) break;
    platform::mark("note/woken-early");
    ns = deadline - now;
  }
  platform::mark("note/timeout");
  return woken(n);  // the wakeup may have come while we looked at the clock
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
