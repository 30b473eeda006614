// spinning/*: work conservation. No goroutine waits in a queue while a P is idle and nobody looks.
//
// How that is seen: a goroutine readies others and then keeps its M and P, without a safe point,
// until they have run. If everybody else sleeps then, all is quiet and the main goroutine has not
// come to its end.
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/team.hpp"
#include "runtime/findrunnable.hpp"
#include "runtime/g_status.hpp"
#include "runtime/p.hpp"
#include "runtime/park.hpp"
#include "runtime/runq.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// Wakes Ms for nothing, at any time, as the monitor might: whatever goes on meets some that look
// for work, or are giving up.
void stir(world& w, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i++) runtime::wakep(w.rt);
}

// The main goroutine readies `n` others one after the other, and waits without letting go of its P
// until all have run; those keep their Ps until the ones after them have run.
void busy(run& t) {
  const std::int64_t n = t["n"];
  cells<runtime::note> ran("ran", n);
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i, n] {
        if (i + 1 < n) runtime::notesleep(ran[i + 1]);
        runtime::notewakeup(ran[i]);
      });
    }
    runtime::notesleep(ran[0]);
  });
  stir(w, t["stir"]);
  w.finish();
  w.check_quiet();
}

// The other P is idle again when the goroutine is readied: an M has looked for work and given up.
void again(run& t) {
  runtime::note first("first");
  runtime::note second("second");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] { runtime::notewakeup(first); });
    runtime::notesleep(first);
    w.go([&] { runtime::notewakeup(second); });
    runtime::notesleep(second);
  });
  w.finish();
  w.check_quiet();
}

// A P is given up, by a goroutine that goes from one blocking system call into the next, while an
// M that it was lent to gives up as well.
void handoff(run& t) {
  runtime::note ran("ran");
  runtime::note done("done");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::entersyscallblock();
      runtime::exitsyscall();
      runtime::entersyscallblock();
      runtime::notesleep(done);  // in the kernel
      runtime::exitsyscall();
    });
    w.go([&] {
      runtime::notewakeup(done);
      runtime::notewakeup(ran);
    });
    runtime::notesleep(ran);
  });
  w.finish();
  w.check_quiet();
}

// A goroutine yields while another waits in its P's queue; that one then keeps the P until the
// first is back.
void yield(run& t) {
  runtime::note back("back");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] { runtime::notesleep(back); });
    runtime::Gosched();
    runtime::notewakeup(back);
  });
  stir(w, t["stir"]);
  w.finish();
  w.check_quiet();
}

// Two goroutines are readied, and their maker goes to the global queue: three Ps have work then.
void three(run& t) {
  runtime::note ran("ran");
  runtime::note ran_too("ran_too");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::notewakeup(ran);
      runtime::notewakeup(ran_too);
    });
    w.go([&] { runtime::notesleep(ran); });
    runtime::Gosched();
    runtime::notesleep(ran_too);
  });
  stir(w, t["stir"]);
  w.finish();
  w.check_quiet();
}

// Two goroutines come to the global queue, and one M takes both, to run one that keeps its P until
// the other has run.
void batch(run& t) {
  runtime::note back("back");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::Gosched();
      runtime::notewakeup(back);
    });
    runtime::Gosched();
    runtime::Gosched();
    runtime::notesleep(back);
  });
  stir(w, t["stir"]);
  w.finish();
  w.check_quiet();
}

// A goroutine yields, and its M takes another from a P that is kept busy, which then keeps this one
// busy until the first has come back.
void overtaken(run& t) {
  runtime::note on("on");
  runtime::note back("back");
  runtime::note ran("ran");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::notewakeup(on);
      for (std::uint32_t k = 0; k < platform::config::sched_tick; k++) runtime::Gosched();
      runtime::notewakeup(back);
    });
    runtime::notesleep(on);
    w.go([&] {
      runtime::notesleep(back);
      runtime::notewakeup(ran);
    });
    runtime::notesleep(ran);
  });
  stir(w, t["stir"]);
  w.finish();
  w.check_quiet();
}

// A goroutine that only yields, on one P, while another waits in the queue of a P that is kept
// busy.
void yielder(run&) {
  runtime::note on("on");
  runtime::note start("start");
  runtime::note ran("ran");
  platform::atomic<int> turn(0, "turn");
  const char* const loop = "a loop of Gosched";
  world w({.procs = 2}, [&] {
    w.go([&] {
      runtime::notewakeup(on);
      runtime::notesleep(start);
      while (turn.load(std::memory_order_relaxed) == 0) {  // it only has to come some time
        platform::hot(loop);
        runtime::Gosched();
      }
      platform::cool(loop);
    });
    runtime::notesleep(on);
    w.go([&] {
      turn.store(1, std::memory_order_relaxed);  // see above
      runtime::notewakeup(ran);
    });
    runtime::notewakeup(start);
    runtime::notesleep(ran);
  });
  w.finish();
  w.check_quiet();
}

