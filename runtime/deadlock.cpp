#include "runtime/deadlock.hpp"

#include <charconv>
#include <cstdio>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/g_status.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// How many Ms run, or are about to: those in system calls and those that spin, are being started or
// sleep in the network included.
std::int32_t running(const runtime& rt) {
  const sched_t& sched = rt.sched;
  const bool idlelocked = !platform::defect(platform::defect_id("checkdead-forgets-idlelocked"));
  // relaxed: it changes under sched.lock, which is held
  return sched.mcount.load(std::memory_order_relaxed) - sched.nmidle.get() -
      (idlelocked ? sched.nmidlelocked.get() : 0) - (rt.has_sysmon ? 1 : 0);
}

// sched.lock is held, and nothing may be thrown with it: what looks at the crash may need it (L19).
[[noreturn]] void dead(runtime& rt, const char* message, const std::string& details = "") {
  if (!platform::defect(platform::defect_id("checkdead-throws-locked"))) unlock(rt.sched.lock);
  if (!details.empty()) gwrite(rt, "runtime: checkdead: " + details + "\n");
  throw_(rt, message);
}

// What they are, for who has to find out how fewer than no M can run.
std::string counts(const runtime& rt) {
  return "nmidle=" + std::to_string(rt.sched.nmidle.get()) +
      " nmidlelocked=" + std::to_string(rt.sched.nmidlelocked.get()) + " mcount=" +
      std::to_string(rt.sched.mcount.load(std::memory_order_relaxed));  // under sched.lock
}

// allgs under allglock: how many goroutines of the program's wait; runnable: the first that should
// not be in its state, if no M runs.
std::int32_t waiting(runtime& rt, g*& runnable, std::uint32_t& status) {
  std::int32_t count = 0;
  lock(rt.allglock);
  for (g* gp : rt.allgs) {
    if (isSystemGoroutine(gp)) continue;
    status = readgstatus(gp);
    const std::uint32_t s = status & ~Gscan;
    if (s == Gwaiting) {
      count++;
    } else if (s == Grunnable || s == Grunning || s == Gsyscall) {
      runnable = gp;
      break;
    }
  }
  unlock(rt.allglock);
  return count;
}

// Whoever throws while another dumps says why, and leaves the rest to that one: natively it ends
// the process; hooked, the execution.
void wait_for_the_dump(runtime& rt, const char* message) {
  if (native()) gwrite(rt, std::string("fatal error: ") + message + "\n");
  // Not for ever: it may have a lock that the dump waits for.
  for (int i = 0; i < (native() ? 10'000 : 1000); i++) platform::usleep(1000);
}

// Go's startpanic_m and dopanic_m.
//
// The race: others run on, and change what the dump shows, print between its lines, or end the
// process before it is complete. Closed as well as it can be by a freeze, which takes no lock:
// whoever throws may have any. Hooked there is none: the execution ends here.
// Checked by: tests/runtime/deadlock.cpp.
void crash(runtime& rt, const char* message) {
  m* mp = getm();
  if (mp != nullptr) {
    // relaxed, all: its own; others read them for a trace
    if (mp->dying.load(std::memory_order_relaxed) != 0) return;  // its own dump fails
    mp->dying.store(1, std::memory_order_relaxed);  // see above
    if (mp->throwing.load(std::memory_order_relaxed) == 0) {  // see above
      mp->throwing.store(1, std::memory_order_relaxed);       // see above
    }
    if (native()) {  // as Go's paniclk counts: no safe point gives way any more
      mp->locks.store(mp->locks.load(std::memory_order_relaxed) + 1,  // see above
                      std::memory_order_relaxed);                     // see above
    }
  }
  // seq_cst, as Go's: from here on checkdead keeps quiet
  if (rt.panicking.fetch_add(1, std::memory_order_seq_cst) != 0) {
    wait_for_the_dump(rt, message);
    return;
  }
  gwrite(rt, std::string("fatal error: ") + message + "\n");
  if (native()) {
    if (rt.debug_schedtrace > 0 || rt.debug_scheddetail) gwrite(rt, crashtrace(rt));
    freezetheworld(rt);
  }
  gwrite(rt, "\n" + crashtrace(rt));
}

}  // namespace

bool is_heard(const runtime& rt) { return rt.hook.print != nullptr || native(); }

void gwrite(runtime& rt, const std::string& text) {
  if (rt.hook.print != nullptr) {
    rt.hook.print(text.c_str());
  } else if (native()) {
    std::fputs(text.c_str(), stderr);
  }
}

std::string hex(std::uint64_t value) {
  char digits[2 * sizeof value];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, value, 16);
  platform::check(error == std::errc(), "the digits of a number have their place");
  return "0x" + std::string(digits, end);
}

void throw_(runtime& rt, const char* message) {
  if (is_heard(rt)) crash(rt, message);
  platform::fatal(message);
}

// The races are those of the counts, not of this look, which has the lock: an M must be counted
// from the moment when work may depend on it (reserve_m, L04), and who moves work about without
// being counted, as sysmon, must have pretended to be (incidlelocked(-1), R08).
//
// Go 1.6 throws with sched.lock held (L19). Ours unlocks first; nothing runs then that could make
// the finding untrue. Checked by: deadlock/*.
void checkdead(runtime& rt) {
  // relaxed, both: whoever set them has not gone idle since, or did so under this lock
  if (rt.mainReturned.load(std::memory_order_relaxed) != 0) return;
  if (rt.panicking.load(std::memory_order_relaxed) != 0) return;  // see above
  const std::int32_t run = running(rt);
  if (run > 0) return;
  if (run < 0) dead(rt, "checkdead: inconsistent counts", is_heard(rt) ? counts(rt) : "");

  platform::mark("checkdead/no-m-runs");
  g* runnable = nullptr;
  std::uint32_t status = 0;
  const std::int32_t count = waiting(rt, runnable, status);
  if (runnable != nullptr) {
    dead(rt, "checkdead: runnable g",
         is_heard(rt) ? "find g " + std::to_string(runnable->goid.get()) + " in status " +
                 std::to_string(status)
                      : "");
  }
  if (count == 0) dead(rt, "no goroutines (main called runtime.Goexit) - deadlock!");
  // relaxed: its own, if it is one; it says that full stacks are of no interest
  if (m* mp = getm(); mp != nullptr) mp->throwing.store(-1, std::memory_order_relaxed);
  dead(rt, "all goroutines are asleep - deadlock!");
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
