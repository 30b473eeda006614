// extram/*: an M for foreign threads has one borrower at a time, the list is never empty for good,
// a callback runs with a P and gives it back, and a signal handler may borrow one too.
#include "runtime/extram.hpp"

#include "properties/catalogue.hpp"
#include "properties/team.hpp"
#include "runtime/prof.hpp"
#include "runtime/start.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// A bare runtime, with a list of so many Ms.
class lenders {
 public:
  lenders(std::int64_t extras, std::int64_t most)
      : rt(*platform::create<runtime::runtime>(1)), use("use", extras + most, 0) {
    for (std::int64_t i = 0; i < extras; i++) runtime::newextram(rt);
  }
  lenders(const lenders&) = delete;
  lenders& operator=(const lenders&) = delete;
  ~lenders() { platform::destroy(&rt); }

  // The calling thread has an M, and it alone.
  void uses() {
    platform::plain<int>& mine = use[runtime::getm()->id];
    mine.set(mine.get() + 1);
  }

  // What callback does about the list, without a goroutine.
  void borrows() {
    runtime::needm(rt);
    uses();
    refill();
    runtime::dropm();
    platform::check(runtime::getm() == nullptr, "a foreign thread is no M any more");
  }

  void refill() {
    runtime::m* mp = runtime::getm();
    if (!mp->needextram) return;
    platform::mark("extram/refill");
    mp->needextram = false;
    runtime::newextram(rt);
  }

  // How many are on the list, when all is over.
  std::int64_t listed() {
    std::int64_t n = 0;
    // relaxed: one thread
    for (runtime::m* mp = rt.extram.load(std::memory_order_relaxed); mp != nullptr;
         mp = mp->schedlink.get()) {
      n++;
      platform::check(n <= rt.sched.mcount.load(std::memory_order_relaxed),  // one thread
                      "each M is on the list once");
    }
    return n;
  }
  void complete() {
    platform::check(listed() == rt.sched.mcount.load(std::memory_order_relaxed),  // one thread
                    "every M is back on the list");
    platform::check(listed() > 0, "the list is not empty");
  }

  runtime::runtime& rt;
  cells<platform::plain<int>> use;  // one an M
};

// Threads that borrow at the same time.
void borrow(run& t) {
  const std::int64_t threads = t["threads"];
  lenders all(t["extras"], threads);
  t.go_identical(threads, "foreign", [&] { all.borrows(); });
  t.join();
  all.complete();
}

// Who has the last one keeps it until another has got one.
void last(run& t) {
  lenders all(1, 2);
  runtime::note got("got");
  t.go("first", [&] {
    runtime::needm(all.rt);
    all.uses();
    all.refill();
    runtime::notesleep(got);
    runtime::dropm();
  });
  t.go("second", [&] {
    runtime::needm(all.rt);
    all.uses();
    // It may have been first.
    all.refill();
    runtime::notewakeup(got);
    runtime::dropm();
  });
  t.join();
  all.complete();
}

// A signal handler, on a foreign thread, that uses the runtime: as that M if it interrupts one,
// else it borrows one itself.
void handled(void* argument) {
  auto& all = *static_cast<lenders*>(argument);
  if (runtime::getm() != nullptr) {
    all.uses();
  } else {
    platform::mark("extram/handler-borrows");
    runtime::needm(all.rt);
    all.uses();
    runtime::dropm();
  }
}

void signal(run& t) {
  lenders all(2, 2);
  platform::atomic<int> own(0, "own");
  t.go("interrupted", [&] {
    platform::on_signal(handled, &all);
    const auto step = [&own] { own.fetch_add(1, std::memory_order_relaxed); };  // a signal may come
    step();
    runtime::needm(all.rt);
    step();
    runtime::dropm();
    step();
  });
  t.go("other", [&] {
    runtime::needm(all.rt);
    all.uses();
    runtime::dropm();
  });
  t.join();
  all.complete();
}

