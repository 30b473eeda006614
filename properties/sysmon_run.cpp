// sysmon/* in a whole runtime, with the monitor's looks made by a thread of the scenario.
#include "properties/catalogue.hpp"
#include "properties/world.hpp"
#include "runtime/park.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t late = 1'000'000'000'000;  // ns: everything is due by then

// A network with one input, for the goroutine that waits for it.
struct network {
  platform::atomic<runtime::g*> waiting{nullptr, "waiting"};
  platform::atomic<runtime::g*> ready{nullptr, "ready"};
  runtime::note arrived{"arrived"};
  runtime::note never{"never"};  // there is no second input
};

// The network is there before the world is.
struct networked : network, world {
  using world::world;
};

network& network_of(runtime::runtime& rt) {
  return *static_cast<networked*>(static_cast<world*>(rt.main_argument));
}

runtime::g* netpoll(runtime::runtime& rt, bool block) {
  network& net = network_of(rt);
  if (block) runtime::notesleep(net.arrived);
  runtime::g* gp = net.ready.exchange(nullptr, std::memory_order_acq_rel);  // the goroutine
  if (gp == nullptr && block) runtime::notesleep(net.never);
  if (gp == nullptr) return nullptr;
  gp->schedlink.set(nullptr);
  return gp;
}

bool waits(runtime::g* gp, void* argument) {
  auto& net = *static_cast<network*>(argument);
  net.waiting.store(gp, std::memory_order_release);  // the goroutine, to the input
  return true;
}

// The input arrives when an M blocks in the network.
void arrive(world& w, network& net) {
  runtime::g* gp = nullptr;
  // acquire: the goroutine; relaxed: a hint
  while ((gp = net.waiting.load(std::memory_order_acquire)) == nullptr ||
         w.rt.sched.lastpoll.load(std::memory_order_relaxed) != 0) {
    platform::procyield(1);
  }
  net.ready.store(gp, std::memory_order_release);  // the goroutine, to who polls
  runtime::notewakeup(net.arrived);
}

// The main goroutine waits for the network, which its M polls, while a collection is due: the
// goroutine that forces it is handed to another M.
void counted(run& t) {
  runtime::options more;
  more.forcegc = true;
  more.hook.netpoll = netpoll;
  networked w({.procs = 1, .monitored = true, .more = more}, [&] {
    w.rt.forcegc.last_gc.store(1, std::memory_order_relaxed);  // a hint to the monitor
    runtime::gopark(waits, static_cast<network*>(&w), "IO wait");
  });
  t.go("input", [&] { arrive(w, w); });
  t.go("monitor", [&] {
    // relaxed, all: hints
    while ((w.rt.forcegc.idle.load(std::memory_order_relaxed) == 0 ||
            w.rt.sched.npidle.load(std::memory_order_relaxed) == 0) &&
           w.rt.mainReturned.load(std::memory_order_relaxed) == 0) {
      platform::procyield(1);
    }
    runtime::sysmon_state s;
    s.lastscavenge = late;
    runtime::sysmon_look(w.rt, s, late);
  });
  w.finish();
  t.join();
}

// Whatever the monitor does, in the midst of a runtime: collections, memory, traces, Ps that are
// taken from system calls, requests to give way.
void whole(run& t) {
  const std::int64_t looks = t["looks"];
  world::options how{.procs = static_cast<std::int32_t>(t["procs"]), .monitored = true};
  how.more.forcegc = true;
  how.more.hook.force_gc = [](runtime::runtime&) { runtime::Gosched(); };
  how.more.hook.scavenge = [](runtime::runtime&, std::int32_t, std::int64_t, std::int64_t) {};
  how.more.hook.print = [](const char*) {};
  world w(how, [&] {
    w.rt.forcegc.last_gc.store(1, std::memory_order_relaxed);  // a hint to the monitor
    for (int i = 0; i < 2; i++) {
      w.go([] {
        runtime::entersyscall();
        runtime::exitsyscall();
        runtime::safepoint();
      });
    }
    runtime::entersyscallblock();
    runtime::exitsyscall();
    runtime::stopTheWorld("test");
    runtime::safepoint();  // whatever is asked of it, it goes on
    runtime::startTheWorld();
    runtime::safepoint();
  });
  w.rt.debug_schedtrace = 1;  // nobody but the monitor looks
  w.rt.debug_scheddetail = true;
  t.go("monitor", [&, looks] {
    runtime::sysmon_state s;
    for (std::int64_t k = 0; k < looks; k++) {  // long after the last one, and soon after it
      runtime::sysmon_look(w.rt, s, 1 + k / 2 * late + k % 2 * 5'000'000);
    }
  });
  if (is_native()) t.join();  // no M is made when the runtime has ended
  w.finish();
  t.join();
  if (is_native()) return;  // the goroutine that forces collections may be in a queue at the end
  w.check_quiet();
}

