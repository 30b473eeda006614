// stop_world/*: nobody runs in a stopped world, a stop comes to its end although nobody is asked
// twice, and after the start every goroutine runs again.
#include "runtime/stop_world.hpp"

#include <vector>

#include "properties/catalogue.hpp"
#include "properties/goroutines.hpp"
#include "properties/team.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// On the acting stopper: a whole stop.
void stop_once(team& all) {
  all.runs();
  runtime::stopTheWorldWithSema(all.rt);
  all.stopped();
}

// What gosched does first.
void give_way() {
  runtime::casgstatus(runtime::getg(), runtime::Grunning, runtime::Grunnable);
  runtime::dropg();
}

// What schedule() does for an M that always takes the same goroutine, until the world stops.
void schedule_until_stop(team& all) {
  runtime::g* gp = runtime::getg();
  // relaxed: schedule()'s look
  while (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) == 0) {
    runtime::execute(gp, false);
    all.runs_until_asked();
    give_way();
  }
}

// gcstopm without its sleep.
void stop_p() {
  runtime::p* pp = runtime::releasep();
  runtime::lock(pp->rt.sched.lock);
  runtime::stopped(pp);
  runtime::unlock(pp->rt.sched.lock);
}

// A goroutine that runs.
void running(run& t) {
  const auto runners = static_cast<std::int32_t>(t["runners"]);
  team all(1 + runners, 1 + runners);
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  for (std::int32_t i = 1; i <= runners; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        all.runs_until_asked();
        give_way();
        schedule_until_stop(all);
        stop_p();
      });
    });
  }
  t.join();
}

// The same, spinning, with the sleep of its M.
void sleep(run& t) {
  team all(2, 2);
  t.go("stopper", [&] {
    all[0].run([&] { stop_once(all); });
    all.end();
  });
  t.go("runner", [&] {
    all[1].run([&] {
      all.runs();
      // relaxed: findrunnable's look
      while (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) == 0) platform::procyield(1);
      runtime::gcstopm();
    });
  });
  t.join();
}

// A goroutine that goes into a system call and does not come back.
void syscall(run& t) {
  team all(2, 2);
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("caller", [&] {
    all[1].run([&] {
      all.runs();
      runtime::entersyscall();
    });
  });
  t.join();
}

// A goroutine that comes back from a system call.
void back(run& t) {
  team all(2, 2);
  all[1].run([&] {
    all.runs();
    runtime::entersyscall();
  });
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("caller", [&] {
    all[1].run([&] {
      if (!runtime::exitsyscallfast()) return;
      runtime::stop_asked(runtime::getp(), runtime::getg());
      all.runs_until_asked();
      stop_p();
    });
  });
  t.join();
}

// A goroutine whose system call ends when the world has been stopped.
void stopped_meanwhile(run& t) {
  team all(2, 2);
  all[1].run([&] {
    all.runs();
    runtime::entersyscall();
  });
  runtime::note stopped("stopped");
  t.go("stopper", [&] {
    all[0].run([&] {
      stop_once(all);
      runtime::notewakeup(stopped);
    });
  });
  t.go("caller", [&] {
    all[1].run([&] {
      runtime::notesleep(stopped);
      platform::check(!runtime::exitsyscallfast(), "there is no P in a stopped world");
    });
  });
  t.join();
}

// A P that becomes idle, beside one that is.
void idle(run& t) {
  team all(3, 2);
  all.another_spins();
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("idler", [&] {
    all[1].run([&] {
      all.runs();
      runtime::handoffp(runtime::releasep());
    });
  });
  t.join();
}

// An M between two goroutines.
void preempt(run& t) {
  team all(2, 2);
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("runner", [&] {
    all[1].run([&] {
      all.runs();
      give_way();
      schedule_until_stop(all);
      stop_p();
    });
  });
  t.join();
}

// A goroutine that is asked to scan itself as well. The scanner has no P.
void scanned(run& t) {
  team all(2, 2, 1);
  runtime::g* gp = all[1].gp;
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("scanner", [&] { all[2].run([&] { runtime::scang(gp); }); });
  t.go("runner", [&] {
    all[1].run([&] {
      for (;;) {
        all.runs();
        // what safepoint() does on g0, until it is to give way; relaxed and acquire as there
        while (gp->stackguard0.load(std::memory_order_relaxed) == 0) platform::procyield(1);
        if (gp->preemptscan.load(std::memory_order_acquire) != 0) {
          runtime::scan_self(gp);
          continue;
        }
        give_way();
        // relaxed: schedule()'s look
        if (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) != 0) break;
        runtime::execute(gp, false);
      }
      stop_p();
    });
  });
  t.join();
}

