// syscall/*: a P has one M at a time, whoever takes it from a system call; a goroutine that comes
// back runs again, once; and nobody who needs the P waits for the call to end.
#include "runtime/syscall.hpp"

#include <utility>
#include <vector>

#include "properties/callers.hpp"
#include "properties/catalogue.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/schedule.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// M i is in a system call that it began with pp, which others have used since.
void in_call(team& all, std::int32_t i, runtime::p* pp) {
  all[i].mp->oldp = pp;
  all[i].mp->syscalltick = 77;
  runtime::casgstatus(all[i].gp, runtime::Grunning, runtime::Gsyscall);
}

// The monitor's looks, on M i. A P is taken once from each of so many calls.
void take(team& all, std::int32_t i, std::int64_t looks = 1, std::int64_t calls = 1) {
  all[i].run([&] {
    std::uint32_t taken = 0;
    for (std::int64_t k = 0; k < looks; k++) taken += runtime::retake(all.rt, late * (k + 1));
    platform::check(taken <= calls, "a P is taken once from a system call");
  });
}

// The caller's half of a system call, as far as no scheduler is needed.
bool call(team& all) {
  all.runs();
  runtime::entersyscall();
  if (!runtime::exitsyscallfast()) return false;
  runtime::casgstatus(runtime::getg(), runtime::Gsyscall, runtime::Grunning);
  all.runs();
  return true;
}

// The caller comes back while the monitor takes its P, if it finds a P at once.
void taken(run& t) {
  const std::int64_t calls = t["calls"];
  team all(1, 1, 1);
  all.another_spins();
  t.go("caller", [&, calls] {
    all[0].run([&] {
      for (std::int64_t k = 0; k < calls; k++) {
        if (!call(all)) break;
      }
    });
  });
  t.go("monitor", [&, calls] { take(all, 1, calls + 1, calls); });
  t.join();
  each_p_in_one_place(all);
}

// Two calls that began with one P.
void again(run& t) {
  const std::int64_t calls = t["calls"];
  team all(1, 1, 1);
  in_call(all, 1, &all.proc(0));
  t.go("caller", [&, calls] {
    all[0].run([&] {
      for (std::int64_t k = 0; k < calls; k++) {
        if (!call(all)) break;
      }
    });
  });
  t.go("other", [&] {
    all[1].run([&] {
      if (!runtime::exitsyscallfast()) return;
      runtime::casgstatus(all[1].gp, runtime::Gsyscall, runtime::Grunning);
      call(all);
    });
  });
  t.join();
  each_p_in_one_place(all);
}

// One caller with its P, and as many that come back from calls that they began with that P; with
// monitor=1 the monitor takes the P as well.
void shared(run& t) {
  const auto others = static_cast<std::int32_t>(t["others"]);
  const bool monitored = t["monitor"] != 0;
  team all(1, 1, others + 2);
  all.another_spins();
  all.rt.has_sysmon = true;
  callers back(all, 1 + others);
  for (std::int32_t i = 1; i <= others; i++) in_call(all, i, &all.proc(0));
  const std::int32_t spare = others + 1;
  const std::int32_t monitor = others + 2;
  back.spare(spare);
  t.go("caller", [&] {
    all[0].run([&] {
      all.runs();
      runtime::entersyscall();
      back.come_back();
    });
  });
  for (std::int32_t i = 1; i <= others; i++) {
    t.go(thread_names[i], [&, i] { all[i].run([&] { back.come_back(); }); });
  }
  if (monitored) {
    t.go("monitor", [&] { take(all, monitor); });
    t.go("spare", [&] { all[spare].run([&] { back.wait_for_p(); }); });
  }
  t.join();
  each_p_in_one_place(all);
}

// No P to come back to: the only one is an M's that runs out of work.
void queued(run& t) {
  team all(1, 1, 1);
  all.another_spins();
  callers back(all, 1);
  in_call(all, 1, nullptr);
  t.go("caller", [&] { all[1].run([&] { back.come_back(); }); });
  t.go("other", [&] { all[0].run([&] { back.look_for_work(); }); });
  t.join();
  each_p_in_one_place(all);
}

