// safepoint/* and g_status/* in a whole runtime: what is asked of every P, or of a goroutine, while
// they go through the scheduler.
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// A bit of everything that a goroutine does to its P.
void wander() {
  runtime::Gosched();
  runtime::safepoint();
  runtime::entersyscall();
  runtime::exitsyscall();
  runtime::entersyscallblock();
  runtime::exitsyscall();
  runtime::safepoint();
}

// How often the function was run for each P; they are there before the world is.
struct visits {
  explicit visits(std::int64_t procs) : of_p("of_p", procs, 0) {}
  cells<platform::plain<int>> of_p;
};

struct visited : visits, world {
  visited(std::int64_t procs, std::function<void()> main)
      : visits(procs), world({.procs = static_cast<std::int32_t>(procs)}, std::move(main)) {}
};

// The P is nobody else's meanwhile, so it races with whoever has it too.
void visit(runtime::p* pp) {
  auto& all = *static_cast<visited*>(static_cast<world*>(pp->rt.main_argument));
  platform::plain<int>& mine = all.of_p[pp->id];
  mine.set(mine.get() + 1);
}

// Goroutines come and go while the function is asked for.
void each(run& t) {
  const std::int64_t n = t["n"];
  const std::int64_t times = t["times"];
  const std::int64_t procs = t["procs"];
  visited w(procs, [&, n, times] {
    for (std::int64_t i = 0; i < n; i++) w.go(wander);
    for (std::int64_t k = 0; k < times; k++) {
      runtime::semacquire(w.rt.worldsema);
      runtime::forEachP(w.rt, visit);
      runtime::semrelease(w.rt, w.rt.worldsema);
    }
  });
  w.finish();
  for (std::int64_t i = 0; i < procs; i++) {
    platform::check(w.of_p[i].get() == times, "every P runs the function once each time");
  }
  w.check_quiet();
}

// A goroutine is scanned while it comes and goes.
void scanned(run& t) {
  const std::int64_t rounds = t["rounds"];
  platform::atomic<runtime::g*> target(nullptr, "target");
  world::options how{.procs = static_cast<std::int32_t>(t["procs"])};
  how.more.hook.scanstack = [](runtime::g* gp) {
    gp->param.set(gp->param.get());  // what its owner and its scanner alone may do
  };
  world w(how, [&, rounds] {
    w.go([&] {
      runtime::g* gp = runtime::getg();
      target.store(gp, std::memory_order_release);  // to the scanner
      wander();
      gp->param.set(nullptr);
      wander();
    });
    runtime::g* gp = nullptr;
    while ((gp = target.load(std::memory_order_acquire)) == nullptr) {  // see above
      runtime::Gosched();
    }
    for (std::int64_t k = 0; k < rounds; k++) runtime::scang(gp);
  });
  w.finish();
  w.check_quiet();
}

// A goroutine is scanned that waits for its scanner: to stop, or to be scanned itself.
void mutual(run& t) {
  const bool stops = t["stops"] != 0;
  platform::atomic<runtime::g*> target(nullptr, "target");
  world::options how{.procs = static_cast<std::int32_t>(t["procs"])};
  how.more.hook.scanstack = [](runtime::g*) {};
  world w(how, [&, stops] {
    runtime::g* scanner = runtime::getg();
    w.go([&, scanner, stops] {
      target.store(runtime::getg(), std::memory_order_release);  // to the scanner
      if (stops) {
        runtime::stopTheWorld("test");
        runtime::startTheWorld();
      } else {
        runtime::scang(scanner);
      }
    });
    runtime::g* gp = nullptr;
    while ((gp = target.load(std::memory_order_acquire)) == nullptr) {  // see above
      runtime::Gosched();
    }
    runtime::scang(gp);
  });
  w.finish();
  w.check_quiet();
}

}  // namespace

void add_safepoint_run(checker::catalogue& all) {
  const checker::parameter procs = {"procs", 2, 1, 4, "GOMAXPROCS"};
  all.push_back(strict("safepoint/whole",
                       "every P runs the function once, whatever the scheduler does with it", 30,
                       each));
  all.back().parameters = {procs,
                           {"n", 2, 1, 3, "goroutines that come and go"},
                           {"times", 1, 1, 3, "that the function is asked for"}};
  all.back().marks = {"forEachP/idle", "forEachP/wait", "safepoint/running"};
  all.back().how = {"pos", 2, 300};

  all.push_back(strict("g_status/whole",
                       "a stack is scanned whatever the scheduler does with its goroutine", 30,
                       scanned));
  all.back().parameters = {procs, {"rounds", 2, 1, 3, "scans"}};
  all.back().marks = {"scang/scans", "scang/asks", "scang/self", "casgstatus/wait"};
  all.back().how = {"pos", 2, 300};

  all.push_back(strict("g_status/stopper",
                       "a goroutine is scanned while it stops the world", 30, mutual));
  all.back().parameters = {procs, {"stops", 1, 0, 1, "0: it scans its scanner"}};
  all.back().marks = {"scang/asks", "stop_world/wait"};
  all.back().how = {"pos", 2, 300};

  all.push_back(strict("g_status/mutual", "two goroutines scan each other", 30, mutual));
  all.back().parameters = {procs, {"stops", 0, 0, 1, "1: the other stops the world"}};
  all.back().marks = {"scang/asks", "scang/self"};
  all.back().how = {"pos", 2, 300};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
