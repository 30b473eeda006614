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

// A goroutine that makes one short system call after the other, each in one look of the monitor's,
// until another one, which waits for the same P, has run.
void starved(run& t) {
  constexpr std::int64_t between = 5'000'000;  // ns, from look to look
  platform::atomic<int> turn(0, "turn");
  platform::atomic<std::int64_t> call(0, "call");  // the one that it is in; -1: no more
  platform::atomic<std::int64_t> look(0, "look");  // the last one, which was in that call
  const char* const loop = "a loop of short system calls";
  world w({.procs = 1, .monitored = true}, [&] {
    w.go([&] { turn.store(1, std::memory_order_relaxed); });  // it only has to come some time
    std::int64_t k = 0;
    while (turn.load(std::memory_order_relaxed) == 0) {  // see above
      platform::hot(loop);
      runtime::entersyscall();
      // release and acquire, all: who looks sees the call, and who returns was looked at
      call.store(++k, std::memory_order_release);
      while (look.load(std::memory_order_acquire) != k) platform::procyield(1);
      runtime::exitsyscall();
    }
    platform::cool(loop);
    call.store(-1, std::memory_order_relaxed);  // see above
  });
  t.go("monitor", [&] {
    for (std::int64_t k = 1;; k++) {
      std::int64_t seen = 0;
      while ((seen = call.load(std::memory_order_acquire)) != k && seen >= 0) {  // see above
        platform::procyield(1);
      }
      if (seen < 0) return;
      runtime::retake(w.rt, k * between);
      look.store(k, std::memory_order_release);  // see above
    }
  });
  if (is_native()) t.join();  // no M is made when the runtime has ended
  w.finish();
  t.join();
  w.check_quiet();
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
                       starved));
  all.back().marks = {"retake/taken"};
  all.back().how = {"pos", 2, 100};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
