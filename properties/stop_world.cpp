// stop_world/*: nobody runs in a stopped world, a stop comes to its end although nobody is asked
// twice, and after the start every goroutine runs again.
#include "runtime/stop_world.hpp"

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

// A goroutine that runs.
void running(run& t) {
  const auto runners = static_cast<std::int32_t>(t["runners"]);
  team all(1 + runners, 1 + runners);
  t.go("stopper", [&] {
    all[0].run([&] { stop_once(all); });
    all.end();
  });
  for (std::int32_t i = 1; i <= runners; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        all.runs_until_asked();
        runtime::gcstopm();
      });
    });
  }
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
  t.go("stopper", [&] {
    all[0].run([&] { stop_once(all); });
    all.end();
  });
  t.go("caller", [&] {
    all[1].run([&] {
      if (!runtime::exitsyscallfast()) return;
      runtime::stop_asked(runtime::getp(), runtime::getg());
      all.runs_until_asked();
      runtime::gcstopm();
    });
  });
  t.join();
}

// A P that becomes idle, beside one that is.
void idle(run& t) {
  team all(3, 2);
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
  runtime::g* first = all[1].gp;
  t.go("stopper", [&] {
    all[0].run([&] { stop_once(all); });
    all.end();
  });
  t.go("runner", [&] {
    all[1].run([&] {
      all.runs();
      runtime::casgstatus(first, runtime::Grunning, runtime::Grunnable);
      runtime::dropg();
      // relaxed: schedule()'s look
      if (all.rt.sched.gcwaiting.load(std::memory_order_relaxed) == 0) {
        runtime::execute(first, false);
        all.runs_until_asked();
      }
      runtime::gcstopm();
    });
  });
  t.join();
}

// A goroutine that cannot be stopped for a while.
void locks(run& t) {
  team all(2, 2);
  t.go("stopper", [&] {
    all[0].run([&] { stop_once(all); });
    all.end();
  });
  t.go("runner", [&] {
    all[1].run([&] {
      runtime::m* mp = runtime::acquirem();
      runtime::safepoint();
      runtime::releasem(mp);
      all.runs_until_asked();
      runtime::gcstopm();
    });
  });
  t.join();
}

// Who holds worldsema sees one GOMAXPROCS, and newprocs is his.
void worldsema(run& t) {
  team all(2, 1, 1);
  all.rt.worldsema.store(1, std::memory_order_relaxed);  // one thread
  t.go("stopper", [&] {
    all[0].run([&] {
      runtime::stopTheWorld("GOMAXPROCS");
      all.rt.newprocs.set(1);
      runtime::startTheWorld();
    });
  });
  t.go("holder", [&] {
    all[1].run([&] {
      runtime::semacquire(*all[1].mp, all.rt.worldsema);
      const std::int32_t was = all.rt.gomaxprocs.load(std::memory_order_relaxed);  // ours
      platform::check(all.rt.newprocs.get() == 0, "who starts the world does what was asked of him");
      platform::check(all.rt.gomaxprocs.load(std::memory_order_relaxed) == was,  // ours
                      "GOMAXPROCS does not change while worldsema is held");
      runtime::semrelease(all.rt, all.rt.worldsema);
    });
  });
  t.join();
}

// What stopm does after it has put the M on the list.
void wake_up() {
  runtime::m* mp = runtime::getm();
  runtime::notesleep(mp->park);
  runtime::noteclear(mp->park);
  runtime::p* pp = mp->nextp.get();
  mp->nextp.set(nullptr);
  runtime::acquirep(pp);
}

// A stopped world: the Ps but the first have a goroutine in their queue, and there is an M for each.
void start(run& t) {
  const auto others = static_cast<std::int32_t>(t["others"]);
  team all(1 + others, 1, others);
  all.rt.sched.nmspinning.store(1, std::memory_order_relaxed);  // nobody else is to be woken
  goroutines gs(others);
  ledger taken(others);
  all[0].run([&] { runtime::stopTheWorldWithSema(all.rt); });
  for (std::int32_t i = 0; i < others; i++) {
    runtime::runqput(&all.proc(1 + i), gs[i], false);
    runtime::mput(all[1 + i].mp);
  }
  t.go("stopper", [&] { all[0].run([&] { runtime::startTheWorldWithSema(all.rt); }); });
  for (std::int32_t i = 1; i <= others; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        wake_up();
        all.runs();
        for (std::int32_t k = 0; k < 1 + others; k++) {
          runtime::p* pp = &all.proc((runtime::getp()->id + k) % (1 + others));
          runtime::g* gp = k == 0 ? runtime::runqget(pp).gp
                                  : runtime::runqsteal(runtime::getp(), pp, true);
          if (gp != nullptr) taken.took(gp);
        }
      });
    });
  }
  t.join();
}

}  // namespace

void add_stop_world(checker::catalogue& all) {}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
