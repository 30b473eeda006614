// sysmon/*: the monitor sleeps only while there is nothing to watch; what waits for a P that a
// system call or a long slice keeps does not wait for ever; and what it finds runs.
#include "runtime/sysmon.hpp"

#include "properties/callers.hpp"
#include "properties/catalogue.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t ms = 1'000'000;

// The monitor's rounds. Unless its sleep ends by itself, it comes to their end only if it is woken.
void rounds(team& all, std::int32_t i, std::int64_t n) {
  all[i].run([&] {
    runtime::sysmon_state s;
    s.lastscavenge = platform::nanotime();
    for (std::int64_t k = 0; k < n; k++) runtime::sysmon_round(all.rt, s);
  });
}

void awake(team& all) {
  // relaxed: everybody else has ended
  platform::check(all.rt.sched.sysmonwait.load(std::memory_order_relaxed) == 0,
                  "the monitor does not sleep while a P is in use");
}

// All Ps are idle, and some are taken.
void sleep(run& t) {
  const auto takers = static_cast<std::int32_t>(t["takers"]);
  const std::int64_t n = t["rounds"];
  const std::int64_t times = t["times"];
  team all(takers, 0, takers + 1);
  if (t["forever"] != 0) all.rt.forcegc.period = -1;
  t.go("monitor", [&] { rounds(all, takers, n); });
  for (std::int32_t i = 0; i < takers; i++) {
    t.go(thread_names[i], [&, i, times] {
      all[i].run([&, times] {
        for (std::int64_t k = 1; k <= times; k++) {
          if (!runtime::exitsyscallfast()) break;
          all.runs();
          if (k == times) break;
          runtime::lock(all.rt.sched.lock);
          runtime::pidleput(runtime::releasep());
          runtime::unlock(all.rt.sched.lock);
        }
      });
    });
  }
  t.join();
  awake(all);
}

// The world is stopped and started.
void stopped(run& t) {
  const std::int64_t n = t["rounds"];
  team all(1, 1, 1);
  all.rt.forcegc.period = -1;
  t.go("monitor", [&] { rounds(all, 1, n); });
  t.go("stopper", [&] {
    all[0].run([&] {
      runtime::stopTheWorldWithSema(all.rt);
      runtime::startTheWorldWithSema(all.rt);
    });
  });
  t.join();
  awake(all);
}

// A goroutine in the queue of M 0's P; it is the last M's, the spare's, own.
void another_waits(team& all, callers& back) {
  const auto last = static_cast<std::int32_t>(all.ms.size()) - 1;
  runtime::g* waits = all[last].gp;
  runtime::casgstatus(waits, runtime::Grunning, runtime::Grunnable);
  all[last].mp->curg.store(nullptr, std::memory_order_relaxed);  // one thread
  runtime::runqput(&all.proc(0), waits, false);
  back.spare(last);
}

// A system call that does not end, with a goroutine in the queue of its P.
void handoff(run& t) {
  team all(1, 1, 2);
  all.another_spins();
  all.rt.has_sysmon = true;
  callers back(all, 1);
  another_waits(all, back);
  runtime::note inside("inside");
  t.go("caller", [&] {
    all[0].run([&] {
      all.runs();
      runtime::entersyscall();
    });
    runtime::notewakeup(inside);
  });
  t.go("monitor", [&] {
    all[1].run([&] {
      runtime::notesleep(inside);
      platform::check(runtime::retake(all.rt, late) == 1, "a long system call loses its P");
    });
  });
  t.go("spare", [&] { all[2].run([&] { back.wait_for_p(); }); });
  t.join();
}

