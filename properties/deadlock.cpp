// deadlock/*: a deadlock is reported if and only if there is one, in Go's words, and with no lock
// held.
//
// Acting Ms: the report throws out of the runtime, to whoever ran into it. Whole runtimes: the M
// that reports stays where it is.
#include "runtime/deadlock.hpp"

#include "properties/catalogue.hpp"
#include "properties/team.hpp"
#include "runtime/g_status.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

enum class words { asleep, no_goroutines, others };

words told(std::string_view text) {
  if (text == "fatal error: all goroutines are asleep - deadlock!\n") return words::asleep;
  if (text == "fatal error: no goroutines (main called runtime.Goexit) - deadlock!\n") {
    return words::no_goroutines;
  }
  return words::others;
}

struct report {
  words what;
};

void throw_report(const char* text) {
  if (std::string_view(text).starts_with("fatal error: ")) throw report{told(text)};
}

// Ms that act, and the count of those that reported.
class watched : public team {
 public:
  watched(std::int32_t procs, std::int32_t acting, std::int32_t without = 0)
      : team(procs, acting, without) {
    rt.hook.print = throw_report;
  }

  // On an acting M: f sleeps until the end. If that is found to be for ever this must be right, and
  // then all others are let go.
  template <class F>
  void sleeps(words expected, F f) {
    bool woken = true;
    try {
      woken = f();
    } catch (const report& found) {
      platform::check(found.what == expected, "a deadlock is reported in Go's words");
      platform::mark("deadlock/reported");
      runtime::lock(rt.sched.lock);  // the report holds no lock
      runtime::unlock(rt.sched.lock);
      reports.add(1);
      let_go();
      return;
    }
    platform::check(!woken, "it sleeps until the end");
  }

  // Where it cannot be seen that all is quiet; as stop() does. locked: that one sleeps in
  // stoplockedm.
  void let_go() {
    if (!is_native()) return;
    end();
    if (locked != nullptr && locked != runtime::getm()) runtime::notewakeup(locked->park);
  }

  static void finish(run& t) {
    if (!platform::quiesce()) t.join();
  }

  void reported_once() {
    platform::check(reports.peek() == 1, "a deadlock is reported, once");
  }

  runtime::m* locked = nullptr;
  platform::ghost<int> reports{0, "reports"};
};

// The calling, acting M's goroutine parks for ever, or ends; the M has no use for its P.
void park(std::uint32_t as) {
  runtime::m* mp = runtime::getm();
  runtime::casgstatus(runtime::getg(), runtime::Grunning, as);
  runtime::dropg();
  // relaxed: its own
  if (mp->p.load(std::memory_order_relaxed) == nullptr) return;
  runtime::p* pp = runtime::releasep();
  runtime::lock(mp->rt.sched.lock);
  runtime::pidleput(pp);
  runtime::unlock(mp->rt.sched.lock);
}

// A goroutine of the runtime's own, asleep: it is none of the program's.
void own_goroutine(runtime::runtime& rt) {
  auto* gp = platform::create<runtime::g>(0);
  gp->system.set(true);
  runtime::casgstatus(gp, runtime::Gidle, runtime::Gdead);
  runtime::allgadd(rt, gp);
  runtime::casgstatus(gp, runtime::Gdead, runtime::Grunnable);
  runtime::casgstatus(gp, runtime::Grunnable, runtime::Grunning);
  runtime::casgstatus(gp, runtime::Grunning, runtime::Gwaiting);
}

// Each M's goroutine parks, or ends.
void all_stop(run& t, std::uint32_t as, words expected) {
  const auto ms = static_cast<std::int32_t>(t["ms"]);
  watched all(1, 0, ms);  // without Ps, which nobody asks for
  own_goroutine(all.rt);
  for (std::int32_t i = 0; i < ms; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        all.sleeps(expected, [&] {
          park(as);
          return runtime::stopm();
        });
      });
    });
  }
  watched::finish(t);
  all.reported_once();
}

void asleep(run& t) { all_stop(t, runtime::Gwaiting, words::asleep); }
void no_goroutines(run& t) { all_stop(t, runtime::Gdead, words::no_goroutines); }

// One M's goroutine is locked.
void locked(run& t) {
  watched all(1, 1, 1);
  all.locked = all[1].mp;
  t.go("locked", [&] {
    all[1].run([&] {
      runtime::LockOSThread();
      all.sleeps(words::asleep, [&] {
        park(runtime::Gwaiting);
        return runtime::stoplockedm();
      });
    });
  });
  t.go("free", [&] {
    all[0].run([&] {
      all.sleeps(words::asleep, [&] {
        park(runtime::Gwaiting);
        return runtime::stopm();
      });
    });
  });
  watched::finish(t);
  all.reported_once();
}

