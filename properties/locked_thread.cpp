// locked_thread/*: a locked goroutine runs on its M only, and its M runs nothing else; the P passes
// from the one to the other M, whoever is first; and who gives way lets others run.
#include "runtime/locked_thread.hpp"

#include "properties/catalogue.hpp"
#include "properties/team.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/schedule.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// The goroutine of the calling, acting M leaves it, runnable, and in nobody's queue yet.
void leave(as_m& self) {
  runtime::casgstatus(self.gp, runtime::Grunning, runtime::Grunnable);
  runtime::dropg();
}

// The M of a goroutine that has yielded, and another that finds the goroutine: in a queue, which
// here is a cell. `kept`: the first has a P of its own still, which it gives away.
void handoff(run& t) {
  const bool kept = t["kept"] != 0;
  team all(kept ? 2 : 1, 1, 1);
  all.another_spins();
  as_m& finder = all[0];
  as_m& home = all[1];
  if (kept) {
    home.run([&] {
      runtime::lock(all.rt.sched.lock);
      runtime::p* pp = runtime::pidleget(all.rt);
      runtime::unlock(all.rt.sched.lock);
      runtime::acquirep(pp);
    });
  }
  platform::atomic<runtime::g*> queue(nullptr, "queue");
  t.go("home", [&] {
    home.run([&] {
      runtime::LockOSThread();
      leave(home);
      queue.store(home.gp, std::memory_order_release);  // as a queue publishes
      platform::check(runtime::stoplockedm(), "the M of a runnable goroutine is woken for it");
      platform::check(runtime::getp() == &all.proc(0), "it has the P of who woke it");
      all.runs();
      runtime::execute(home.gp, false);
      runtime::UnlockOSThread();
    });
    if (is_native()) all.end();
  });
  t.go("finder", [&] {
    finder.run([&] {
      all.runs();
      leave(finder);
      runtime::g* gp = nullptr;
      while (gp == nullptr) {
        gp = queue.load(std::memory_order_acquire);  // as a queue does
        if (gp == nullptr) platform::procyield(1);
      }
      platform::check(!runtime::startlockedm(gp), "it sleeps until the end");
    });
  });
  if (!platform::quiesce()) t.join();
  platform::check(home.mp->p.load(std::memory_order_relaxed) == &all.proc(0),  // one thread
                  "a P has one M");
  platform::check(all.rt.sched.nmidlelocked.get() == 0, "no locked M sleeps");
}

// Whether a goroutine runs on its M, and whether another does: seen by all.
class home_watch {
 public:
  void locked() { home_.set(runtime::getm()); }
  void unlocked() { home_.set(nullptr); }
  void runs_locked() {
    platform::check(home_.get() == runtime::getm(), "a locked goroutine runs on its M");
  }
  void runs_free() {
    platform::check(home_.get() != runtime::getm(), "a locked goroutine's M runs nothing else");
  }

 private:
  platform::ghost<runtime::m*> home_{nullptr, "home"};
};

// A locked goroutine that yields, beside some that do as well.
void home(run& t) {
  home_watch watch;
  const std::int64_t turns = t["turns"];
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::LockOSThread();
      watch.locked();
      for (std::int64_t i = 0; i < turns; i++) {
        runtime::Gosched();
        watch.runs_locked();
      }
      watch.unlocked();
      runtime::UnlockOSThread();
    });
    for (std::int64_t i = 0; i < turns; i++) {
      runtime::Gosched();
      watch.runs_free();
    }
  });
  w.finish();
  w.check_quiet();
}

// A locked goroutine that parks, and is readied; and after its end the M is for all again.
void parks(run& t) {
  home_watch watch;
  platform::atomic<runtime::g*> parked(nullptr, "parked");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::LockOSThread();
      watch.locked();
      runtime::gopark(
          [](runtime::g* gp, void* cell) {
            // release: it is parked
            static_cast<platform::atomic<runtime::g*>*>(cell)->store(gp,
                                                                     std::memory_order_release);
            return true;
          },
          &parked, "test");
      watch.runs_locked();
      watch.unlocked();
    });
    runtime::g* gp = nullptr;
    while (gp == nullptr) {
      runtime::Gosched();
      watch.runs_free();
      gp = parked.load(std::memory_order_acquire);  // see above
    }
    runtime::goready(gp);
    w.go([&] { watch.runs_free(); });
    runtime::Gosched();
  });
  w.finish();
  w.check_quiet();
}

// With one P: who yields is behind the other, who then runs.
void yields(run&) {
  platform::ghost<int> ran(0, "ran");
  world w({.procs = 1}, [&] {
    w.go([&] { ran.set(1); });
    runtime::LockOSThread();
    // Once in two turns the global queue, where we are, comes first.
    for (int i = 0; i < 3; i++) runtime::Gosched();
    platform::check(ran.get() == 1, "a locked goroutine that yields lets others run");
  });
  w.finish();
  w.check_quiet();
}

// The locks of the program, which do not count, and those of the runtime, which do.
void nested(run&) {
  world w({.procs = 1}, [] {
    const auto locked = [](bool is) {
      platform::check(runtime::lockedOSThread() == is, "locked until both kinds are undone");
    };
    runtime::LockOSThread();
    runtime::lockOSThread();
    runtime::UnlockOSThread();
    locked(true);
    runtime::unlockOSThread();
    locked(false);
    runtime::lockOSThread();
    runtime::LockOSThread();
    runtime::LockOSThread();
    runtime::unlockOSThread();
    locked(true);
    runtime::UnlockOSThread();
    locked(false);
  });
  w.finish();
  w.check_quiet();
}

}  // namespace

void add_locked_thread(checker::catalogue& all) {
  all.push_back(strict("locked_thread/handoff",
                       "the M of a locked goroutine wakes with the P of who found the goroutine", 3,
                       handoff));
  all.back().parameters = {{"kept", 0, 0, 1, "1: the M has a P still when it goes to sleep"}};
  all.back().marks = {"stoplockedm/sleep", "startlockedm/handoff"};

  all.push_back(strict("locked_thread/home",
                       "a locked goroutine runs on its M only, and its M runs nothing else", 30,
                       home));
  all.back().parameters = {{"procs", 2, 1, 4, "GOMAXPROCS"},
                           {"turns", 2, 1, 4, "times that each gives way"}};
  all.back().marks = {"stoplockedm/sleep", "startlockedm/handoff", "schedule/locked"};
  all.back().how = plan{"random", 2, 500};

  all.push_back(strict("locked_thread/parks",
                       "a locked goroutine that was parked goes on on its M, free after that",
                       30, parks));
  all.back().parameters = {{"procs", 1, 1, 4, "GOMAXPROCS"}};
  all.back().marks = {"stoplockedm/sleep", "startlockedm/handoff"};
  all.back().how = plan{"random", 2, 1'000};

  all.push_back(
      strict("locked_thread/yields", "a locked goroutine that yields lets others run", 30, yields));
  all.back().marks = {"startlockedm/handoff"};
  all.back().how = plan{"random", 2, 1'000};

  all.push_back(strict("locked_thread/nested", "a thread is locked until both kinds are undone", 4,
                       nested));
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
