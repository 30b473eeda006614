// stop_world/*, with whole runtimes: who stops the world is alone in it, takes turns with the
// others who do, and loses no goroutine.
#include "properties/catalogue.hpp"
#include "properties/team.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

world::options procs(std::int64_t n) { return {.procs = static_cast<std::int32_t>(n)}; }

// Goroutines that stop the world, and some that only run: each writes what is its own, and who has
// stopped the world all of it.
void alone(run& t) {
  const std::int64_t stoppers = t["stoppers"];
  const std::int64_t runners = t["runners"];
  cells<platform::plain<int>> program("program", runners, 0);
  platform::plain<std::int64_t> stops(0, "stops");
  world w(procs(t["procs"]), [&] {
    for (std::int64_t i = 0; i < runners; i++) {
      w.go([&, i] {
        program[i].set(1);
        runtime::safepoint();
        program[i].set(2);
      });
    }
    for (std::int64_t i = 0; i < stoppers; i++) {
      w.go([&] {
        runtime::stopTheWorld("test");
        stops.set(stops.get() + 1);
        for (std::int64_t k = 0; k < runners; k++) program[k].set(program[k].get());
        runtime::startTheWorld();
      });
    }
  });
  w.finish();
  platform::check(stops.get() == stoppers, "all get their turn to stop the world");
  for (std::int64_t i = 0; i < runners; i++) {
    platform::check(program[i].get() == 2, "after the start everything runs on");
  }
  w.check_quiet();
}

// A goroutine that stops the world over and over, and one that wants to as well.
void turns(run& t) {
  platform::ghost<std::int64_t> had_its_turn(0, "had_its_turn");
  world w(procs(t["procs"]), [&] {
    w.go([&] {
      runtime::stopTheWorld("other");
      had_its_turn.set(1);
      runtime::startTheWorld();
    });
    const runtime::sema_root& queue = runtime::semroot(w.rt, w.rt.worldsema);
    runtime::semacquire(w.rt.worldsema);  // stopTheWorld's first half
    // relaxed: a hint. It may have had its turn before
    while (queue.nwait.load(std::memory_order_relaxed) == 0 && had_its_turn.get() == 0) {
      runtime::Gosched();
    }
    if (had_its_turn.get() == 0) platform::mark("turns/waits");
    runtime::stopTheWorldWithSema(w.rt);
    runtime::startTheWorld();
    runtime::stopTheWorld("greedy");
    platform::check(had_its_turn.get() != 0, "who waits for the world is the next to stop it");
    runtime::startTheWorld();
  });
  w.finish();
  platform::check(had_its_turn.peek() != 0, "all get their turn to stop the world");
  w.check_quiet();
}

// The same without bound: it stops the world until the other one has.
void starved(run& t) {
  platform::atomic<int> had_its_turn(0, "had_its_turn");
  const char* const loop = "a loop of stopTheWorld";
  world w(procs(t["procs"]), [&] {
    runtime::semacquire(w.rt.worldsema);
    w.go([&] {
      runtime::stopTheWorld("other");
      had_its_turn.store(1, std::memory_order_relaxed);  // it only has to come some time
      runtime::startTheWorld();
    });
    const runtime::sema_root& queue = runtime::semroot(w.rt, w.rt.worldsema);
    // relaxed: a hint
    while (queue.nwait.load(std::memory_order_relaxed) == 0) runtime::Gosched();
    runtime::stopTheWorldWithSema(w.rt);
    runtime::startTheWorld();
    while (had_its_turn.load(std::memory_order_relaxed) == 0) {  // see above
      platform::hot(loop);
      runtime::stopTheWorld("greedy");
      runtime::startTheWorld();
    }
    platform::cool(loop);
  });
  w.finish();
  w.check_quiet();
}

// GOMAXPROCS while there are goroutines in the queues.
void resize(run& t) {
  const std::int64_t n = t["n"];
  cells<platform::plain<int>> ran("ran", n, 0);
  world w(procs(t["from"]), [&] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i] {
        w.go([&, i] { ran[i].set(ran[i].get() + 1); });
        runtime::safepoint();
      });
    }
    const auto from = static_cast<std::int32_t>(t["from"]);
    const auto to = static_cast<std::int32_t>(t["to"]);
    platform::check(runtime::GOMAXPROCS(w.rt, to) == from, "GOMAXPROCS returns what it was");
    platform::check(runtime::GOMAXPROCS(w.rt, 0) == to, "GOMAXPROCS becomes what was asked for");
  });
  w.finish();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(ran[i].get() == 1, "a change of GOMAXPROCS loses no goroutine");
  }
  w.check_quiet();
}

