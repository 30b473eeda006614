// prof/*: ticks of the profiler, as signals between any two steps, never wait for their own thread;
// each is whole; and none comes between fork and exec.
//
// A tick comes to an M whose own profiling is on, or, if the timer is one of the process, to any.
#include "runtime/prof.hpp"

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/team.hpp"
#include "runtime/extram.hpp"
#include "runtime/park.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// What ticks are counted in.
struct counted : runtime::runtime {
  counted() : runtime::runtime(2) {}

  platform::plain<int> ticks{0, "ticks"};
  ::tenterhook::TENTERHOOK_PLATFORM::runtime::m* forker = nullptr;
  platform::ghost<int> forking{0, "forking"};
  bool process_timer = false;
};

void add(runtime::runtime& rt) {
  auto& all = static_cast<counted&>(rt);
  all.ticks.set(all.ticks.get() + 1);
  platform::mark("prof/tick");
  platform::check(runtime::getm() != all.forker || all.forking.get() == 0,
                  "no tick comes between fork and exec");
}

void tick(void* argument) {
  auto& all = *static_cast<counted*>(argument);
  runtime::m* mp = runtime::getm();
  if (mp == nullptr) return;
  // relaxed: its own
  if (!all.process_timer && mp->profilehz.load(std::memory_order_relaxed) == 0) return;
  runtime::sigprof(all, add);
}

// Two Ms that act, both profiled.
class profiled {
 public:
  explicit profiled(bool process_timer)
      : rt(*platform::create<counted>()), first(rt, rt.allp[0]), second(rt, rt.allp[1]) {
    rt.process_timer = process_timer;
    // relaxed, all: one thread
    rt.prof.hz.store(100, std::memory_order_relaxed);
    rt.sched.profilehz.store(100, std::memory_order_relaxed);
    for (const as_m* each : {&first, &second}) {
      each->mp->profilehz.store(100, std::memory_order_relaxed);
    }
  }
  profiled(const profiled&) = delete;
  profiled& operator=(const profiled&) = delete;
  ~profiled() { platform::destroy(&rt); }

  template <class F>
  void run(as_m& self, F f) {
    self.run([&] {
      platform::on_signal(tick, &rt);
      f();
      platform::mask_signals(true);
    });
  }

  counted& rt;
  as_m first;
  as_m second;
};

// One changes the rate, the other runs goroutines, and takes the rate over as execute does.
void rate(run& t) {
  profiled all(t["process"] != 0);
  const auto to = static_cast<std::int32_t>(t["to"]);
  t.go("rate", [&] { all.run(all.first, [&] { runtime::setcpuprofilerate_m(all.rt, to); }); });
  t.go("runner", [&] {
    all.run(all.second, [&] {
      // relaxed: as execute's
      const std::int32_t hz = all.rt.sched.profilehz.load(std::memory_order_relaxed);
      runtime::resetcpuprofiler(*all.second.mp, hz);
    });
  });
  t.join();
  // relaxed, all: one thread
  platform::check(all.rt.prof.lock.load(std::memory_order_relaxed) == 0, "the lock is free");
  platform::check(all.rt.prof.hz.load(std::memory_order_relaxed) == to &&
                      all.rt.sched.profilehz.load(std::memory_order_relaxed) == to &&
                      all.first.mp->profilehz.load(std::memory_order_relaxed) == to,
                  "the rate is what it was set to");
}

// One forks, the other changes the rate.
void fork(run& t) {
  profiled all(t["process"] != 0);
  all.rt.forker = all.first.mp;
  t.go("forker", [&] {
    all.run(all.first, [&] {
      runtime::beforefork();
      all.rt.forking.set(1);
      all.rt.forking.set(0);
      runtime::afterfork();
      platform::check(all.first.mp->profilehz.load(std::memory_order_relaxed) != 0,  // its own
                      "after a fork the thread is profiled again");
    });
  });
  t.go("rate", [&] { all.run(all.second, [&] { runtime::setcpuprofilerate_m(all.rt, 200); }); });
  t.join();
  platform::check(all.first.mp->locks.load(std::memory_order_relaxed) == 0,  // one thread
                  "after a fork the goroutine may be preempted again");
}

// The rate is set while goroutines are about: whoever begins to run after that has it.
void whole(run& t) {
  world::options how{.procs = static_cast<std::int32_t>(t["procs"])};
  how.more.hook.resetcpuprofiler = [](runtime::m& mp, std::int32_t hz) {
    platform::check(mp.profilehz.load(std::memory_order_relaxed) == hz, "as it says");  // its own
  };
  world w(how, [&] {
    w.go([] {
      runtime::beforefork();
      runtime::afterfork();
      runtime::Gosched();
    });
    runtime::setcpuprofilerate_m(w.rt, 100);
    w.go([] {
      platform::check(runtime::getm()->profilehz.load(std::memory_order_relaxed) == 100,  // its own
                      "a goroutine runs with the rate that was set before");
      runtime::beforefork();
      runtime::afterfork();
    });
    runtime::Gosched();
  });
  w.finish();
  w.check_quiet();
}

// A runtime ends that is profiled.
void end(run& t) {
  constexpr std::int64_t most = 16;  // Ms
  cells<platform::plain<std::int32_t>> rate_of("rate_of", most, 0);
  runtime::options how;
  how.procs = static_cast<std::int32_t>(t["procs"]);
  how.sysmon = platform::real();
  how.hook.resetcpuprofiler = [](runtime::m& mp, std::int32_t hz) {
    auto& rates = *static_cast<cells<platform::plain<std::int32_t>>*>(mp.rt.main_argument);
    rates[mp.id].set(hz);
  };
  const auto main = [](void*) {
    runtime::setcpuprofilerate_m(runtime::getrt(), 100);
    runtime::go([] { runtime::Gosched(); });
    runtime::Gosched();
  };
  from_start_to_end(how, main, &rate_of);
  for (std::int64_t i = 0; i < most; i++) {
    platform::check(rate_of[i].get() == 0, "a thread that has ended is not profiled");
  }
}

}  // namespace

void add_prof(checker::catalogue& all) {
  const checker::parameter process = {"process", 0, 0, 1, "1: the timer is one of the process"};
  all.push_back(strict("prof/rate", "a tick never waits for its own thread", 3, rate));
  all.back().parameters = {process, {"to", 0, 0, 200, "the rate that is set, from 100"}};
  all.back().marks = {"prof/tick", "prof/contended"};
  all.back().budget = budgets{0, 0, 0, 1};
  all.back().how = plan{"random", 2, 20'000};

  all.push_back(strict("prof/fork", "no tick comes between fork and exec", 3, fork));
  all.back().parameters = {process};
  all.back().marks = {"prof/tick"};
  all.back().budget = budgets{0, 0, 0, 1};
  all.back().how = plan{"random", 2, 20'000};

  all.push_back(strict("prof/whole", "a goroutine runs with the rate that was set before", 30,
                       whole));
  all.back().parameters = {{"procs", 2, 1, 4, "GOMAXPROCS"}};
  all.back().how = plan{"pos", 2, 300};

  all.push_back(strict("prof/end", "a thread that has ended is not profiled", 30, end));
  all.back().parameters = {{"procs", 2, 1, 4, "GOMAXPROCS"}};
  all.back().how = plan{"pos", 2, 300};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