// Short system calls, one after the other, each seen by the monitor once; 5 ms from look to look.
void short_calls(run& t) {
  constexpr std::int64_t most = 4;
  team all(1, 1, 2);
  all.another_spins();
  all.rt.has_sysmon = true;
  all.proc(0).schedtick.store(1, std::memory_order_relaxed);    // one thread
  all.proc(0).syscalltick.store(1, std::memory_order_relaxed);  // the same
  callers back(all, 1);
  another_waits(all, back);
  cells<runtime::note> inside("inside", most);
  cells<runtime::note> looked("looked", most);
  platform::plain<std::int64_t> taken_at(-1, "taken_at");
  t.go("caller", [&] {
    all[0].run([&] {
      for (std::int64_t k = 0; k < most; k++) {
        all.runs();
        runtime::entersyscall();
        runtime::notewakeup(inside[k]);
        runtime::notesleep(looked[k]);
        if (taken_at.get() >= 0 || !runtime::exitsyscallfast()) break;
        runtime::count_syscall(&all.proc(0));
        runtime::casgstatus(all[0].gp, runtime::Gsyscall, runtime::Grunning);
      }
    });
  });
  t.go("monitor", [&] {
    all[1].run([&] {
      std::int64_t k = 0;
      for (; k < most; k++) {
        runtime::notesleep(inside[k]);
        const bool taken = runtime::retake(all.rt, (1 + 5 * k) * ms) != 0;
        if (taken) taken_at.set(k);
        runtime::notewakeup(looked[k]);
        if (taken) break;
      }
      if (k == most) all.end();
    });
  });
  t.go("spare", [&] { all[2].run([&] { back.wait_for_p(); }); });
  t.join();
  platform::check(taken_at.get() == 2, "a goroutine gives way after 10 ms of short system calls");
}

// The same, 10 ms from look to look, with nobody who waits and an idle P: nobody needs this one.
void calls_alone(run& t) {
  constexpr std::int64_t calls = 3;
  team all(2, 1, 1);
  all.proc(0).schedtick.store(1, std::memory_order_relaxed);    // one thread
  all.proc(0).syscalltick.store(1, std::memory_order_relaxed);  // the same
  cells<runtime::note> inside("inside", calls);
  cells<runtime::note> looked("looked", calls);
  t.go("caller", [&] {
    all[0].run([&] {
      for (std::int64_t k = 0; k < calls; k++) {
        all.runs();
        runtime::entersyscall();
        runtime::notewakeup(inside[k]);
        runtime::notesleep(looked[k]);
        platform::check(runtime::exitsyscallfast(), "it comes back to its P");
        runtime::count_syscall(&all.proc(0));
        runtime::casgstatus(all[0].gp, runtime::Gsyscall, runtime::Grunning);
      }
    });
  });
  t.go("monitor", [&] {
    all[1].run([&] {
      for (std::int64_t k = 0; k < calls; k++) {
        runtime::notesleep(inside[k]);
        platform::check(runtime::retake(all.rt, (1 + 10 * k) * ms) == 0,
                        "a short system call keeps its P while nobody waits for it");
        runtime::notewakeup(looked[k]);
      }
    });
  });
  t.join();
}

// A goroutine that runs without end.
void preempt(run& t) {
  team all(1, 1, 1);
  all.proc(0).schedtick.store(1, std::memory_order_relaxed);  // one thread
  t.go("runner", [&] { all[0].run([&] { all.runs_until_asked(); }); });
  t.go("monitor", [&] {
    all[1].run([&] {
      runtime::retake(all.rt, 1 * ms);
      runtime::retake(all.rt, 11 * ms);
    });
  });
  t.join();
}

// What the network has ready: one goroutine, the first time.
runtime::g* netpoll(runtime::runtime& rt, bool) {
  auto& ready = *static_cast<platform::atomic<runtime::g*>*>(rt.main_argument);
  return ready.exchange(nullptr, std::memory_order_acq_rel);  // the goroutine
}

