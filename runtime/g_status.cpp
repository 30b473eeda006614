#include "runtime/g_status.hpp"

#include <string>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/park.hpp"
#include "runtime/stubs.hpp"
#include "runtime/waiting.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

bool cas(g* gp, std::uint32_t from, std::uint32_t to) {
  // acq_rel: all that was done to the goroutine in the state that ends, by whoever owned it then,
  // to whoever owns it from here on. acquire on failure: the caller goes by what it reads next
  return gp->atomicstatus.compare_exchange(from, to, std::memory_order_acq_rel,
                                           std::memory_order_acquire);
}

void scan(g* gp) {
  // acquire: what precedes this round, which a goroutine may meet by an older request
  if (gp->gcscandone.load(std::memory_order_acquire) != 0) return;
  runtime& rt = getrt();
  if (platform::defect(platform::defect_id("scan-takes-lock"))) {
    lock(rt.sched.lock);  // the defect: whoever has this lock may be waiting for our bit
    unlock(rt.sched.lock);
  }
  if (!gp->gcscanvalid.get()) {
    if (rt.hook.scanstack != nullptr) rt.hook.scanstack(gp);
    gp->gcscanvalid.set(true);
  }
  // release: the scan, to the scanner, which does not wait for the bit
  gp->gcscandone.store(1, relaxed_by(platform::defect_id("scan-done-relaxed"),
                                     std::memory_order_release));
}

// For what is said before a throw.
std::string values(std::uint32_t oldval, const char* between, std::uint32_t newval) {
  return "oldval=" + hex(oldval) + between + "newval=" + hex(newval) + "\n";
}

void say_casgstatus(g* gp, std::uint32_t oldval, std::uint32_t newval) {
  if (!is_heard(getrt())) return;
  gwrite(getrt(), "runtime: casgstatus " + hex(oldval) + "->" + hex(newval) +
                      " gp.status=" + hex(readgstatus(gp)) + " gp.gcscanvalid=true\n");
}

void say_casfrom(g* gp, const char* what, std::uint32_t oldval, std::uint32_t newval) {
  gwrite(getrt(), std::string("runtime: casfrom_Gscanstatus ") + what + " gp=" + hex(address(gp)) +
                      ", " + values(oldval, ", ", newval));
  dumpgstatus(gp);
}

}  // namespace

std::uint32_t readgstatus(g* gp) {
  // acquire: whoever goes by the state sees what led to it
  return gp->atomicstatus.load(std::memory_order_acquire);
}

bool isscanstatus(std::uint32_t status) {
  if (status == Gscan) throw_(getrt(), "isscanstatus: Bad status Gscan");
  return (status & Gscan) != 0;
}

// Only a scanner sets the bit, and only one at a time may; so the state waits under it until it is
// cleared. The wait is short: a scanner takes no lock (R14).
void casgstatus(g* gp, std::uint32_t oldval, std::uint32_t newval) {
  if ((oldval & Gscan) != 0 || (newval & Gscan) != 0 || oldval == newval) {
    gwrite(getrt(), "runtime: casgstatus: " + values(oldval, " ", newval));
    throw_(getrt(), "casgstatus: bad incoming values");
  }
  if (oldval == Grunning && gp->gcscanvalid.get()) {
    say_casgstatus(gp, oldval, newval);
    throw_(getrt(), "casgstatus");
  }
  rank_awaited(lock_rank::scan);
  waiting scanned("casgstatus");
  while (!cas(gp, oldval, newval)) {
    if (oldval == Gwaiting && readgstatus(gp) == Grunnable) {
      throw_(getrt(), "casgstatus: waiting for Gwaiting but is Grunnable");
    }
    platform::mark("casgstatus/wait");
    scanned.pause();
  }
  if (newval == Grunning) gp->gcscanvalid.set(false);
}

bool castogscanstatus(g* gp, std::uint32_t oldval, std::uint32_t newval) {
  const auto take = [&] {
    if (!cas(gp, oldval, newval)) return false;
    rank_taken(lock_rank::scan);
    return true;
  };
  switch (oldval) {
    case Grunnable:
    case Gwaiting:
    case Gsyscall:
      if (newval == (oldval | Gscan)) return take();
      break;
    case Grunning:
      if (newval == Gscanrunning || newval == Gscanenqueue) return take();
      break;
    default: break;
  }
  gwrite(getrt(), "runtime: castogscanstatus " + values(oldval, " ", newval));
  throw_(getrt(), "castogscanstatus");
}

// Go also writes gcscanvalid here, without owning it: the goroutine may have gone on and been
// scanned (L14).
void casfrom_Gscanstatus(g* gp, std::uint32_t oldval, std::uint32_t newval) {
  std::uint32_t without = Gwaiting;  // Gscanenqueue's
  switch (oldval) {
    case Gscanrunnable:
    case Gscanwaiting:
    case Gscanrunning:
    case Gscansyscall: without = oldval & ~Gscan; break;
    case Gscanenqueue: break;
    default:
      say_casfrom(gp, "bad oldval", oldval, newval);
      throw_(getrt(), "casfrom_Gscanstatus:top gp->status is not in scan state");
  }
  if (newval != without || !cas(gp, oldval, newval)) {
    say_casfrom(gp, "failed", oldval, newval);
    throw_(getrt(), "casfrom_Gscanstatus: gp->status is not in scan state");
  }
  rank_released(lock_rank::scan);
  if (platform::defect(platform::defect_id("casfrom-clears-gcscanvalid")) && newval == Grunning) {
    gp->gcscanvalid.set(false);
  }
}

