// park/*, lifecycle/*: goroutines that start, park, are readied and end, each in one place at a
// time.
#include "runtime/park.hpp"

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/extram.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/lock.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// The main goroutine starts others, each of which runs once and sees what was done before.
void spawn(run& t) {
  const std::int64_t n = t["n"];
  cells<platform::plain<int>> given("given", n, 0);
  cells<platform::plain<int>> ran("ran", n, 0);
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      given[i].set(1);
      w.go([&, i] {
        platform::check(given[i].get() == 1, "a goroutine sees what was done before its start");
        ran[i].set(ran[i].get() + 1);
      });
    }
  });
  w.finish();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(ran[i].get() == 1, "each goroutine runs once");
  }
  w.check_quiet();
}

// One after the other: the second is the first's g, used again.
void reuse(run& t) {
  const std::int64_t n = t["n"];
  platform::plain<std::int64_t> ran(0, "ran");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      const std::int64_t before = i;
      runtime::semaphore done(0, "done");
      w.go([&] {
        platform::check(ran.get() == before, "goroutines of one g come one after the other");
        ran.set(before + 1);
        runtime::semrelease(w.rt, done);
      });
      runtime::semacquire(done);
    }
  });
  w.finish();
  platform::check(ran.get() == n, "each goroutine runs once");
  w.check_quiet();
}

// A goroutine parks under a lock; whoever then takes the lock readies it.
void ready(run& t) {
  runtime::mutex l("l");
  platform::plain<runtime::g*> parked(nullptr, "parked");
  platform::plain<int> message(0, "message");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    runtime::lock(l);
    w.go([&] {
      message.set(1);
      runtime::lock(l);
      runtime::g* gp = parked.get();
      parked.set(nullptr);
      runtime::unlock(l);
      platform::check(gp != nullptr, "it has parked, or still has the lock");
      runtime::goready(gp);
    });
    parked.set(runtime::getg());
    runtime::goparkunlock(l, "test");
    platform::check(message.get() == 1, "what precedes ready is seen after the park");
    // relaxed: its own
    platform::check(runtime::getg()->m.load(std::memory_order_relaxed) == runtime::getm(),
                    "a goroutine that runs on has its M");
  });
  w.finish();
  w.check_quiet();
}

// The park is undone by its unlockf: nobody else could have readied the goroutine.
void undone(run& t) {
  platform::plain<int> turns(0, "turns");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] { turns.set(turns.get() + 1); });
    runtime::gopark([](runtime::g*, void*) { return false; }, nullptr, "test");
    w.go([] {});
  });
  w.finish();
  platform::check(turns.get() == 1, "the other goroutine runs once");
  w.check_quiet();
}

// Goroutines that yield: each comes back, and all others get their turn.
void yield(run& t) {
  const std::int64_t n = t["n"];
  cells<platform::plain<int>> turns("turns", n, 0);
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i] {
        runtime::Gosched();
        turns[i].set(turns[i].get() + 1);
      });
    }
  });
  w.finish();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(turns[i].get() == 1, "a goroutine that yields comes back, once");
  }
  w.check_quiet();
}

// A goroutine that is parked, locked to its thread or not, is no M's.
void parted(run& t) {
  const bool locked = t["locked"] != 0;
  runtime::g* parked = nullptr;
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&, locked] {
    w.go_daemon([&, locked] {
      if (locked) runtime::LockOSThread();
      parked = runtime::getg();
      runtime::gopark(nullptr, nullptr, "test");
    });
  });
  w.finish();
  // relaxed, both: everybody else has ended
  platform::check(parked != nullptr && parked->m.load(std::memory_order_relaxed) == nullptr,
                  "a goroutine that is parked is no M's");
  for (runtime::m* mp = w.rt.allm.load(std::memory_order_relaxed); mp != nullptr;
       mp = mp->alllink) {
    platform::check(mp->curg.load(std::memory_order_relaxed) != parked, "and no M has it");
  }
}

// More goroutines wait for a semaphore than a P keeps sudogs for; and again.
void sudogs(run& t) {
  const std::int64_t rounds = t["rounds"];
  constexpr std::int64_t n = 2 * platform::config::sudog_cache;
  runtime::semaphore sema(0, "sema");
  platform::atomic<std::int64_t> passed(0, "passed");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&, rounds] {
    const runtime::sema_root& queue = runtime::semroot(w.rt, sema);
    for (std::int64_t k = 1; k <= rounds; k++) {
      for (std::int64_t i = 0; i < n; i++) {
        w.go([&] {
          runtime::semacquire(sema);
          passed.fetch_add(1, std::memory_order_relaxed);  // counted
        });
      }
      // relaxed, both: hints
      while (queue.nwait.load(std::memory_order_relaxed) < n) runtime::Gosched();
      for (std::int64_t i = 0; i < n; i++) runtime::semrelease(w.rt, sema);
      while (passed.load(std::memory_order_relaxed) < k * n) runtime::Gosched();  // see above
    }
  });
  w.finish();
  w.check_quiet();
}

