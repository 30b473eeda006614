// syscall/*: a P has one M at a time, whoever takes it from a system call; a goroutine that comes
// back runs again, once; and nobody who needs the P waits for the call to end.
#include "runtime/syscall.hpp"

#include "properties/callers.hpp"
#include "properties/catalogue.hpp"
#include "runtime/runq.hpp"
#include "runtime/safepoint.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// M i is in a system call that it began with pp, which others have used since.
void in_call(team& all, std::int32_t i, runtime::p* pp) {
  all[i].mp->oldp = pp;
  all[i].mp->syscalltick = 77;
  runtime::casgstatus(all[i].gp, runtime::Grunning, runtime::Gsyscall);
}

// The monitor's look, on M i. A P that is taken is taken once.
void take(team& all, std::int32_t i, std::int64_t looks = 1) {
  all[i].run([&] {
    std::uint32_t taken = 0;
    for (std::int64_t k = 0; k < looks; k++) taken += runtime::retake(all.rt, late * (k + 1));
    platform::check(taken <= 1, "a P is taken once from a system call");
  });
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
      runtime::stop_asked(runtime::getp(), runtime::getg());
      all.runs_until_asked();
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
      runtime::exitsyscall();  // nobody takes the P
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

// The process crashes: there is an idle P, and still nothing runs on.
void freeze(run& t) {
  team all(2, 1, 1);
  platform::atomic<int> ran(0, "ran");
  runtime::note frozen("frozen");
  in_call(all, 1, nullptr);
  t.go("crashing", [&] {
    all[0].run([&] { runtime::freezetheworld(all.rt); });
    runtime::notewakeup(frozen);
    all.end();
  });
  t.go("caller", [&] {
    all[1].run([&] {
      runtime::notesleep(frozen);
      if (runtime::exitsyscallfast()) ran.fetch_add(1, std::memory_order_relaxed);  // counted
      if (runtime::getp() != nullptr) return;
      runtime::getm()->running = runtime::getm()->g0;
      runtime::g* gp = runtime::exitsyscall0(all[1].gp);
      if (gp != nullptr) ran.fetch_add(1, std::memory_order_relaxed);  // counted
    });
  });
  t.join();
  platform::check(ran.load(std::memory_order_relaxed) == 0,  // everybody else has ended
                  "no goroutine goes on in a process that crashes");
}

}  // namespace

void add_syscall(checker::catalogue& all) {
  all.push_back(strict("syscall/retake",
                       "a P that the monitor takes while its M comes back has one M, and the "
                       "goroutine runs again",
                       4, shared));
  all.back().parameters = {{"others", 0, 0, 2, "callers with the same P"},
                           {"monitor", 1, 1, 1, "the monitor takes it as well"}};
  all.back().marks = {"retake/taken", "retake/gone", "exitsyscall/idle-p", "exitsyscall0/idle-p",
                      "exitsyscall0/queued"};

  all.push_back(strict("syscall/shared",
                       "two system calls that began with one P: it has one M, and both run again", 3,
                       shared));
  all.back().parameters = {{"others", 1, 1, 2, "callers with the same P"},
                           {"monitor", 0, 0, 1, "the monitor takes it as well"}};
  all.back().marks = {"exitsyscall/from-another-call", "exitsyscall0/queued"};

  all.push_back(strict("syscall/queued",
                       "a goroutine that finds no P is found by whoever gives one up", 3, queued));
  all.back().marks = {"exitsyscall0/queued", "exitsyscall0/idle-p", "findrunnable/global"};

  all.push_back(strict("syscall/block",
                       "a call that blocks leaves its P to whoever waits for it", 3, block));
  all.back().marks = {"handoffp/work"};

  all.push_back(strict("syscall/stop",
                       "the world stops once for each P, whoever takes it from the call", 4, stop));
  all.back().parameters = {{"back", 0, 0, 1, "the caller comes back"}};
  all.back().marks = {"stop_world/retaken", "entersyscall/gcwait", "retake/taken"};

  all.push_back(strict("syscall/safepoint",
                       "each P runs the function once, whoever takes it from the call", 4, safepoint));
  all.back().parameters = {{"back", 0, 0, 1, "the caller comes back"},
                           {"stop", 0, 0, 1, "the world is stopped before"}};
  all.back().marks = {"forEachP/syscall", "safepoint/entering", "retake/taken"};

  all.push_back(strict("syscall/scan", "a goroutine in a system call can be scanned", 3, scan));
  all.back().parameters = {{"back", 0, 0, 1, "the caller comes back"}};
  all.back().marks = {"scang/scans"};

  all.push_back(strict("syscall/freeze",
                       "no goroutine comes back from a system call when the process crashes", 3,
                       freeze));
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