// A goroutine that cannot be stopped for a while.
void locks(run& t) {
  team all(2, 2);
  t.go("stopper", [&] { all[0].run([&] { stop_once(all); }); });
  t.go("runner", [&] {
    all[1].run([&] {
      runtime::m* mp = runtime::acquirem();
      runtime::safepoint();
      runtime::releasem(mp);
      all.runs_until_asked();
      stop_p();
    });
  });
  t.join();
}

// Who holds worldsema sees one GOMAXPROCS, and newprocs is his.
void worldsema(run& t) {
  team all(2, 1, 1);
  all[0].run([&] { runtime::stopTheWorldWithSema(all.rt); });
  t.go("stopper", [&] {
    all[0].run([&] {
      all.rt.newprocs.set(1);
      runtime::startTheWorld();
    });
  });
  t.go("holder", [&] {
    all[1].run([&] {
      runtime::semacquire(*all[1].mp, all.rt.worldsema);
      const std::int32_t was = all.rt.gomaxprocs.load(std::memory_order_relaxed);  // ours
      platform::check(all.rt.newprocs.get() == 0, "who starts the world does what he was asked");
      platform::check(all.rt.gomaxprocs.load(std::memory_order_relaxed) == was,  // ours
                      "GOMAXPROCS does not change while worldsema is held");
      runtime::semrelease(all.rt, all.rt.worldsema);
    });
  });
  t.join();
}

// What stopm does after it has put the M on the list. False: there is nothing to do any more.
bool wake_up() {
  runtime::m* mp = runtime::getm();
  runtime::notesleep(mp->park);
  runtime::noteclear(mp->park);
  runtime::p* pp = mp->nextp.get();
  if (pp == nullptr) return false;
  mp->nextp.set(nullptr);
  runtime::acquirep(pp);
  return true;
}

// What an M does that has a P: its own queue, then those of the others.
taken find_all(team& all) {
  taken found;
  runtime::p* own = runtime::getp();
  const auto procs = static_cast<std::int32_t>(all.rt.allp.size());
  while (found.add(runtime::runqget(own).gp)) {
  }
  for (std::int32_t k = 1; k < procs; k++) {
    while (found.add(runtime::runqsteal(own, &all.proc((own->id + k) % procs), true))) {
    }
    while (found.add(runtime::runqget(own).gp)) {
    }
  }
  return found;
}

// A stopped world: the Ps but the first have goroutines in their queues, and there is an M for
// each.
void start(run& t) {
  const auto others = static_cast<std::int32_t>(t["others"]);
  team all(1 + others, 1, others);
  all.another_spins();
  goroutines gs(others);
  std::vector<taken> found(static_cast<std::size_t>(others));
  platform::atomic<std::int32_t> left(others, "left");
  runtime::note all_found("all_found");
  all[0].run([&] { runtime::stopTheWorldWithSema(all.rt); });
  for (std::int32_t i = 1; i <= others; i++) {
    runtime::runqput(&all.proc(i), gs[i], false);
    runtime::mput(all[i].mp);
  }
  t.go("stopper", [&] {
    all[0].run([&] {
      runtime::startTheWorldWithSema(all.rt);
      runtime::notesleep(all_found);
    });
    all.end();
  });
  for (std::int32_t i = 1; i <= others; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        if (!wake_up()) return;
        all.runs();
        taken& mine = found[static_cast<std::size_t>(i - 1)];
        mine = find_all(all);
        const auto n = static_cast<std::int32_t>(mine.size());
        // relaxed: the note orders what it has to
        if (n != 0 && left.fetch_add(-n, std::memory_order_relaxed) == n) {
          runtime::notewakeup(all_found);
        }
      });
    });
  }
  t.join();
  taken together;
  for (const taken& one : found) together.append(one);
  gs.each_taken_once({&together});
}

// What the helpers of a collection share.
struct collection {
  explicit collection(std::int32_t procs) : of_p("of_p", procs, 0) {}
  cells<platform::plain<int>> of_p;
};

// hook.gchelper: what work each has is told by its P.
void help(runtime::m& mp) {
  auto& work = *static_cast<collection*>(mp.rt.main_argument);
  platform::plain<int>& mine = work.of_p[runtime::getp()->id];
  mine.set(mine.get() + 1);
}