// No signal comes to a thread that had masked them, until it unmasks them.
void masked(run& t) {
  lenders all(1, 1);
  bool awaited = false;
  platform::atomic<int> own(0, "own");
  t.go("foreign", [&] {
    const auto handler = [](void* argument) {
      platform::mark("extram/signalled");
      platform::check(*static_cast<bool*>(argument), "no signal comes while they are masked");
    };
    const auto step = [&own] { own.fetch_add(1, std::memory_order_relaxed); };  // a signal may come
    platform::mask_signals(true);
    platform::on_signal(handler, &awaited);
    step();
    runtime::needm(all.rt);
    step();
    runtime::dropm();
    step();
    awaited = true;
    platform::mask_signals(false);
    step();
  });
  t.join();
}

// Whose profiling was turned on last: hook.resetcpuprofiler's side, by the thread that has the M.
struct profilers {
  explicit profilers(std::int64_t n) : thread_of("thread_of", 2 * n, 0), rate_of("rate_of", n, 0) {}
  cells<platform::plain<std::int64_t>> thread_of;  // one an M
  cells<platform::plain<std::int32_t>> rate_of;    // one a thread
};

// Threads that are profiled as long as they have an M.
void profiled(run& t) {
  const std::int64_t threads = t["threads"];
  lenders all(1, threads);
  profilers timers(threads);
  all.rt.main_argument = &timers;
  all.rt.hook.resetcpuprofiler = [](runtime::m& mp, std::int32_t hz) {
    auto& of = *static_cast<profilers*>(mp.rt.main_argument);
    of.rate_of[of.thread_of[mp.id].get()].set(hz);
  };
  for (std::int64_t i = 0; i < threads; i++) {
    t.go(thread_names[i], [&, i] {
      runtime::needm(all.rt);
      runtime::m* mp = runtime::getm();
      timers.thread_of[mp->id].set(i);
      // as execute does; relaxed: its own
      if (mp->profilehz.load(std::memory_order_relaxed) != 100) {
        runtime::resetcpuprofiler(*mp, 100);
      }
      platform::check(timers.rate_of[i].get() == 100, "a thread is profiled that has an M");
      all.refill();
      runtime::dropm();
      platform::check(timers.rate_of[i].get() == 0, "a thread without an M is not profiled");
    });
  }
  t.join();
  all.complete();
}

// What callbacks do: each lets the main goroutine go on once, or sleeps as one first.
struct errand {
  runtime::runtime* rt = nullptr;
  runtime::semaphore answer{0, "answer"};
  runtime::semaphore question{0, "question"};
  bool sleeps = false;
};

void answers(void* argument) {
  auto* self = static_cast<errand*>(argument);
  runtime::p* pp = runtime::getp();
  platform::check(pp != nullptr && pp->m.load(std::memory_order_relaxed) == runtime::getm(),  // own
                  "a callback runs with a P");
  if (self->sleeps) runtime::semacquire(self->question);
  runtime::semrelease(*self->rt, self->answer);
}

// Callbacks of a started runtime. The main goroutine leaves its P to them while it waits.
void callbacks(run& t) {
  const std::int64_t callers = t["callers"];
  errand mine;
  mine.sleeps = t["sleeps"] != 0;
  platform::ghost<std::int64_t> returned(0, "returned");
  world w({.procs = static_cast<std::int32_t>(t["procs"]), .more = {.extra_m = true}}, [&] {
    for (std::int64_t i = 0; i < callers; i++) {
      if (mine.sleeps) runtime::semrelease(runtime::getrt(), mine.question);
      runtime::semacquire(mine.answer);
    }
  });
  mine.rt = &w.rt;
  for (std::int64_t i = 0; i < callers; i++) {
    t.go(thread_names[i], [&] {
      if (runtime::callback(w.rt, answers, &mine)) returned.add(1);
    });
  }
  if (is_native()) t.join();
  w.finish();
  w.check_quiet();
  platform::check(returned.peek() == callers, "every callback returns");
}

