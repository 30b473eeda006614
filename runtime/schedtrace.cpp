#include <charconv>

#include "runtime/deadlock.hpp"
#include "runtime/g_status.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

// A figure for a trace: whatever it was a moment ago.
template <class T>
T racily(const platform::atomic<T>& cell) {
  return cell.load(std::memory_order_relaxed);  // a stale value is fine
}

// " name=value"
template <class T>
void field(std::string& out, const char* name, T value) {
  out += std::string(" ") + name + "=" + std::to_string(value);
}

void text(std::string& out, const char* name, const char* value) {
  out += std::string(" ") + name + "=" + value;
}

std::int64_t id(const m* mp) { return mp == nullptr ? -1 : mp->id; }
std::int64_t id(const p* pp) { return pp == nullptr ? -1 : pp->id; }
std::int64_t id(const g* gp) { return gp == nullptr ? -1 : racily(gp->traceid); }

// Not locked, it leaves out what may be read under sched.lock only: -1.
void trace_sched(std::string& out, runtime& rt, bool detailed, std::int64_t now, bool locked) {
  const sched_t& sched = rt.sched;
  const std::int64_t ms = rt.runtimeInitTime == 0 ? 0 : (now - rt.runtimeInitTime) / 1'000'000;
  out += "SCHED " + std::to_string(ms) + "ms:";
  field(out, "gomaxprocs", racily(rt.gomaxprocs));
  field(out, "idleprocs", racily(sched.npidle));
  field(out, "threads", racily(sched.mcount));
  field(out, "spinningthreads", racily(sched.nmspinning));
  field(out, "idlethreads", locked ? sched.nmidle.get() : -1);
  field(out, "runqueue", racily(sched.runqsize));
  if (!detailed) return;
  field(out, "gcwaiting", racily(sched.gcwaiting));
  field(out, "nmidlelocked", locked ? sched.nmidlelocked.get() : -1);
  field(out, "stopwait", racily(sched.stopwait));
  field(out, "sysmonwait", racily(sched.sysmonwait));
  out += "\n";
}

// Each value once: what a pointer led to may be another, or none, a moment later.
void trace_ps(std::string& out, runtime& rt, bool detailed) {
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_acquire);  // allp up to it
  for (std::int32_t i = 0; i < procs; i++) {
    p* pp = rt.allp[static_cast<std::size_t>(i)];
    const std::uint32_t head = racily(pp->runqhead);
    const std::uint32_t queued = racily(pp->runqtail) - head;
    if (!detailed) {
      out += (i == 0 ? " [" : " ") + std::to_string(queued);
      continue;
    }
    out += "  P" + std::to_string(i) + ":";
    field(out, "status", racily(pp->status));
    field(out, "schedtick", racily(pp->schedtick));
    field(out, "syscalltick", racily(pp->syscalltick));
    field(out, "m", id(racily(pp->m)));
    field(out, "runqsize", queued);
    field(out, "gfreecnt", racily(pp->gfreecnt));
    out += "\n";
  }
  if (!detailed) out += "]\n";
}

void trace_ms(std::string& out, runtime& rt) {
  // acquire: each M was made before it was put there
  for (m* mp = rt.allm.load(std::memory_order_acquire); mp != nullptr; mp = mp->alllink) {
    out += "  M" + std::to_string(mp->id) + ":";
    field(out, "p", id(racily(mp->p)));
    field(out, "curg", id(racily(mp->curg)));
    field(out, "mallocing", racily(mp->mallocing));
    field(out, "throwing", racily(mp->throwing));
    text(out, "preemptoff", racily(mp->preemptoff));
    field(out, "locks", racily(mp->locks));
    field(out, "dying", racily(mp->dying));
    field(out, "helpgc", racily(mp->helpgc));
    text(out, "spinning", racily(mp->spinning) != 0 ? "true" : "false");
    text(out, "blocked", "false");
    field(out, "lockedg", id(racily(mp->lockedg)));
    out += "\n";
  }
}

// Read once: between two reads the goroutine may park, and have none (R50).
std::int64_t m_of(const g* gp) {
  const m* mp = racily(gp->m);
  if (mp != nullptr && platform::defect(platform::defect_id("schedtrace-reads-m-twice"))) {
    mp = racily(gp->m);  // the defect: the look was at another
    return mp->id;
  }
  return id(mp);
}

// REQUIRES: allglock is held.
void trace_gs(std::string& out, runtime& rt) {
  for (g* gp : rt.allgs) {
    out += "  G" + std::to_string(id(gp)) + ":";
    field(out, "status", readgstatus(gp));
    out += std::string("(") + racily(gp->waitreason) + ")";
    field(out, "m", m_of(gp));
    field(out, "lockedm", id(racily(gp->lockedm)));
    out += "\n";
  }
}

// Whoever has it may have crashed, so a crash waits for nobody.
bool lock_if_free(mutex& l) {
  std::uint32_t unlocked = mutex_unlocked;
  // acquire: as lock() does
  return l.key.compare_exchange(unlocked, mutex_locked, std::memory_order_acquire,
                                std::memory_order_relaxed);
}

// The value of "name=value", as Go's atoi reads it: decimal digits.
std::string setting(std::string_view item, debug_vars& into) {
  const std::string quoted = "GODEBUG: \"" + std::string(item) + "\"";
  const std::size_t equals = item.find('=');
  if (equals == item.npos) return quoted + " is not of the form name=number";
  const std::string_view name = item.substr(0, equals);
  const std::string_view value = item.substr(equals + 1);
  std::int32_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool read = error == std::errc() && end == value.data() + value.size() && number >= 0;
  if (name != "schedtrace" && name != "scheddetail") {
    return quoted + ": there is no such setting; there are schedtrace and scheddetail";
  }
  if (!read) {
    return quoted + ": the value must be a whole number from 0 to 2147483647";
  }
  (name == "schedtrace" ? into.schedtrace : into.scheddetail) = number;
  return "";
}

}  // namespace

std::string schedtrace(runtime& rt, bool detailed, std::int64_t now) {
  std::string out;
  lock(rt.sched.lock);
  trace_sched(out, rt, detailed, now, true);
  trace_ps(out, rt, detailed);
  if (detailed) {
    trace_ms(out, rt);
    lock(rt.allglock);
    trace_gs(out, rt);
    unlock(rt.allglock);
  }
  unlock(rt.sched.lock);
  return out;
}

std::string crashtrace(runtime& rt) {
  std::string out;
  const bool locked = lock_if_free(rt.sched.lock);
  trace_sched(out, rt, true, platform::nanotime(), locked);
  if (locked) unlock(rt.sched.lock);
  trace_ps(out, rt, true);
  trace_ms(out, rt);
  if (lock_if_free(rt.allglock)) {
    trace_gs(out, rt);
    unlock(rt.allglock);
  }
  return out;
}

std::string parsedebugvars(std::string_view godebug, debug_vars& into) {
  debug_vars read = into;
  while (!godebug.empty()) {
    const std::size_t comma = godebug.find(',');
    const std::string wrong = setting(godebug.substr(0, comma), read);
    if (!wrong.empty()) return wrong;
    godebug = comma == godebug.npos ? "" : godebug.substr(comma + 1);
  }
  into = read;
  return "";
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
