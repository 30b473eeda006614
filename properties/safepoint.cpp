// safepoint/*: forEachP returns when its function has run once for every P, whatever these do.
#include "runtime/safepoint.hpp"

#include "properties/catalogue.hpp"
#include "properties/team.hpp"
#include "runtime/g_status.hpp"
#include "runtime/park.hpp"
#include "runtime/schedule.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// Runs for each P: the P is nobody else's meanwhile, so it races with whoever runs on it.
void visit(runtime::p* pp) {
  auto& all = *static_cast<team*>(pp->rt.main_argument);
  platform::plain<int>& mine = all.program[pp->id];
  mine.set(mine.get() + 100);
}

// What was visited is a hundred more each time, and runs leave the rest.
void visit_all(team& all) {
  all.rt.main_argument = &all;
  runtime::forEachP(all.rt, visit);
}

void each_visited_once(team& all, int times = 1) {
  for (std::size_t i = 0; i < all.rt.allp.size(); i++) {
    platform::check(all.program[static_cast<std::int64_t>(i)].get() / 100 == times,
                    "every P runs the function once");
  }
}

// What schedule() does with the goroutine that has just been asked and gives way: a look for the
// request, and on it goes. False: the look came too early, which execute's did not.
bool give_way() {
  runtime::g* gp = runtime::getg();
  runtime::casgstatus(gp, runtime::Grunning, runtime::Grunnable);
  runtime::dropg();
  // relaxed: schedule()'s look, a hint
  const bool seen = runtime::getp()->runSafePointFn.load(std::memory_order_relaxed) != 0;
  if (seen) runtime::runSafePointFn();
  runtime::execute(gp, false);
  return seen;
}

// A goroutine that runs.
void running(run& t) {
  const auto runners = static_cast<std::int32_t>(t["runners"]);
  team all(1 + runners, 1 + runners);
  t.go("asker", [&] { all[0].run([&] { visit_all(all); }); });
  for (std::int32_t i = 1; i <= runners; i++) {
    t.go(thread_names[i], [&, i] {
      all[i].run([&] {
        do {
          all.runs_until_asked();
        } while (!give_way());
        all.runs();
      });
    });
  }
  t.join();
  each_visited_once(all);
}

// A P that becomes idle, beside one that is.
void idle(run& t) {
  team all(3, 2);
  all.another_spins();
  t.go("asker", [&] { all[0].run([&] { visit_all(all); }); });
  t.go("idler", [&] {
    all[1].run([&] {
      all.runs();
      runtime::handoffp(runtime::releasep());
    });
  });
  t.join();
  each_visited_once(all);
}

// A goroutine that goes into a system call and does not come back.
void syscall(run& t) {
  team all(2, 2);
  all.another_spins();
  t.go("asker", [&] { all[0].run([&] { visit_all(all); }); });
  t.go("caller", [&] {
    all[1].run([&] {
      all.runs();
      runtime::entersyscall();
    });
  });
  t.join();
  each_visited_once(all);
}

// A goroutine that comes back from a system call.
void back(run& t) {
  team all(2, 2);
  all.another_spins();
  platform::atomic<std::uint32_t> over(0, "over");
  all[1].run([&] { runtime::entersyscall(); });
  t.go("asker", [&] {
    all[0].run([&] { visit_all(all); });
    over.store(1, std::memory_order_release);  // what was visited
  });
  t.go("caller", [&] {
    all[1].run([&] {
      if (!runtime::exitsyscallfast()) return;
      runtime::casgstatus(runtime::getg(), runtime::Gsyscall, runtime::Grunning);
      runtime::stop_asked(runtime::getp(), runtime::getg());
      all.runs();
      do {
        // relaxed, acquire: a hint; see above
        while (all[1].gp->stackguard0.load(std::memory_order_relaxed) == 0) {
          if (over.load(std::memory_order_acquire) != 0) return;
          platform::procyield(1);
        }
      } while (!give_way());
      all.runs();
    });
  });
  t.join();
  each_visited_once(all);
}

// In a stopped world; who left its P in a system call saw that the world was to stop, and is late
// to do something about it. Meanwhile the P goes from hand to hand, into another system call.
void reuse(run& t) {
  team all(2, 2, 1);
  all.another_spins();
  all[1].run([] { runtime::entersyscall(); });
  all[0].run([&] { runtime::stopTheWorldWithSema(all.rt); });
  t.go("asker", [&] {
    all[0].run([&] {
      runtime::startTheWorldWithSema(all.rt);
      visit_all(all);
    });
  });
  t.go("late", [&] { all[1].run([] { runtime::entersyscall_gcwait(); }); });
  t.go("other", [&] {
    all[2].run([&] {
      if (!runtime::exitsyscallfast()) return;
      all.runs();
      runtime::entersyscall();
    });
  });
  t.join();
  each_visited_once(all);
}

}  // namespace

void add_safepoint(checker::catalogue& all) {
  all.push_back(
      strict("safepoint/running", "a P runs the function at its next safe point", 4, running));
  all.back().parameters = {{"runners", 1, 1, 2, "goroutines that run"}};
  all.back().marks = {"forEachP/wait", "safepoint/running", "preemptone/asked"};

  all.push_back(strict("safepoint/idle",
                       "the function is run for idle Ps, and for one that becomes idle", 3, idle));
  all.back().marks = {"forEachP/idle", "safepoint/handed-off"};

  all.push_back(strict("safepoint/syscall",
                       "it is run for a P whose M does not come back from a system call", 3,
                       syscall));
  all.back().marks = {"forEachP/syscall", "safepoint/entering"};

  all.push_back(strict("safepoint/back",
                       "a system call ends while the function is asked for: it runs once", 3,
                       back));
  all.back().marks = {"forEachP/syscall", "stop_asked/late"};

  all.push_back(strict("safepoint/reuse",
                       "who is late to stop for the world does not count for the function", 4,
                       reuse));
  all.back().how = plan{"random", 1, 2'000};
  add_safepoint_run(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