// The main goroutine returns as soon as the callback has answered, the runtime ends, and is gone,
// while the foreign thread may not even have given its M back.
void end(run& t) {
  auto* rt = platform::create<runtime::runtime>(1);
  if (!platform::real()) rt->stop_again_after = -1;
  errand mine;
  mine.rt = rt;
  runtime::options how;
  how.extra_m = true;
  how.sysmon = platform::real();
  runtime::start(
      *rt, how,
      [](void* argument) { runtime::semacquire(static_cast<errand*>(argument)->answer); }, &mine);
  t.go("foreign", [rt, &mine] { runtime::callback(*rt, answers, &mine); });
  runtime::wait(*rt);
  runtime::stop(*rt);
  platform::destroy(rt);
  t.join();
}

// A request for preemption, while the goroutine is pinned to its P and refuses.
void pin(run& t) {
  team all(2, 2);
  t.go("pinned", [&] {
    all[0].run([&] {
      runtime::procPin();
      runtime::safepoint();
      platform::check(runtime::getp() == &all.proc(0), "a pinned goroutine stays on its P");
      runtime::procUnpin();
    });
  });
  t.go("other", [&] { all[1].run([&] { runtime::preemptone(&all.proc(0)); }); });
  t.join();
  platform::check(all[0].gp->preempt.load(std::memory_order_relaxed) == 1,  // one thread
                  "the goroutine was asked");
  platform::check(all[0].gp->stackguard0.load(std::memory_order_relaxed) ==  // one thread
                      runtime::stackPreempt,
                  "a request that was refused is made again when the refusal ends");
}

}  // namespace

void add_extram(checker::catalogue& all) {
  all.push_back(strict("extram/borrow", "an M for foreign threads has one borrower at a time", 5,
                       borrow));
  all.back().parameters = {{"threads", 2, 1, 4, "foreign threads"},
                           {"extras", 2, 1, 4, "Ms on the list"}};
  all.back().marks = {"lockextra/locked", "lockextra/raced"};

  all.push_back(strict("extram/last", "a foreign thread does not wait for another's callback", 3,
                       last));
  all.back().marks = {"extram/refill", "lockextra/empty"};

  all.push_back(strict("extram/signal",
                       "a signal handler on a foreign thread may call into the runtime", 3,
                       signal));
  all.back().marks = {"extram/handler-borrows"};
  all.back().budget = budgets{0, 0, 0, 1};
  all.back().how = plan{"random", 2, 10'000};

  all.push_back(strict("extram/masked",
                       "a foreign thread's signals stay masked if it has masked them", 2, masked));
  all.back().marks = {"extram/signalled"};
  all.back().budget = budgets{0, 0, 0, 1};
  all.back().how = plan{"random", 2, 1'000};
  all.back().native = false;  // no signal comes there

  all.push_back(strict("extram/profiled", "a foreign thread without an M is not profiled", 3,
                       profiled));
  all.back().parameters = {{"threads", 2, 1, 2, "foreign threads"}};

  all.push_back(strict("extram/callbacks",
                       "a callback runs with a P, and gives it back to the goroutines", 30,
                       callbacks));
  all.back().parameters = {{"procs", 1, 1, 4, "GOMAXPROCS"},
                           {"callers", 1, 1, 3, "foreign threads"},
                           {"sleeps", 0, 0, 1, "1: it waits for the main goroutine first"}};
  all.back().marks = {"callback/last"};
  all.back().how = plan{"random", 2, 1'000};

  all.push_back(
      strict("extram/end", "a runtime ends when nobody has an M of it any more", 30, end));
  all.back().how = plan{"pos", 2, 1'000};

  all.push_back(strict("extram/pin", "a pinned goroutine is preempted when it is pinned no more", 3,
                       pin));
  all.back().marks = {"preemptone/asked", "safepoint/refused"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
