// network/*: what the network has ready runs, whoever polls it; and somebody does while any
// goroutine waits for it.
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/park.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/stubs.hpp"
#include "runtime/syscall.hpp"
#include "runtime/sysmon.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t late = 1'000'000'000'000;  // ns: everything is due by then

// Inputs, one for each goroutine that waits.
struct network {
  explicit network(std::int64_t n) : waiting("waiting", n, nullptr) {}

  // The goroutine of input i parks. On it.
  void wait_for(std::int64_t i) {
    runtime::gopark(
        [](runtime::g* gp, void* cell) {
          // release: it is parked, to arrive
          static_cast<platform::atomic<runtime::g*>*>(cell)->store(gp, std::memory_order_release);
          return true;
        },
        &waiting[i], "IO wait");
  }

  // Input i, as soon as its goroutine waits for it. On a thread.
  void arrive(std::int64_t i) {
    runtime::g* gp = nullptr;
    while ((gp = waiting[i].load(std::memory_order_acquire)) == nullptr) {  // see above
      platform::procyield(1);
    }
    runtime::g* others = ready.load(std::memory_order_relaxed);  // the compare-exchange confirms it
    do {
      gp->schedlink.set(others);
      // release: the list, to who polls
    } while (!ready.compare_exchange(others, gp, std::memory_order_release,
                                     std::memory_order_relaxed));
    arrivals.fetch_add(1, std::memory_order_release);  // ready, to who blocks
    platform::futex_wake(arrivals, 1);
  }

  runtime::g* poll(bool block) {
    for (;;) {
      const std::uint32_t seen = arrivals.load(std::memory_order_acquire);  // see above
      // acquire: see above
      runtime::g* list = ready.exchange(nullptr, std::memory_order_acquire);
      if (list != nullptr || !block) return list;
      platform::futex_wait(arrivals, seen, -1);
    }
  }

  cells<platform::atomic<runtime::g*>> waiting;
  platform::atomic<runtime::g*> ready{nullptr, "ready"};
  platform::atomic<std::uint32_t> arrivals{0, "arrivals"};
};

// The network is there before the world is.
struct networked : network, world {
  networked(std::int64_t n, std::int64_t procs, bool monitored, std::function<void()> main)
      : network(n), world(with_network(procs, monitored), std::move(main)) {}

  static world::options with_network(std::int64_t procs, bool monitored) {
    world::options how{.procs = static_cast<std::int32_t>(procs), .monitored = monitored};
    how.more.hook.netpoll = [](runtime::runtime& rt, bool block) {
      return static_cast<networked*>(static_cast<world*>(rt.main_argument))->poll(block);
    };
    return how;
  }
};

// Goroutines wait for an input each. Meanwhile the world is stopped, and the monitor looks.
void ready(run& t) {
  const std::int64_t n = t["n"];
  const std::int64_t stops = t["stops"];
  const std::int64_t looks = t["looks"];
  cells<platform::plain<int>> ran("ran", n, 0);
  networked w(n, t["procs"], true, [&, n, stops] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i] {
        w.wait_for(i);
        ran[i].set(ran[i].get() + 1);
      });
    }
    for (std::int64_t k = 0; k < stops; k++) {
      runtime::stopTheWorld("test");
      runtime::startTheWorld();
    }
  });
  t.go("inputs", [&, n] {
    for (std::int64_t i = 0; i < n; i++) w.arrive(i);
  });
  t.go("monitor", [&, looks] {
    for (std::int64_t k = 0; k < looks; k++) {
      runtime::sysmon_state s;
      s.lastscavenge = late;
      runtime::sysmon_look(w.rt, s, 1 + k * late);
    }
  });
  w.finish();
  t.join();
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(ran[i].get() == 1, "a goroutine whose input is ready runs, once");
  }
  w.check_quiet();
}

// The goroutine in a system call comes back when the one that waits for the network has run.
void handed(run& t) {
  runtime::note ran("ran");
  networked w(1, t["procs"], false, [&] {
    w.go([&] {
      w.wait_for(0);
      runtime::notewakeup(ran);
    });
    runtime::entersyscallblock();
    runtime::notesleep(ran);
    runtime::exitsyscall();
  });
  t.go("input", [&] { w.arrive(0); });
  w.finish();
  t.join();
  w.check_quiet();
}

// All Ps are given up in system calls, the last one when an input has just been taken: nobody polls
// the network for the next one then, for which those who are in the system calls wait.
void last(run& t) {
  runtime::note inside("inside");
  runtime::note first("first");
  runtime::note second("second");
  networked w(2, t["procs"], false, [&] {
    w.go([&] {
      w.wait_for(1);
      runtime::notewakeup(first);
      runtime::notewakeup(second);
    });
    w.go([&] {
      w.wait_for(0);
      runtime::entersyscallblock();
      runtime::notewakeup(inside);
      runtime::notesleep(first);
      runtime::exitsyscall();
    });
    runtime::entersyscallblock();
    runtime::notesleep(second);
    runtime::exitsyscall();
  });
  t.go("inputs", [&] {
    w.arrive(0);
    runtime::notesleep(inside);
    w.arrive(1);
  });
  w.finish();
  t.join();
  w.check_quiet();
}

}  // namespace

void add_network(checker::catalogue& all) {
  const checker::parameter procs = {"procs", 2, 1, 4, "GOMAXPROCS"};
  all.push_back(strict("network/ready", "a goroutine whose input is ready runs, once", 30, ready));
  all.back().parameters = {procs,
                           {"n", 2, 1, 3, "goroutines that wait"},
                           {"stops", 1, 0, 2, "stops of the world"},
                           {"looks", 2, 0, 3, "looks of the monitor"}};
  all.back().marks = {"findrunnable/polls", "sysmon/poll"};
  all.back().how = {"pos", 2, 300};
  all.back().native = false;  // nobody ends the poll

  all.push_back(strict("network/syscall",
                       "the network is polled although the last P was given up in a system call",
                       30, handed));
  all.back().parameters = {procs};
  all.back().parameters[0].value = 1;
  all.back().marks = {"findrunnable/polls"};
  all.back().how = {"pos", 2, 300};
  all.back().native = false;  // nobody ends the poll

  all.push_back(strict("network/last", "the last P is not given up while nobody polls the network",
                       30, last));
  all.back().parameters = {procs};
  all.back().parameters[0].least = 2;
  all.back().marks = {"findrunnable/polls", "handoffp/last"};
  all.back().how = {"pos", 2, 300};
  all.back().native = false;  // nobody ends the poll
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
