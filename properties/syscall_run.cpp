// syscall/* in a whole runtime: goroutines in and out of system calls, while others wait for their
// Ps.
#include <vector>

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/g_status.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/park.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t late = 1'000'000'000;  // ns: every slice and every call is over by then

void call(bool blocks) {
  if (blocks) {
    runtime::entersyscallblock();
  } else {
    runtime::entersyscall();
  }
  runtime::exitsyscall();
}

// Goroutines make calls of both kinds. Each runs on until its end.
void many(run& t) {
  const std::int64_t n = t["n"];
  const std::int64_t calls = t["calls"];
  cells<platform::plain<std::int64_t>> done("done", n, 0);
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i, calls] {
        for (std::int64_t k = 0; k < calls; k++) {
          call((i + k) % 2 == 0);
          done[i].set(done[i].get() + 1);
        }
      });
    }
  });
  w.finish();
  w.check_quiet();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(done[i].get() == calls, "a goroutine runs on after each system call");
  }
}

// One is locked to its thread, and others want its P.
void locked(run& t) {
  const std::int64_t calls = t["calls"];
  platform::plain<int> done(0, "done");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] { call(true); });
    w.go([&, calls] {
      runtime::LockOSThread();
      const runtime::m* mine = runtime::getm();
      for (std::int64_t k = 0; k < calls; k++) {
        call(k % 2 == 0);
        platform::check(runtime::getm() == mine, "a locked goroutine runs on its thread");
      }
      runtime::UnlockOSThread();
      done.set(1);
    });
  });
  w.finish();
  w.check_quiet();
  platform::check(done.get() == 1, "a locked goroutine comes back from a system call");
}

// The call lasts until the goroutine behind the caller has run, so the monitor has to take the P;
// it is a thread that looks until it has.
void monitored(run& t) {
  runtime::note ran("ran");
  world w({.procs = static_cast<std::int32_t>(t["procs"]), .monitored = true}, [&] {
    w.go([&] { runtime::notewakeup(ran); });
    runtime::entersyscall();
    runtime::notesleep(ran);
    runtime::exitsyscall();
  });
  t.go("monitor", [&] {
    for (std::int64_t k = 1; runtime::retake(w.rt, k * late) == 0; k++) {
      // relaxed: a hint. With several Ps the other goroutine may run elsewhere.
      if (w.rt.mainReturned.load(std::memory_order_relaxed) != 0) break;
      platform::osyield();
    }
  });
  w.finish();
  t.join();
  w.check_quiet();
}

// Back from a call, it runs until the world has been stopped.
void preempt(run& t) {
  platform::atomic<int> over(0, "over");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::entersyscall();
      runtime::exitsyscall();
      // acquire: what was done in the stopped world
      while (over.load(std::memory_order_acquire) == 0) runtime::safepoint();
    });
    runtime::Gosched();
    runtime::stopTheWorld("test");
    over.store(1, std::memory_order_release);  // see above
    runtime::startTheWorld();
  });
  w.finish();
  w.check_quiet();
}

program row(const char* name, const char* about, void (*scenario)(run&), std::int64_t procs) {
  program result = strict(name, about, 30, scenario);
  result.parameters = {{"procs", procs, 1, 4, "GOMAXPROCS"}};
  result.how = {"pos", 2, 300};
  return result;
}

}  // namespace

void add_syscall_run(checker::catalogue& all) {
  all.push_back(row("syscall/many", "goroutines run on after each of their system calls", many, 2));
  all.back().parameters.push_back({"n", 3, 1, 4, "goroutines"});
  all.back().parameters.push_back({"calls", 2, 1, 4, "system calls each"});
  all.back().marks = {"exitsyscall/idle-p", "exitsyscall0/queued", "exitsyscall0/idle-p"};

  all.push_back(row("syscall/locked", "a locked goroutine comes back on its thread", locked, 1));
  all.back().parameters.push_back({"calls", 2, 1, 4, "system calls"});
  all.back().marks = {"exitsyscall0/locked"};

  all.push_back(row("syscall/preempt",
                    "a goroutine that comes back while the world stops is asked to stop", preempt,
                    2));
  all.back().marks = {"stop_asked/late"};

  all.push_back(row("syscall/monitored",
                    "a call may last until the goroutine behind its own has run", monitored, 1));
  all.back().marks = {"retake/taken"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
