// Canaries of scheduling, races and broken promises.
#include <atomic>
#include <cstdint>
#include <stdexcept>

#include "platform/stack.hpp"
#include "properties/scenario.hpp"
#include "tests/canary/canaries.hpp"

namespace tenterhook::hooked::canary {
namespace {

using properties::run;
using word = platform::atomic<std::uint32_t>;

constexpr auto seq_cst = std::memory_order_seq_cst;

// Takes the flag, sleeping on it while it is taken. Nobody gives it back.
void take(word& flag) {
  while (flag.exchange(1, seq_cst) != 0) platform::futex_wait(flag, 1, -1);
}

void deadlock(run& t) {
  word first(0, "first");
  word second(0, "second");
  t.go("forward", [&] { take(first), take(second); });
  t.go("backward", [&] { take(second), take(first); });
  t.join();
}

// Both go on for ever, and each sees the other's change: no await, no deadlock, no progress.
void livelock(run& t) {
  word finished(0, "finished");
  word toggle(0, "toggle");
  for (const char* name : {"polite", "politer"}) {
    t.go(name, [&] {
      while (finished.load(seq_cst) == 0) {
        toggle.store(1 - toggle.load(seq_cst), seq_cst);
        platform::osyield();
      }
    });
  }
  t.join();
}

void race(run& t) {
  platform::plain<int> shared(0, "shared");
  t.go("writer", [&] { shared.set(1); });
  t.go("reader", [&] { (void)shared.get(); });
  t.join();
}

void assertion(run& t) {
  word x(0, "x");
  t.go("a", [&] { x.store(x.load(seq_cst) + 1, seq_cst); });
  t.go("b", [&] { x.store(x.load(seq_cst) + 1, seq_cst); });
  t.join();
  platform::check(x.load(seq_cst) == 2, "no increment is lost");
}

void thrown(run& t) {
  word x(0, "x");
  t.go("a", [&] { x.store(1, seq_cst); });
  t.go("b", [&] {
    if (x.load(seq_cst) == 1) platform::fatal("canary: x is one");
  });
  t.join();
}

void invariant(run& t) {
  platform::ghost<int> inside(0, "inside");
  t.always("at most one is inside", [&] { return inside.peek() <= 1; });
  for (const char* name : {"a", "b"}) {
    t.go(name, [&] {
      inside.add(1);
      inside.add(-1);
    });
  }
  t.join();
}

void exception(run& t) {
  t.go("thrower", [] { throw std::runtime_error("canary: an exception leaves its thread"); });
  t.join();
}

// A context that was never left, so whatever stack it is of runs.
void twice(run& t) {
  t.go("impatient", [] {
    platform::context here("here");
    platform::context running("running");
    platform::switch_to(here, running, nullptr);
  });
  t.join();
}

void hang(run& t) {
  t.go("runaway", [] {
    for (volatile bool more = true; more;) {
    }
  });
  t.join();
}

}  // namespace

void add_threads(checker::catalogue& all) {
  using properties::body;
  all.push_back(canary("deadlock", "two locks taken in opposite orders", 3, body(deadlock)));
  all.push_back(canary("livelock", "two threads that only make way", 3, body(livelock)));
  all.push_back(canary("data-race", "a plain write and a plain read", 3, body(race)));
  all.push_back(canary("assertion", "an increment by load and store is lost", 3, body(assertion)));
  all.push_back(canary("throw", "a thread throws as Go's runtime does", 3, body(thrown)));
  all.push_back(canary("invariant", "two are inside at one instant", 3, body(invariant)));
  all.push_back(canary("uncaught-exception", "an exception leaves a thread", 2, body(exception)));
  all.push_back(canary("stack-entered-twice", "a stack is entered that runs", 2, body(twice)));
  all.push_back(canary("no-hooked-step", "a loop without a hooked step", 2, body(hang)));
}

}  // namespace tenterhook::hooked::canary