// On the stopper, in a stopped world: a collection with all Ms that sleep by now.
void collect(team& all, collection& work, std::vector<int>& before) {
  const std::int32_t n = runtime::starthelpers(all.rt);
  platform::plain<int>& own = work.of_p[runtime::getp()->id];
  own.set(own.get() + 1);
  runtime::waithelpers(all.rt);
  std::int32_t helped = 0;
  for (std::size_t i = 0; i < before.size(); i++) {
    const int now = work.of_p[static_cast<std::int64_t>(i)].get();
    platform::check(now - before[i] <= 1, "two helpers have two Ps");
    helped += now - before[i];
    before[i] = now;
  }
  platform::check(helped == n, "as many Ms help as were said to");
}

// In a stopped world Ms come to sleep, and those that do help with a collection, and with the next.
void helpgc(run& t) {
  const auto helpers = static_cast<std::int32_t>(t["helpers"]);
  const std::int64_t rounds = t["rounds"];
  team all(1 + helpers, 1, helpers);
  collection work(1 + helpers);
  std::vector<int> before(static_cast<std::size_t>(1 + helpers), 0);
  all.rt.main_argument = &work;
  all.rt.hook.gchelper = help;
  all[0].run([&] { runtime::stopTheWorldWithSema(all.rt); });
  t.go("stopper", [&] {
    all[0].run([&] {
      for (std::int64_t k = 0; k < rounds; k++) collect(all, work, before);
    });
    all.end();
  });
  for (std::int32_t i = 1; i <= helpers; i++) {
    t.go(thread_names[i], [&, i] { all[i].run([] { runtime::stopm(); }); });
  }
  t.join();
}

}  // namespace

void add_stop_world(checker::catalogue& all) {
  all.push_back(strict("stop_world/running", "a goroutine that runs stops when it is asked", 4,
                       running));
  all.back().parameters = {{"runners", 1, 1, 2, "goroutines that run"}};
  all.back().marks = {"stop_world/wait", "stop_world/last", "preemptone/asked"};

  all.push_back(strict("stop_world/sleep", "an M that finds the world stopping stops and sleeps", 3,
                       sleep));
  all.back().marks = {"stop_world/wait", "stop_world/last"};
  all.back().how = plan{"pos", 2, 500};

  all.push_back(strict("stop_world/syscall",
                       "a P is stopped although its M does not come back from a system call", 3,
                       syscall));
  all.back().marks = {"stop_world/retaken", "entersyscall/gcwait"};

  all.push_back(strict("stop_world/back",
                       "a system call ends while the world stops: the P is stopped once", 3, back));
  all.back().marks = {"stop_world/retaken", "stop_world/came-first", "stop_asked/late"};

  all.push_back(strict("stop_world/stopped",
                       "a system call that ends in a stopped world finds no P", 3,
                       stopped_meanwhile));
  all.back().marks = {"stop_world/retaken"};

  all.push_back(strict("stop_world/idle", "idle Ps are stopped, and one that becomes so", 3, idle));
  all.back().marks = {"stop_world/idle", "handoffp/gcstop", "handoffp/idle"};

  all.push_back(strict("stop_world/preempt",
                       "a goroutine that begins to run while the world stops is asked as well", 3,
                       preempt));
  all.back().marks = {"stop_asked/late", "preemptone/asked"};

  all.push_back(strict("stop_world/scanned",
                       "a goroutine that is asked to scan itself and to stop does both", 4,
                       scanned));
  all.back().marks = {"scang/asks", "scang/self", "stop_world/wait"};
  all.back().how = plan{"pos", 2, 2000};  // its 10^6 executions take more than a minute

  all.push_back(strict("stop_world/locks",
                       "a request that had to be refused is followed afterwards", 3, locks));
  all.back().marks = {"safepoint/refused"};

  all.push_back(strict("stop_world/worldsema",
                       "who holds worldsema sees no change of GOMAXPROCS", 3, worldsema));

  all.push_back(strict("stop_world/start", "after the start each goroutine is found", 4, start));
  all.back().parameters = {{"others", 2, 1, 3, "Ps with a goroutine, and Ms"}};
  all.back().marks = {"start_world/wake", "procresize/runnable"};

  all.push_back(strict("stop_world/helpgc",
                       "as many helpers as were counted have a P each, and come back", 4, helpgc));
  all.back().parameters = {{"helpers", 1, 1, 2, "Ms beside the stopper"},
                           {"rounds", 1, 1, 2, "collections"}};
  all.back().marks = {"stopm/helps"};
  all.back().how = plan{"pos", 2, 500};
  add_stop_world_run(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