// A call that blocks, and only the goroutine in the caller's queue can end it.
void block(run& t) {
  team all(1, 1, 1);
  all.another_spins();
  callers back(all, 2);
  runtime::note on("on");
  back.spare(1);
  runtime::g* waits = all[1].gp;
  runtime::casgstatus(waits, runtime::Grunning, runtime::Grunnable);
  all[1].mp->curg.store(nullptr, std::memory_order_relaxed);  // one thread
  runtime::runqput(&all.proc(0), waits, false);
  t.go("caller", [&] {
    all[0].run([&] {
      all.runs();
      runtime::entersyscallblock();
      runtime::notesleep(on);
      back.come_back();
    });
  });
  t.go("spare", [&] {
    all[1].run([&] {
      runtime::m* mp = runtime::getm();
      mp->running = mp->g0;
      runtime::notesleep(mp->park);
      runtime::noteclear(mp->park);
      runtime::acquirep(mp->nextp.get());
      mp->nextp.set(nullptr);
      back.ran(runtime::execute(runtime::runqget(runtime::getp()).gp, false));
      runtime::notewakeup(on);
      back.look_for_work();
    });
  });
  t.join();
  each_p_in_one_place(all);
}

// The world stops, the monitor takes the P, and the caller stays where it is or comes back.
void stop(run& t) {
  const bool back = t["back"] != 0;
  team all(2, 2, 1);
  all.another_spins();
  t.go("stopper", [&] {
    all[0].run([&] {
      all.runs();
      runtime::stopTheWorldWithSema(all.rt);
      all.stopped();
    });
    all.end();
  });
  t.go("caller", [&] {
    all[1].run([&] {
      all.runs();
      runtime::entersyscall();
      if (!back || !runtime::exitsyscallfast()) return;
      runtime::g* gp = runtime::getg();
      runtime::casgstatus(gp, runtime::Gsyscall, runtime::Grunning);
      runtime::stop_asked(runtime::getp(), gp);
      for (;;) {
        all.runs_until_asked();
        // relaxed: a hint, as in schedule(). The monitor may have asked; execute looks again.
        if (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0) break;
        runtime::casgstatus(gp, runtime::Grunning, runtime::Grunnable);
        runtime::dropg();
        runtime::execute(gp, false);
      }
      runtime::gcstopm();
    });
  });
  t.go("monitor", [&] { take(all, 2); });
  t.join();
}

void visit(runtime::p* pp) {
  auto& all = *static_cast<team*>(pp->rt.main_argument);
  platform::plain<int>& mine = all.program[pp->id];
  mine.set(mine.get() + 100);
}

// The same with forEachP, after a stop of the world if stop=1.
void safepoint(run& t) {
  const bool stops = t["stop"] != 0;
  const bool back = t["back"] != 0;
  team all(2, 2, 1);
  all.another_spins();
  all.rt.main_argument = &all;
  t.go("asker", [&] {
    all[0].run([&] {
      if (stops) {
        runtime::stopTheWorldWithSema(all.rt);
        runtime::startTheWorldWithSema(all.rt);
      }
      runtime::forEachP(all.rt, visit);
    });
  });
  t.go("caller", [&] {
    all[1].run([&] {
      all.runs();
      runtime::entersyscall();
      if (!back || !runtime::exitsyscallfast()) return;
      all.runs();
      runtime::handoffp(runtime::releasep());
    });
  });
  t.go("monitor", [&] { take(all, 2); });
  t.join();
  for (std::int64_t i = 0; i < 2; i++) {
    platform::check(all.program[i].get() / 100 == 1, "every P runs the function once");
  }
}

// Its stack is scanned while it is in the call, however long that lasts.
void scan(run& t) {
  const bool back = t["back"] != 0;
  team all(2, 2);
  runtime::g* scanned = all[1].gp;
  platform::atomic<std::uint32_t> done(0, "done");
  t.go("scanner", [&] {
    all[0].run([&] {
      scanned->gcscandone.store(0, std::memory_order_relaxed);  // scang's own
      runtime::scang(scanned);
    });
    done.store(1, std::memory_order_relaxed);  // a hint
  });
  t.go("caller", [&] {
    all[1].run([&] {
      runtime::entersyscall();
      if (!back) return;
      platform::check(runtime::exitsyscallfast(), "nobody takes the P");
      runtime::casgstatus(scanned, runtime::Gsyscall, runtime::Grunning);
      // relaxed, both: hints
      while (done.load(std::memory_order_relaxed) == 0 &&
             scanned->stackguard0.load(std::memory_order_relaxed) == 0) {
        platform::procyield(1);
      }
      if (scanned->preemptscan.load(std::memory_order_acquire) != 0) {  // as newstack
        runtime::scan_self(scanned);
      }
    });
  });
  t.join();
}