// An M looks for work, which waits in the queue of a P that is kept busy, while another one is said
// to look for it as well, and does not get on.
void round(run& t) {
  team all(2, 2, 1);
  all.another_spins();
  runtime::g* waits = all[2].gp;
  runtime::casgstatus(waits, runtime::Grunning, runtime::Grunnable);
  all[2].mp->curg.store(nullptr, std::memory_order_relaxed);  // one thread
  runtime::runqput(&all.proc(0), waits, false);
  runtime::note taken("taken");
  t.go("owner", [&] { all[0].run([&] { runtime::notesleep(taken); }); });
  t.go("looker", [&] {
    all[1].run([&] {
      runtime::dropg();
      all[1].mp->running = all[1].mp->g0;
      platform::check(runtime::findrunnable().gp == waits, "who sees work takes it");
      runtime::notewakeup(taken);
    });
  });
  t.join();
}

// Whoever sees that a goroutine runs finds its M.
void wired(run& t) {
  auto* rt = platform::create<runtime::runtime>(2);
  as_m scanner(*rt, rt->allp[0]);
  as_m owner(*rt, rt->allp[1]);
  runtime::g* gp = owner.gp;
  owner.run([&] {
    runtime::casgstatus(gp, runtime::Grunning, runtime::Grunnable);
    runtime::dropg();
  });
  t.go("scanner", [&] {
    scanner.run([&] {
      if (runtime::readgstatus(gp) == runtime::Grunning) {
        platform::check(gp->m.load(std::memory_order_relaxed) == owner.mp,
                        "a goroutine that runs has its M");
      }
    });
  });
  t.go("owner", [&] { owner.run([&] { runtime::execute(gp, false); }); });
  t.join();
  platform::destroy(rt);
}

// A P goes idle and a goroutine is readied, while somebody who wants to wake an M finds no P for
// it.
void token(run& t) {
  auto* rt = platform::create<runtime::runtime>(2);
  as_m readier(*rt, rt->allp[0]);
  as_m giver(*rt, rt->allp[1]);
  runtime::note ran("ran");
  t.go("readier", [&] {
    readier.run([&] {
      runtime::go([&] { runtime::notewakeup(ran); });
      runtime::notesleep(ran);  // it keeps its P
    });
  });
  t.go("giver", [&] { giver.run([] { runtime::handoffp(runtime::releasep()); }); });
  t.go("waker", [&] { runtime::wakep(*rt); });
  platform::quiesce();
  // relaxed: everybody else has ended
  platform::check(ran.key.load(std::memory_order_relaxed) == 1,
                  "a goroutine that is readied while a P is idle is run");
  platform::destroy(rt);
}

program row(const char* name, const char* about, void (*scenario)(run&),
            std::vector<checker::parameter> parameters, std::int64_t procs,
            std::vector<std::string> marks) {
  program result = strict(name, about, 10, scenario);
  result.parameters = std::move(parameters);
  result.parameters.push_back({"procs", procs, procs, 4, "GOMAXPROCS"});
  result.marks = std::move(marks);
  result.how = {"pos", 2, 300};
  return result;
}

}  // namespace

void add_spinning(checker::catalogue& all) {
  const checker::parameter stirred{"stir", 1, 0, 3, "Ms that are woken for nothing before"};
  all.push_back(row("spinning/busy", "a goroutine that is readied while a P is idle is run", busy,
                    {{"n", 1, 1, 3, "goroutines that are readied"}, stirred}, 2,
                    {"startm/new"}));
  all.push_back(row("spinning/chain", "the last M to find work wakes the next", busy,
                    {{"n", 2, 1, 3, "goroutines that are readied"}, stirred}, 3,
                    {"startm/new", "resetspinning/wakes"}));
  all.push_back(row("spinning/again", "an M that gives up looking overlooks nothing", again, {}, 2,
                    {"startm/new", "findrunnable/back"}));
  all.push_back(row("spinning/handoff", "a P that is given up overlooks nothing", handoff, {}, 2,
                    {"handoffp/idle"}));
  all.push_back(row("spinning/yield", "a goroutine that yields is run on while a P is idle", yield,
                    {stirred}, 2, {"startm/new"}));
  all.push_back(row("spinning/three", "an M that takes a P back still stands for all that starve",
                    three, {stirred}, 3, {"findrunnable/back"}));
  all.push_back(row("spinning/batch", "nobody overlooks goroutines on their way to another queue",
                    batch, {stirred}, 2, {"globrunqget/batch"}));
  all.push_back(row("spinning/overtaken", "a goroutine that yields is run on while a P is idle",
                    overtaken, {stirred}, 3, {"findrunnable/others-first"}));
  all.push_back(row("spinning/yielder", "who waits gets a turn while another only yields", yielder,
                    {}, 2, {"findrunnable/others-first"}));
  all.back().parameters.pop_back();  // procs
  all.push_back(strict("spinning/token", "who looks for an idle P and finds none is no spinner", 7,
                       token));
  all.back().marks = {"startm/no-p", "handoffp/idle"};
  all.back().native = false;  // nobody ends the Ms
  all.back().how = {"pos", 2, 1'000};
  all.push_back(strict("spinning/round", "an M that looks for work does not go round for ever", 3,
                       round));
  all.back().marks = {"findrunnable/back"};
  all.push_back(row("spinning/wired", "a goroutine that runs has its M", wired, {}, 2, {}));
  all.back().parameters.clear();
  all.back().how = {};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