// Nobody polls the network, and the P is idle. what=0: input for a goroutine is ready; what=1: a
// collection is due.
void finds(run& t) {
  const bool collects = t["what"] == 1;
  team all(1, 0, 2);
  all.another_spins();
  all.rt.has_sysmon = true;
  callers back(all, 1);
  runtime::g* waits = all[1].gp;
  runtime::casgstatus(waits, runtime::Grunning, runtime::Gwaiting);
  all[1].mp->curg.store(nullptr, std::memory_order_relaxed);  // one thread
  all.rt.sched.mcount.store(3, std::memory_order_relaxed);    // another M is in a system call
  platform::atomic<runtime::g*> ready(collects ? nullptr : waits, "ready");
  all.rt.main_argument = &ready;
  if (collects) {
    all.rt.forcegc.gp.set(waits);
    all.rt.forcegc.idle.store(1, std::memory_order_relaxed);   // one thread
    all.rt.forcegc.last_gc.store(1, std::memory_order_relaxed);  // the same
  } else {
    all.rt.hook.netpoll = netpoll;
    all.rt.sched.lastpoll.store(1, std::memory_order_relaxed);  // one thread
  }
  back.spare(1);
  t.go("monitor", [&] {
    all[0].run([&] {
      runtime::sysmon_state s;
      runtime::sysmon_look(all.rt, s, 1000 * late);
    });
  });
  t.go("spare", [&] { all[1].run([&] { back.wait_for_p(); }); });
  t.join();
}

}  // namespace

void add_sysmon(checker::catalogue& all) {
  all.push_back(strict("sysmon/sleep", "whoever takes the first P wakes the monitor", 3, sleep));
  all.back().parameters = {{"takers", 1, 1, 3, "idle Ps, and Ms that take one"},
                           {"rounds", 1, 1, 3, "of the monitor"},
                           {"times", 1, 1, 3, "that each does, giving it back in between"},
                           {"forever", 1, 0, 1, "its sleep does not end by itself"}};
  all.back().marks = {"sysmon/sleep", "sysmon/woken"};

  all.push_back(strict("sysmon/twice", "it is woken once, whoever takes a P as well", 4, sleep));
  all.back().parameters = {{"takers", 2, 1, 3, "idle Ps, and Ms that take one"},
                           {"rounds", 1, 1, 3, "of the monitor"},
                           {"times", 1, 1, 3, "that each does, giving it back in between"},
                           {"forever", 1, 0, 1, "its sleep does not end by itself"}};
  all.back().how = {"pos", 2, 500};
  all.back().marks = {"sysmon/sleep", "sysmon/woken"};

  all.push_back(strict("sysmon/timeout", "its sleep may run out while it is woken", 3, sleep));
  all.back().parameters = {{"takers", 1, 1, 3, "idle Ps, and Ms that take one"},
                           {"rounds", 2, 1, 3, "of the monitor"},
                           {"times", 2, 1, 3, "that each does, giving it back in between"},
                           {"forever", 0, 0, 0, "its sleep does not end by itself"}};
  all.back().budget.timeouts = 1;
  all.back().marks = {"sysmon/sleep", "sysmon/woken", "note/timeout"};
  all.back().how = {"pos", 2, 500};

  all.push_back(strict("sysmon/stopped", "whoever starts the world wakes the monitor", 3, stopped));
  all.back().parameters = {{"rounds", 1, 1, 3, "of the monitor"}};
  all.back().marks = {"sysmon/sleep"};

  all.push_back(strict("sysmon/handoff",
                       "goroutines run that wait for a P in a long system call", 4, handoff));
  all.back().marks = {"retake/taken", "handoffp/work"};
  all.back().how = {"pos", 2, 500};

  all.push_back(strict("sysmon/short_calls",
                       "a goroutine that makes short system calls gives way after 10 ms", 4,
                       short_calls));
  all.back().marks = {"retake/taken"};
  all.back().how = {"pos", 2, 500};

  all.push_back(strict("sysmon/calls-alone",
                       "a short system call keeps its P while nobody waits for it", 3,
                       calls_alone));

  all.push_back(strict("sysmon/preempt", "a goroutine that runs long is asked to give way", 3,
                       preempt));
  all.back().marks = {"retake/preempt"};

  all.push_back(strict("sysmon/netpoll", "the network is polled although nobody does, and what it "
                       "has ready runs", 3, finds));
  all.back().parameters = {{"what", 0, 0, 0, "0: input is ready"}};
  all.back().marks = {"sysmon/poll"};
  all.back().how = {"pos", 2, 500};

  all.push_back(strict("sysmon/forcegc", "a collection that is due is run", 3, finds));
  all.back().parameters = {{"what", 1, 1, 1, "1: a collection is due"}};
  all.back().marks = {"sysmon/forcegc"};
  all.back().how = {"pos", 2, 500};
  add_sysmon_run(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