// The runtime ends while goroutines are wherever they are: parked for ever, locked to a thread, in
// a system call, in a queue, on a thread from outside.
void stop(run& t) {
  auto* rt = platform::create<runtime::runtime>(1);
  if (!platform::real()) rt->stop_again_after = -1;
  runtime::options how;
  how.procs = static_cast<std::int32_t>(t["procs"]);
  how.sysmon = t["sysmon"] != 0 || platform::real();
  how.extra_m = true;
  runtime::start(
      *rt, how,
      [](void*) {
        runtime::go([] {
          runtime::LockOSThread();
          runtime::gopark(nullptr, nullptr, "for ever");
        });
        runtime::go([] {
          runtime::LockOSThread();
          runtime::entersyscallblock();
          runtime::exitsyscall();
          runtime::Gosched();
        });
        runtime::go([] {
          runtime::entersyscallblock();
          runtime::exitsyscall();
        });
        runtime::go([] { runtime::Gosched(); });
        runtime::Gosched();
      },
      nullptr);
  t.go("foreign", [rt] {
    const auto nothing = [](void*) {};
    const bool first = runtime::callback(*rt, nothing, nullptr);
    const bool second = runtime::callback(*rt, nothing, nullptr);
    platform::check(first || !second, "a runtime that ends calls nobody back any more");
  });
  runtime::wait(*rt);
  runtime::stop(*rt);
  t.join();
  platform::destroy(rt);
}

runtime::options options_of(run& t) {
  return {.procs = static_cast<std::int32_t>(t["procs"]), .sysmon = platform::real()};
}

// A goroutine that is locked to its thread waits in a queue, another one has just ended on a thread
// of its own, which may take it from there: while the runtime ends.
void stop_locked(run& t) {
  const auto main = [](void*) {
    runtime::go([] {
      runtime::LockOSThread();
      runtime::Gosched();
    });
    runtime::go([] { runtime::LockOSThread(); });
    runtime::Gosched();
  };
  from_start_to_end(options_of(t), main, nullptr);
}

// Who stops the world is let finish; the main goroutine is not asked to.
void stop_stopped(run& t) {
  struct how {
    std::int64_t n;
    bool left;
  };
  const auto main = [](void* of) {
    const how& asked = *static_cast<const how*>(of);
    for (std::int64_t i = 0; i < asked.n; i++) {
      runtime::go([] {
        runtime::stopTheWorld("test");
        runtime::startTheWorld();
      });
    }
    runtime::Gosched();
    if (asked.left) runtime::stopTheWorld("the end");
  };
  how asked{t["n"], t["left"] != 0};
  from_start_to_end(options_of(t), main, &asked);
}

program row(const char* name, const char* about, void (*scenario)(run&),
            std::vector<checker::parameter> parameters, std::vector<std::string> marks) {
  program result = strict(name, about, 30, scenario);
  result.parameters = std::move(parameters);
  result.parameters.push_back({"procs", 2, 1, 4, "GOMAXPROCS"});
  result.marks = std::move(marks);
  result.how = {"pos", 2, 2000};
  return result;
}

}  // namespace

void add_park(checker::catalogue& all) {
  const checker::parameter n{"n", 2, 1, 4, "goroutines beside the main one"};
  all.push_back(row("lifecycle/spawn", "a goroutine runs once, after what preceded its start",
                    spawn, {n}, {"newproc/made"}));
  all.push_back(row("lifecycle/reuse", "a dead g serves again, and its goroutines never overlap",
                    reuse, {n}, {"newproc/reused"}));
  all.push_back(row("park/ready", "a goroutine is readied after it has left its stack, then runs",
                    ready, {}, {}));
  all.push_back(row("park/undone", "a park that is undone is as if it had not been", undone, {},
                    {"park/undone"}));
  all.push_back(row("park/yield", "a goroutine that yields comes back, and the others get a turn",
                    yield, {n}, {}));
  all.push_back(row("park/parted", "a goroutine that is parked is no M's", parted,
                    {{"locked", 0, 0, 1, "1: it is locked to its thread"}}, {}));
  all.back().native = false;  // what it parks for ever is freed by nobody there
  all.push_back(row("park/parted-locked", "the same of one that is locked to its thread", parted,
                    {{"locked", 1, 0, 1, "1: it is locked to its thread"}}, {}));
  all.back().native = false;  // as above
  all.back().parameters.back().value = 1;
  all.back().how = plan{};  // dpor, to its end
  all.push_back(row("park/sudogs", "as many wait for a semaphore as like to, each with its sudog",
                    sudogs, {{"rounds", 2, 1, 3, "times that they do"}},
                    {"sudog/sent", "sudog/fetched"}));
  all.back().parameters.back().value = 1;
  all.back().how = {"pos", 2, 20};
  all.push_back(row("lifecycle/stop-locked", "a locked thread is woken once, at the end too",
                    stop_locked, {}, {"schedule/locked"}));
  all.push_back(row("lifecycle/stop-world", "a runtime ends while goroutines stop its world",
                    stop_stopped,
                    {{"n", 2, 1, 3, "goroutines that do"},
                     {"left", 0, 0, 1, "1: the main one ends in a world that it has stopped"}},
                    {"stop_world/wait"}));
  all.back().how = {"pos", 2, 300};
  for (const bool sysmon : {false, true}) {
    all.push_back(row(sysmon ? "lifecycle/stop-monitored" : "lifecycle/stop",
                      "a runtime ends, whatever its goroutines do", stop,
                      {{"sysmon", sysmon, 0, 1, "1: with a monitor"}}, {}));
    all.back().how = {"pos", 2, 300};
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