// An M hands its P to the M of a locked goroutine, and sleeps. That one runs, so there is no
// deadlock; until it sleeps in turn.
void handed(run& t) {
  watched all(1, 1, 1);
  as_m& finder = all[0];
  as_m& home = all[1];
  all.locked = home.mp;
  platform::atomic<std::uint32_t> queued(0, "queued");
  platform::ghost<int> done(0, "done");
  t.go("home", [&] {
    home.run([&] {
      runtime::LockOSThread();
      runtime::casgstatus(home.gp, runtime::Grunning, runtime::Grunnable);
      runtime::dropg();
      queued.store(1, std::memory_order_release);  // as a queue publishes
      platform::check(runtime::stoplockedm(), "the M of a runnable goroutine is woken for it");
      runtime::execute(home.gp, false);
      done.set(1);
      all.sleeps(words::asleep, [&] {
        park(runtime::Gwaiting);
        return runtime::stoplockedm();
      });
    });
  });
  t.go("finder", [&] {
    finder.run([&] {
      all.sleeps(words::asleep, [&] {
        runtime::casgstatus(finder.gp, runtime::Grunning, runtime::Gwaiting);
        runtime::dropg();
        while (queued.load(std::memory_order_acquire) == 0) platform::procyield(1);  // as a queue
        return runtime::startlockedm(home.gp);
      });
      platform::check(done.get() == 1, "without a deadlock none is reported");
    });
  });
  watched::finish(t);
  all.reported_once();
}

// A goroutine that exists, parked; the acting M has a P.
runtime::g* parked(runtime::runtime& rt, void (*fn)(void*), bool system) {
  runtime::g* gp = runtime::newproc1(fn, &rt, system);
  platform::check(runtime::runqget(runtime::getp()).gp == gp, "it is queued");
  runtime::casgstatus(gp, runtime::Grunnable, runtime::Grunning);
  runtime::casgstatus(gp, runtime::Grunning, runtime::Gwaiting);
  gp->schedlink.set(nullptr);
  return gp;
}

// The program's last step: nobody has to run any more.
void main_returns(void* rt) {
  // relaxed: as runtime_main
  static_cast<runtime::runtime*>(rt)->mainReturned.store(1, std::memory_order_relaxed);
}

// The monitor, which is counted out, makes a goroutine of the runtime's own runnable, and starts an
// M for it. Meanwhile the last M that is counted comes from the network with input for the
// program's goroutine; there is no P, so it puts that into the queue and sleeps.
void startm(run& t) {
  watched all(1, 1, 1);
  runtime::runtime& rt = all.rt;
  rt.has_sysmon = true;  // acts without a P
  as_m& last = all[0];
  as_m& monitor = all[1];
  runtime::g* input = nullptr;
  monitor.run([&] { park(runtime::Gdead); });
  last.run([&] {
    input = parked(rt, main_returns, false);
    rt.forcegc.gp.set(parked(rt, [](void*) {}, true));
    park(runtime::Gdead);
  });
  rt.forcegc.idle.store(1, std::memory_order_relaxed);      // one thread
  rt.forcegc.last_gc.store(1, std::memory_order_relaxed);  // one thread
  t.go("monitor", [&] {
    monitor.run([&] {
      runtime::sysmon_state s;
      runtime::sysmon_look(rt, s, 1000 * rt.forcegc.period);
    });
  });
  t.go("last", [&] {
    last.run([&] {
      bool woken = false;
      try {
        runtime::injectglist(rt, input);
        woken = runtime::stopm();
      } catch (const report&) {
        platform::check(false, "without a deadlock none is reported");
      }
      if (!woken) return;
      main_returns(&rt);
    });
  });
  platform::check(platform::quiesce(), "quiet can be seen here");
  platform::check(rt.mainReturned.load(std::memory_order_relaxed) == 1,  // all is quiet
                  "the goroutine runs");
}

// A whole runtime with a monitor, from its start: an M may run out of work before anybody else
// runs.
void start(run&) {
  world w({.procs = 2, .sysmon = true}, [] {});
  w.finish();
  w.check_quiet();
}

}  // namespace

void add_deadlock(checker::catalogue& all) {
  const checker::parameter ms = {"ms", 2, 1, 4, "Ms"};
  all.push_back(strict("deadlock/asleep", "if all goroutines are parked that is reported", 5,
                       asleep));
  all.back().parameters = {ms};
  all.back().marks = {"checkdead/no-m-runs", "deadlock/reported"};

  all.push_back(strict("deadlock/no-goroutines",
                       "if all goroutines have ended, but the program has not, that is reported", 5,
                       no_goroutines));
  all.back().parameters = {ms};
  all.back().marks = {"checkdead/no-m-runs", "deadlock/reported"};

  all.push_back(strict("deadlock/locked", "a locked M that sleeps does not run", 3, locked));
  all.back().marks = {"checkdead/no-m-runs", "deadlock/reported"};

  all.push_back(strict("deadlock/handed",
                       "an M that is being handed a P runs, and then it may be the last", 3,
                       handed));
  all.back().marks = {"checkdead/no-m-runs", "deadlock/reported", "startlockedm/handoff"};
  all.back().how = plan{"random", 2, 5'000};

  all.push_back(strict("deadlock/start", "a runtime that starts is not taken for one that sleeps",
                       6, start));
  all.back().how = plan{"random", 2, 2'000};

  all.push_back(strict("deadlock/startm", "an M that is being started runs", 4, startm));
  all.back().marks = {"startm/new"};
  all.back().native = false;  // nobody ends its Ms
  all.back().how = plan{"random", 2, 2'000};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