// The process crashes: there is an idle P, perhaps another stops, and still nothing runs on.
void freeze(run& t) {
  const auto others = static_cast<std::int32_t>(t["stops"]);
  team all(2 + others, 1 + others, 1);
  as_m& caller = all[1 + others];
  platform::atomic<int> ran(0, "ran");
  runtime::note frozen("frozen");
  in_call(all, 1 + others, nullptr);
  for (std::int32_t i = 1; i <= others; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        runtime::dropg();
        // relaxed: schedule()'s look
        while (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) == 0) platform::procyield(1);
        runtime::gcstopm();
      });
    });
  }
  t.go("crashing", [&] {
    all[0].run([&] { runtime::freezetheworld(all.rt); });
    runtime::notewakeup(frozen);
    all.end();
  });
  t.go("caller", [&] {
    caller.run([&] {
      runtime::notesleep(frozen);
      if (runtime::exitsyscallfast()) ran.fetch_add(1, std::memory_order_relaxed);  // counted
      if (runtime::getp() != nullptr) return;
      runtime::getm()->running = runtime::getm()->g0;
      runtime::g* gp = runtime::exitsyscall0(caller.gp);
      if (gp != nullptr) ran.fetch_add(1, std::memory_order_relaxed);  // counted
    });
  });
  t.join();
  platform::check(ran.load(std::memory_order_relaxed) == 0,  // everybody else has ended
                  "no goroutine goes on in a process that crashes");
}

void add(checker::catalogue& all, const char* name, const char* about, unsigned threads,
         void (*scenario)(run&), std::vector<checker::parameter> parameters,
         std::vector<std::string> marks) {
  all.push_back(strict(name, about, threads, scenario));
  all.back().parameters = std::move(parameters);
  all.back().marks = std::move(marks);
  all.back().how = {"pos", 2, 300};
}

}  // namespace

void add_syscall(checker::catalogue& all) {
  all.push_back(strict("syscall/taken",
                       "a P that the monitor takes while its M comes back has one M", 3, taken));
  all.back().parameters = {{"calls", 1, 1, 3, "system calls, and looks of the monitor"}};
  all.back().marks = {"retake/taken", "retake/gone", "exitsyscall/idle-p"};

  all.push_back(strict("syscall/again", "two system calls that began with one P: it has one M", 3,
                       again));
  all.back().parameters = {{"calls", 1, 1, 3, "system calls of the first"}};
  all.back().marks = {"exitsyscall/from-another-call"};

  const checker::parameter back = {"back", 0, 0, 1, "the caller comes back"};
  add(all, "syscall/retake", "the monitor takes the P, and the goroutine runs again", 4, shared,
      {{"others", 0, 0, 2, "callers with the same P"},
       {"monitor", 1, 0, 1, "the monitor takes it as well"}},
      {"retake/taken", "retake/gone", "exitsyscall0/idle-p", "exitsyscall0/queued"});

  add(all, "syscall/shared", "two system calls that began with one P: both goroutines run again", 3,
      shared,
      {{"others", 1, 0, 2, "callers with the same P"},
       {"monitor", 0, 0, 1, "the monitor takes it as well"}},
      {"exitsyscall/from-another-call", "exitsyscall0/queued"});

  add(all, "syscall/queued", "a goroutine that finds no P is found by whoever gives one up", 3,
      queued, {}, {"exitsyscall0/queued", "exitsyscall0/idle-p", "findrunnable/global"});

  add(all, "syscall/block", "a call that blocks leaves its P to whoever waits for it", 3, block, {},
      {"handoffp/work"});

  add(all, "syscall/stop", "the world stops once for each P, whoever takes it from the call", 4,
      stop, {back}, {"stop_world/retaken", "entersyscall/gcwait", "retake/taken"});

  add(all, "syscall/safepoint", "each P runs the function once, whoever takes it from the call", 4,
      safepoint, {back, {"stop", 0, 0, 1, "the world is stopped before"}},
      {"forEachP/syscall", "safepoint/entering", "retake/taken"});

  all.push_back(strict("syscall/scan", "a goroutine in a system call can be scanned", 3, scan));
  all.back().parameters = {{"back", 0, 0, 1, "the caller comes back"}};
  all.back().marks = {"scang/scans"};

  all.push_back(strict("syscall/freeze",
                       "no goroutine comes back from a system call when the process crashes", 4,
                       freeze));
  all.back().parameters = {{"stops", 0, 0, 1, "goroutines that stop meanwhile"}};
  all.push_back(strict("syscall/freeze-stopped",
                       "nor when another P stops after the world was frozen", 4, freeze));
  all.back().parameters = {{"stops", 1, 0, 1, "goroutines that stop meanwhile"}};
  all.back().how = {"pos", 2, 2000};
  add_syscall_run(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