// Two calls at a time: one comes first.
void resize_two(run& t) {
  cells<platform::plain<std::int32_t>> was("was", 2, 0);
  world w(procs(t["procs"]), [&] {
    for (std::int32_t i = 0; i < 2; i++) {
      w.go([&, i] { was[i].set(runtime::GOMAXPROCS(w.rt, 3 + i)); });
    }
  });
  w.finish();
  const auto from = static_cast<std::int32_t>(t["procs"]);
  const bool first = was[0].get() == from && was[1].get() == 3;
  const bool second = was[1].get() == from && was[0].get() == 4;
  platform::check(first || second, "of two calls of GOMAXPROCS one returns what the other set");
  w.check_quiet();
}

// GOMAXPROCS up, down and up again, while goroutines run, wait in queues, and for a semaphore.
void grow(run& t) {
  const std::int64_t n = t["n"];
  cells<platform::plain<int>> ran("ran", n, 0);
  runtime::semaphore sema(0, "sema");
  world w(procs(1), [&, n] {
    platform::check(runtime::GOMAXPROCS(w.rt, 3) == 1, "GOMAXPROCS returns what it was");
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i] {
        runtime::semacquire(sema);
        runtime::Gosched();
        ran[i].set(ran[i].get() + 1);
      });
    }
    runtime::Gosched();
    for (std::int64_t i = 0; i < n; i++) runtime::semrelease(w.rt, sema);
    platform::check(runtime::GOMAXPROCS(w.rt, 2) == 3, "GOMAXPROCS returns what it was");
    platform::check(runtime::GOMAXPROCS(w.rt, 3) == 2, "GOMAXPROCS returns what it was");
    platform::check(runtime::GOMAXPROCS(w.rt, 3) == 3, "GOMAXPROCS may stay what it was");
  });
  w.finish();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(ran[i].get() == 1, "a change of GOMAXPROCS loses no goroutine");
  }
  w.check_quiet();
}

// With a monitor, and time: whoever waits for the Ps asks again.
void timed(run& t) {
  platform::atomic<int> over(0, "over");
  world w({.procs = static_cast<std::int32_t>(t["procs"]), .sysmon = true}, [&] {
    w.go([&] {
      // acquire: what was done in the stopped world
      while (over.load(std::memory_order_acquire) == 0) runtime::safepoint();
    });
    runtime::Gosched();
    runtime::stopTheWorld("test");
    runtime::startTheWorld();
    runtime::semacquire(w.rt.worldsema);
    runtime::forEachP(w.rt, [](runtime::p*) {});
    runtime::semrelease(w.rt, w.rt.worldsema);
    over.store(1, std::memory_order_release);  // see above
  });
  w.finish();
  w.check_quiet();
}

// A collection's helpers: how many have done their part.
struct collection {
  platform::atomic<std::int32_t> helped{0, "helped"};
};

struct collected : collection, world {
  collected(std::int64_t n, std::function<void()> main) : world(with_helpers(n), std::move(main)) {}

  static world::options with_helpers(std::int64_t n) {
    world::options how = procs(n);
    how.more.hook.gchelper = [](runtime::m& mp) {
      auto& all = *static_cast<collected*>(static_cast<world*>(mp.rt.main_argument));
      all.helped.fetch_add(1, std::memory_order_release);  // its part, to who collects
    };
    return how;
  }
};

// Collections in a world that is stopped, and goroutines that run when it is not.
void collections(run& t) {
  const std::int64_t times = t["times"];
  collected w(t["procs"], [&, times] {
    std::int32_t all = 0;
    for (std::int64_t k = 0; k < times; k++) {
      w.go([] { runtime::safepoint(); });
      runtime::stopTheWorld("collect");
      const std::int32_t n = runtime::gcprocs(w.rt);
      all += n - 1;
      if (n > 1) runtime::helpgc(w.rt, n);
      while (w.helped.load(std::memory_order_acquire) != all) platform::osyield();  // see above
      runtime::startTheWorld();
      runtime::Gosched();
    }
  });
  w.finish();
  w.check_quiet();
}

// Runs call(), during which the goroutine gives way if it was asked to before.
template <class F>
void gives_way_in(F call) {
  runtime::g* gp = runtime::getg();
  // relaxed: a request that is seen late is none yet
  const bool asked = gp->stackguard0.load(std::memory_order_relaxed) != 0;
  const std::uint32_t turns = gp->turns.get();
  call();
  if (!asked) return;
  platform::mark("calls/asked");
  // natively nobody counts them
  platform::check(gp->turns.get() != turns || is_native(),
                  "who is asked to stop does, in its next call");
}