// The race: netpoll readies the goroutine between the look and the change; waiting for the state
// that was seen would then be for ever, with the world stopped (N01). Closed by looking again.
// Checked by: g_status/*.
std::uint32_t casgcopystack(g* gp) {
  rank_awaited(lock_rank::scan);
  waiting scanned("casgcopystack");
  for (;;) {
    const std::uint32_t oldstatus = readgstatus(gp) & ~Gscan;
    if (oldstatus != Gwaiting && oldstatus != Grunnable) {
      throw_(getrt(), "copystack: bad status, not Gwaiting or Grunnable");
    }
    if (platform::defect(platform::defect_id("copystack-trusts-look"))) {
      casgstatus(gp, oldstatus, Gcopystack);
      return oldstatus;
    }
    if (cas(gp, oldstatus, Gcopystack)) return oldstatus;
    platform::mark("casgcopystack/again");
    scanned.pause();
  }
}

// The race: the goroutine may run, park, be readied, end and scan itself while we look. Closed by
// owning it, with the scan bit, whenever we act, and by looking at gcscandone again then.
// Checked by: g_status/*.
void scang(g* gp) {
  no_rank_taken();  // gp, which it may wait for, may want any of them on its way to a safe point
  // release: what precedes this round, to the goroutine's own scan
  gp->gcscandone.store(0, relaxed_by(platform::defect_id("scan-round-relaxed"),
                                     std::memory_order_release));
  waiting done("scang");
  // acquire: the goroutine's own scan
  while (gp->gcscandone.load(std::memory_order_acquire) == 0) {
    const std::uint32_t s = readgstatus(gp);
    switch (s) {
      case Gdead:
        gp->gcscandone.store(1, std::memory_order_relaxed);  // no stack; the scanner's own
        break;
      case Grunnable:
      case Gsyscall:
      case Gwaiting:
        if (!castogscanstatus(gp, s, s | Gscan)) break;
        platform::mark("scang/scans");
        scan(gp);
        restartg(gp);
        break;
      case Grunning: {
        // relaxed, both: only to spare the request that was made before
        if (gp->preemptscan.load(std::memory_order_relaxed) != 0 &&
            gp->stackguard0.load(std::memory_order_relaxed) == stackPreempt) {
          break;
        }
        if (!castogscanstatus(gp, Grunning, Gscanrunning)) break;
        platform::mark("scang/asks");
        // relaxed: it is ours under the scan bit
        if (gp->gcscandone.load(std::memory_order_relaxed) == 0) {
          gp->preemptscan.store(1, std::memory_order_release);  // the request, with this round
          // release, the second: as in preemptone, whose it may overwrite
          gp->preempt.store(1, std::memory_order_relaxed);
          gp->stackguard0.store(stackPreempt, std::memory_order_release);  // see above
        }
        casfrom_Gscanstatus(gp, Gscanrunning, Grunning);
        break;
      }
      case Gcopystack:
      case Gscanwaiting: break;  // it is on its way
      default: dumpgstatus(gp); throw_(getrt(), "stopg: invalid status");
    }
    // A safe point: gp may be waiting for us to stop, or to be scanned. relaxed: as safepoint's
    if (getg()->stackguard0.load(std::memory_order_relaxed) == stackPreempt &&
        !platform::defect(platform::defect_id("scang-no-safepoint"))) {
      done.lets_go();
      newstack(getm(), getg());
    }
    done.pause();
  }
  gp->preemptscan.store(0, std::memory_order_relaxed);  // whatever is left of the request
}

void restartg(g* gp) {
  const std::uint32_t s = readgstatus(gp);
  switch (s) {
    case Gdead: break;
    case Gscanrunnable:
    case Gscanwaiting:
    case Gscansyscall: casfrom_Gscanstatus(gp, s, s & ~Gscan); break;
    case Gscanenqueue:
      casfrom_Gscanstatus(gp, Gscanenqueue, Gwaiting);
      if (gp != getm()->curg.load(std::memory_order_relaxed)) {  // this M's own
        throw_(getrt(), "processing Gscanenqueue on wrong m");
      }
      dropg();
      ready(gp);
      break;
    default: dumpgstatus(gp); throw_(getrt(), "restartg: unexpected status");
  }
}

// As Gwaiting the goroutine may be scanned by the scanner itself meanwhile; then gcscandone is set.
//
// The race: whoever stops the world asks the same goroutine in the same words. So they stay, and
// the goroutine gives way when it has scanned itself. (Go 1.6 wipes them, and the stop waits until
// it asks again.) Checked by: stop_world/scanned.
g* scan_self(g* gp) {
  casgstatus(gp, Grunning, Gwaiting);
  {
    rank_awaited(lock_rank::scan);
    waiting scanned("scan_self");
    while (!castogscanstatus(gp, Gwaiting, Gscanwaiting)) scanned.pause();
  }
  platform::mark("scang/self");
  scan(gp);
  gp->preemptscan.store(0, std::memory_order_relaxed);  // owned with the scan bit
  const bool wipes = platform::defect(platform::defect_id("scan-drops-stop"));
  if (wipes) gp->preempt.store(0, std::memory_order_relaxed);  // the defect's
  casfrom_Gscanstatus(gp, Gscanwaiting, Gwaiting);
  casgstatus(gp, Gwaiting, Grunning);
  if (wipes) gp->stackguard0.store(0, std::memory_order_relaxed);  // the defect's
  return gp;
}

void dumpgstatus(g* gp) {
  runtime& rt = getrt();
  if (!is_heard(rt)) return;
  const auto line = [](const char* who, g* of, const char* status) {
    return std::string("runtime: ") + who + " goid=" + std::to_string(of->goid.get()) + status +
           std::to_string(readgstatus(of)) + "\n";
  };
  gwrite(rt, line("gp:", gp, ", gp->atomicstatus=") + line(" g:", getg(), ",  g->atomicstatus="));
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
