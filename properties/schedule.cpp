// schedule/*: who comes next on a P, and for how long.
#include "properties/catalogue.hpp"
#include "properties/world.hpp"
#include "runtime/park.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// One P, whose own queue never becomes empty, and a goroutine in the global one.
void tick(run&) {
  constexpr std::uint32_t ticks = platform::config::sched_tick;
  std::uint32_t turns = 0;
  bool came = false;
  std::function<void()> busy;
  world w({.procs = 1}, [&] {
    busy = [&] {
      if (came || ++turns == 4 * ticks) return;
      w.go(busy);    // to the end of the queue,
      w.go([] {});  // behind this one, which runs in the rest of our time slice
    };
    w.go(busy);
    runtime::Gosched();
    came = true;
    platform::check(turns <= ticks + 1, "the global queue has its turn every so many time slices");
  });
  w.finish();
  w.check_quiet();
}

// One P, and two goroutines that ready each other, while a third waits in the queue.
void slice(run&) {
  constexpr int rounds = 3;
  runtime::semaphore first(0, "first");
  runtime::semaphore second(0, "second");
  int met = 0;
  world w({.procs = 1}, [&] {
    const bool timed = platform::real();  // the monitor may end a time slice
    const auto slices = [] {
      return runtime::getp()->schedtick.load(std::memory_order_relaxed);  // this thread's
    };
    const auto meet = [&, timed, slices](runtime::semaphore& mine, runtime::semaphore& other) {
      const std::uint32_t before = slices();
      for (int k = 0; k < rounds; k++) {
        runtime::semrelease(other);
        runtime::semacquire(mine);
        platform::check(slices() == before || timed,
                        "who is readied runs in the rest of the readier's time slice");
        ++met;
      }
    };
    w.go([&, meet, timed] {
      w.go([&, timed] {
        platform::check(met == 2 * rounds || timed, "in which nobody comes between");
      });
      w.go([&, meet] { meet(second, first); });
      meet(first, second);
    });
  });
  w.finish();
  platform::check(met == 2 * rounds, "goroutines that ready each other come to their end");
  w.check_quiet();
}

}  // namespace

void add_schedule(checker::catalogue& all) {
  all.push_back(strict("schedule/tick", "the global queue has its turn beside a busy local one", 2,
                       tick));
  all.back().marks = {"schedule/tick"};
  all.push_back(strict("schedule/slice", "who is readied runs in the rest of a time slice", 2,
                       slice));
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