// A goroutine that has no safe points but its calls into the runtime. It is scanned as well.
void calls(run& t) {
  const std::int64_t rounds = t["rounds"];
  runtime::semaphore sema(1, "sema");
  platform::atomic<runtime::g*> target(nullptr, "target");
  platform::atomic<runtime::g*> parked(nullptr, "parked");
  world::options how = procs(t["procs"]);
  how.more.hook.scanstack = [](runtime::g*) {};
  world w(how, [&, rounds] {
    w.go([&] {
      runtime::gopark(
          [](runtime::g* gp, void* cell) {
            // release: it is parked
            static_cast<platform::atomic<runtime::g*>*>(cell)->store(gp,
                                                                     std::memory_order_release);
            return true;
          },
          &parked, "test");
    });
    w.go([&, rounds] {
      runtime::g* gp = nullptr;
      while ((gp = parked.load(std::memory_order_acquire)) == nullptr) {  // see above
        runtime::Gosched();
      }
      target.store(runtime::getg(), std::memory_order_release);  // to the scanner
      gives_way_in([&] { runtime::goready(gp); });
      for (std::int64_t k = 0; k < rounds; k++) {
        gives_way_in([&] { runtime::semacquire(sema); });
        gives_way_in([&] { runtime::semrelease(sema); });
        gives_way_in([&] { runtime::GOMAXPROCS(w.rt, 0); });
        gives_way_in([&] { runtime::setMaxThreads(w.rt, 100); });
        gives_way_in([] {
          runtime::entersyscall();
          runtime::exitsyscall();
        });
        gives_way_in([&] {
          w.go([&] {
            runtime::semacquire(sema);
            runtime::semrelease(sema);
          });
        });
      }
    });
    w.go([&] {
      runtime::g* gp = nullptr;
      while ((gp = target.load(std::memory_order_acquire)) == nullptr) {  // see above
        runtime::Gosched();
      }
      runtime::scang(gp);
    });
    runtime::Gosched();
    runtime::stopTheWorld("test");
    runtime::startTheWorld();
  });
  w.finish();
  w.check_quiet();
}

// The process crashes: whoever runs stops at its next safe point, and nobody goes on after that.
void freeze(run& t) {
  world w(procs(t["procs"]), [&] {
    w.go([] {
      for (;;) runtime::safepoint();
    });
    for (;;) runtime::Gosched();
  });
  runtime::lock(w.rt.sched.lock);
  runtime::reserve_m(w.rt);  // the M that crashes runs: that all others stop is no deadlock
  runtime::unlock(w.rt.sched.lock);
  t.go("crashing", [&] {
    w.rt.panicking.store(1, std::memory_order_relaxed);  // as throw_ does first
    runtime::freezetheworld(w.rt);
  });
  platform::quiesce();
  const std::int32_t n = w.rt.gomaxprocs.load(std::memory_order_relaxed);  // all is quiet
  for (std::int32_t i = 0; i < n; i++) {
    platform::check(w.rt.allp[static_cast<std::size_t>(i)]->status.load(
                        std::memory_order_relaxed) != runtime::Prunning,  // see above
                    "in a process that crashes no goroutine goes on");
  }
}

}  // namespace

void add_stop_world_run(checker::catalogue& all) {
  all.push_back(strict("stop_world/alone", "who has stopped the world is alone in it", 30, alone));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"},
                           {"stoppers", 2, 1, 3, "goroutines that stop the world"},
                           {"runners", 1, 0, 2, "goroutines that run"}};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(
      strict("stop_world/turns", "who waits for the world is the next to stop it", 30, turns));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"}};
  all.back().marks = {"turns/waits"};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/starved",
                       "who waits for the world stops it some time, however often another does",
                       30, starved));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"}};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(
      strict("stop_world/gomaxprocs", "a change of GOMAXPROCS loses no goroutine", 30, resize));
  all.back().parameters = {{"from", 2, 1, 3, "Ps before"},
                           {"to", 1, 1, 3, "Ps after"},
                           {"n", 2, 1, 4, "goroutines"}};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/gomaxprocs-two",
                       "of two calls of GOMAXPROCS one returns what the other set", 30,
                       resize_two));
  all.back().parameters = {{"procs", 2, 1, 2, "Ps before"}};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/grow", "a P that was out of use serves again", 30, grow));
  all.back().parameters = {{"n", 3, 1, 4, "goroutines"}};
  all.back().marks = {"procresize/runnable"};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/collect",
                       "as many help with each collection as were counted, in a whole runtime", 30,
                       collections));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"}, {"times", 3, 1, 3, "collections"}};
  all.back().marks = {"stopm/helps"};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/timed", "whoever stops the world may ask again", 30, timed));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"}};
  all.back().budget.timeouts = 1;
  all.back().marks = {"stop_world/ask-again"};
  all.back().how = plan{"pos", 1, 100};

  all.push_back(strict("stop_world/calls",
                       "who is asked to stop does, in its next call into the runtime", 30, calls));
  all.back().parameters = {{"procs", 3, 1, 3, "Ps"}, {"rounds", 1, 1, 3, "of calls"}};
  all.back().marks = {"calls/asked"};
  all.back().how = plan{"pos", 1, 300};

  all.push_back(strict("stop_world/freeze", "in a process that crashes goroutines stop", 30,
                       freeze));
  all.back().parameters = {{"procs", 2, 1, 3, "Ps"}};
  all.back().how = plan{"pos", 1, 100};
  all.back().native = false;  // nobody ends it
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