// Goroutines that go on when the monitor has looked at them, 5 ms from look to look, until the end.
class looked_at {
 public:
  // On a goroutine: waits for a look. Others may wait as well, in system calls.
  void once() {
    // release and acquire, all: who looks sees what is, and who goes on was looked at
    const std::int64_t n = asked_.fetch_add(1, std::memory_order_acq_rel) + 1;
    while (looks_.load(std::memory_order_acquire) < n && !ended()) platform::procyield(1);  // above
  }

  // Nobody waits any more.
  void end() { ended_.store(1, std::memory_order_relaxed); }  // it only has to come some time

  // The monitor.
  void look(runtime::runtime& rt) {
    for (std::int64_t k = 1;; k++) {
      while (asked_.load(std::memory_order_acquire) < k) {  // see above
        if (ended()) return;
        platform::procyield(1);
      }
      runtime::retake(rt, k * 5'000'000);
      looks_.store(k, std::memory_order_release);  // see above
    }
  }

 private:
  bool ended() const { return ended_.load(std::memory_order_relaxed) != 0; }  // see above

  platform::atomic<std::int64_t> asked_{0, "asked"};
  platform::atomic<std::int64_t> looks_{0, "looks"};
  platform::atomic<int> ended_{0, "ended"};
};

// One P, whose goroutine, `main`, goes on until another one, which waits for the P, has run. That
// waits in the local queue, or, with `global`, some time in the global one.
void starved(run& t, bool global,
             const std::function<void(world&, looked_at&, platform::atomic<int>&)>& main) {
  looked_at monitor;
  platform::atomic<int> turn(0, "turn");
  world w({.procs = 1, .monitored = true}, [&, global] {
    w.go([&, global] {
      if (global) runtime::Gosched();
      turn.store(1, std::memory_order_relaxed);  // it only has to come some time
    });
    main(w, monitor, turn);
  });
  t.go("monitor", [&] { monitor.look(w.rt); });
  if (is_native()) t.join();  // no M is made when the runtime has ended
  w.finish();
  t.join();
  w.check_quiet();
}

// Looked at in a system call.
void short_call(looked_at& monitor) {
  runtime::entersyscall();
  monitor.once();
  runtime::exitsyscall();
}

// It makes one short system call after the other.
void short_calls(run& t) {
  starved(t, false, [](world&, looked_at& monitor, platform::atomic<int>& turn) {
    const char* const loop = "a loop of short system calls";
    while (turn.load(std::memory_order_relaxed) == 0) {  // see above
      platform::hot(loop);
      short_call(monitor);
    }
    platform::cool(loop);
    monitor.end();
  });
}

// It starts another one, which does the same, and is looked at after its last safe point; or, with
// calls=1, in a system call.
void chain(run& t) {
  const bool calls = t["calls"] != 0;
  std::function<void()> link;
  starved(t, t["global"] != 0, [&link, calls](world& w, looked_at& monitor,
                                              platform::atomic<int>& turn) {
    link = [&, calls] {
      const char* const loop = "a chain of goroutines";
      if (turn.load(std::memory_order_relaxed) != 0) {  // see above
        platform::cool(loop);
        monitor.end();
        return;
      }
      platform::hot(loop);
      w.go(link);
      if (calls) {
        short_call(monitor);
      } else {
        monitor.once();
      }
    };
    w.go(link);
  });
}

}  // namespace

void add_sysmon_run(checker::catalogue& all) {
  program result =
      strict("sysmon/counted", "no deadlock is seen while the monitor hands a goroutine to an M", 6,
             counted);
  result.how = {"pos", 2, 500};
  result.marks = {"sysmon/forcegc", "startm/new"};
  result.native = false;  // nobody ends the poll
  all.push_back(std::move(result));

  all.push_back(strict("sysmon/whole", "goroutines run on whatever the monitor does", 30, whole));
  all.back().parameters = {{"procs", 2, 1, 4, "GOMAXPROCS"}, {"looks", 4, 1, 6, "of the monitor"}};
  all.back().marks = {"sysmon/forcegc", "retake/preempt"};
  all.back().how = {"pos", 2, 100};

  all.push_back(strict("sysmon/starved",
                       "a goroutine that makes short system calls does not keep its P for ever", 30,
                       short_calls));
  all.back().marks = {"retake/taken"};
  all.back().how = {"pos", 2, 100};

  struct variant {
    const char* name;
    std::int64_t calls, global;
  };
  for (const auto& [name, calls, global] :
       {variant{"sysmon/chain", 0, 0}, variant{"sysmon/chain-calls", 1, 0},
        variant{"sysmon/chain-global", 0, 1}}) {
    all.push_back(strict(name, "goroutines that start one another do not keep their P for ever", 30,
                         chain));
    all.back().parameters = {{"calls", calls, 0, 1, "1: each is looked at in a system call"},
                             {"global", global, 0, 1, "1: who waits does in the global queue"}};
    all.back().marks = {calls != 0 ? "retake/taken" : "retake/preempt"};
    all.back().how = {"pos", 2, 100};
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
