// The canaries without their faults: what is reported of a canary is its fault, not its shape.
#include <array>
#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

#include "platform/stack.hpp"
#include "properties/scenario.hpp"
#include "tests/canary/canaries.hpp"

namespace tenterhook::hooked::canary {
namespace {

using properties::run;
using word = platform::atomic<std::uint32_t>;

constexpr auto seq_cst = std::memory_order_seq_cst;

void take(word& flag) {
  while (flag.exchange(1, seq_cst) != 0) platform::futex_wait(flag, 1, -1);
}

void give(word& flag) {
  flag.store(0, seq_cst);
  platform::futex_wake(flag, 1);
}

// The same order, and both are given back.
void deadlock(run& t) {
  word first(0, "first");
  word second(0, "second");
  for (const char* name : {"forward", "onward"}) {
    t.go(name, [&] {
      take(first), take(second);
      give(second), give(first);
    });
  }
  t.join();
}

// Somebody finishes.
void livelock(run& t) {
  word finished(0, "finished");
  t.go("polite", [&] {
    while (finished.load(seq_cst) == 0) platform::osyield();
  });
  t.go("resolute", [&] { finished.store(1, seq_cst); });
  t.join();
}

void race(run& t) {
  platform::plain<int> shared(0, "shared");
  word done(0, "done");
  t.go("writer", [&] {
    shared.set(1);
    done.store(1, std::memory_order_release);
  });
  t.go("reader", [&] {
    if (done.load(std::memory_order_acquire) == 1) (void)shared.get();
  });
  t.join();
}

void assertion(run& t) {
  word x(0, "x");
  for (const char* name : {"a", "b"}) t.go(name, [&] { x.fetch_add(1, seq_cst); });
  t.join();
  platform::check(x.load(seq_cst) == 2, "no increment is lost");
}

void thrown(run& t) {
  word x(0, "x");
  t.go("a", [&] { x.store(1, seq_cst); });
  t.go("b", [&] {
    if (x.load(seq_cst) == 2) platform::fatal("canary: x is two");
  });
  t.join();
}

void invariant(run& t) {
  platform::ghost<int> inside(0, "inside");
  word lock(0, "lock");
  t.always("at most one is inside", [&] { return inside.peek() <= 1; });
  for (const char* name : {"a", "b"}) {
    t.go(name, [&] {
      take(lock);
      inside.add(1);
      inside.add(-1);
      give(lock);
    });
  }
  t.join();
}

void exception(run& t) {
  t.go("thrower", [] {
    try {
      throw std::runtime_error("canary: an exception stays in its thread");
    } catch (const std::runtime_error&) {
      platform::osyield();
    }
  });
  t.join();
}

// It ends after a while, in less than the seconds that a hang takes.
void hang(run& t) {
  t.go("runaway", [] {
    for (volatile int left = 1'000'000; left > 0; left = left - 1) {
    }
  });
  t.join();
}

struct record {
  word field{0, "field"};
};

void use_after_free(run& t) {
  auto* shared = platform::create<record>();
  word readers(1, "readers");
  t.go("reader", [&] {
    (void)shared->field.load(seq_cst);
    readers.store(0, seq_cst);
  });
  t.go("destroyer", [&] {
    while (readers.load(seq_cst) != 0) platform::osyield();
    platform::destroy(shared);
  });
  t.join();
}

void destroyed_once(run&) { platform::destroy(platform::create<record>()); }

void uninitialised(run& t) {
  platform::plain<int> value("value");
  value.set(1);
  t.go("reader", [&] { (void)value.get(); });
  t.join();
}

void crash(run& t) {
  t.go("crasher", [] {
    int here = 0;
    int* volatile somewhere = &here;
    *const_cast<volatile int*>(somewhere) = 1;
  });
  t.join();
}

[[gnu::noinline]] int deepen(volatile int* above, int left) {
  volatile int frame[64];
  frame[0] = *above + 1;
  if (left == 0) return frame[0];
  return deepen(frame, left - 1) + frame[0];
}

void stack_overflow(run& t) {
  t.go("climber", [] {
    volatile int ground = 0;
    (void)deepen(&ground, 100);
  });
  t.join();
}

// One that was made, and is left for good.
void twice(run& t) {
  t.go("patient", [] {
    struct two {
      platform::stack_pool pool;
      platform::context here{"here"}, other{"other"};
    } both;
    both.other.make(both.pool.allocate(), [](void* message) {
      auto& mine = *static_cast<two*>(message);
      platform::leave(mine.other, mine.here, nullptr);
    });
    platform::switch_to(both.here, both.other, &both);
  });
  t.join();
}

}  // namespace

checker::catalogue repaired() {
  using properties::body;
  using row = std::pair<const char*, void (*)(run&)>;
  constexpr std::array rows = {
      row{"deadlock", deadlock},
      row{"livelock", livelock},
      row{"data-race", race},
      row{"assertion", assertion},
      row{"throw", thrown},
      row{"invariant", invariant},
      row{"uncaught-exception", exception},
      row{"stack-entered-twice", twice},
      row{"no-hooked-step", hang},
      row{"use-after-free", use_after_free},
      row{"double-free", destroyed_once},
      row{"uninitialised-read", uninitialised},
      row{"leak", destroyed_once},
      row{"misuse-of-the-platform", destroyed_once},
      row{"crash", crash},
      row{"stack-overflow", stack_overflow},
  };
  checker::catalogue all;
  for (const auto& [kind, scenario] : rows) {
    all.push_back(canary(kind, "without its fault", 3, body(scenario)));
    all.back().expects.clear();
  }
  return all;
}

}  // namespace tenterhook::hooked::canary
