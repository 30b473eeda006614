#include "tests/relacy/programs.hpp"

#include <source_location>
#include <stdexcept>
#include <string>

#include "platform/atomic.hpp"
#include "platform/check.hpp"
#include "platform/futex.hpp"
#include "platform/ghost.hpp"
#include "platform/memory.hpp"
#include "platform/plain.hpp"
#include "platform/stack.hpp"
#include "platform/thread.hpp"

namespace tenterhook::relacy::tests {

namespace lines {
unsigned publish, fence, compare, add;
}

namespace {

namespace platform = relacy::platform;
using platform::atomic;
using platform::plain;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

unsigned next_line(std::source_location here = std::source_location::current()) {
  return here.line() + 1;
}

template <class Body>
platform::thread_handle go(const char* name, Body& body) {
  return platform::start_thread(
      name, [](void* b) { (*static_cast<Body*>(b))(); }, &body);
}

void message_passing(std::memory_order publish, std::memory_order observe) {
  plain<int> data("data");
  atomic<bool> ready(false, "ready");
  auto writer = [&] {
    data.set(7);
    lines::publish = next_line();
    ready.store(true, publish);  // orders data before it, or not: that is the test
  };
  auto reader = [&] {
    if (!ready.load(observe)) return;  // the same
    platform::mark("ready");
    platform::check(data.get() == 7, "who sees the flag sees the data");
  };
  const auto a = go("writer", writer);
  const auto b = go("reader", reader);
  platform::join_thread(a);
  platform::join_thread(b);
}

void store_buffering(std::memory_order order, bool fenced) {
  atomic<int> x(0, "x"), y(0, "y");
  int r0 = 0, r1 = 0;
  auto t0 = [&] {
    x.store(1, order);
    lines::fence = next_line();
    if (fenced) platform::fence(seq_cst);
    r0 = y.load(order);
  };
  auto t1 = [&] {
    y.store(1, order);
    if (fenced) platform::fence(seq_cst);
    r1 = x.load(order);
  };
  const auto a = go("t0", t0);
  const auto b = go("t1", t1);
  platform::join_thread(a);
  platform::join_thread(b);
  platform::check(r0 == 1 || r1 == 1, "one of the two sees the other");
}

// A sleeper and a waker on a futex; the waker may forget.
void sleeper(bool wakes, std::int64_t timeout_ns) {
  atomic<std::uint32_t> word(0, "word");
  auto sleep = [&] {
    while (word.load(acquire) == 0) platform::futex_wait(word, 0, timeout_ns);
    platform::mark("slept");
  };
  const auto a = go("sleeper", sleep);
  word.store(1, release);
  if (wakes) platform::futex_wake(word, 1);
  platform::join_thread(a);
}

// Nobody writes and nobody wakes: every wait ends by its timeout, past all budgets.
void naps() {
  atomic<std::uint32_t> word(0, "word");
  auto nap = [&] {
    for (int i = 0; i < 2; i++) platform::futex_wait(word, 0, 1'000);
    platform::mark("rested");
  };
  const auto a = go("a", nap);
  const auto b = go("b", nap);
  platform::join_thread(a);
  platform::join_thread(b);
}

// A two-state lock: 0 free, 1 held.
struct lock {
  atomic<std::uint32_t> word{0, "lock"};
  void take() {
    while (word.exchange(1, acquire) == 1) platform::futex_wait(word, 1, -1);
  }
  void leave() {
    word.store(0, release);
    platform::futex_wake(word, 1);
  }
};

void two_locks(bool same_order) {
  lock a, b;
  plain<int> count(0, "count");
  const auto work = [&](lock& first, lock& second) {
    first.take();
    second.take();
    count.set(count.get() + 1);
    second.leave();
    first.leave();
  };
  auto t0 = [&] { work(a, b); };
  auto t1 = [&] { same_order ? work(a, b) : work(b, a); };
  const auto x = go("ab", t0);
  const auto y = go("ba", t1);
  platform::join_thread(x);
  platform::join_thread(y);
  platform::check(count.get() == 2, "each critical section counts");
}

enum class increment { add, load_store, compare_exchange };

void counter(increment how) {
  atomic<std::uint32_t> n(0, "n");
  auto body = [&] {
    std::uint32_t seen;
    switch (how) {
      case increment::add:
        lines::add = next_line();
        n.fetch_add(1, relaxed);
        break;
      case increment::load_store: n.store(n.load(relaxed) + 1, relaxed); break;
      case increment::compare_exchange:
        seen = n.load(relaxed);
        lines::compare = next_line();
        while (!n.compare_exchange(seen, seen + 1, relaxed, relaxed)) {
        }
        break;
    }
  };
  const auto a = go("a", body);
  const auto b = go("b", body);
  platform::join_thread(a);
  platform::join_thread(b);
  platform::check(n.load(relaxed) == 2, "no increment is lost");
}

void uninitialised() {
  plain<int> x("x");
  (void)x.get();
}

struct node {
  plain<int> value{1, "value"};
  atomic<int> count{0, "count"};
};

void use_after_free() {
  node* n = platform::create<node>();
  platform::label(n, sizeof *n, "node", 1);
  platform::destroy(n);
  (void)n->count.load(relaxed);
}

void double_free() {
  node* n = platform::create<node>();
  platform::destroy(n);
  platform::destroy(n);
}

void leak() { (void)platform::create<node>(); }

void crash() {
  volatile int* volatile nowhere = nullptr;
  *nowhere = 1;
}

void livelock() {
  atomic<int> x(0, "x");
  while (x.load(relaxed) == 0) platform::osyield();
}

// A thread starts a thread; two levels, two children each.
void nested_starts() {
  platform::ghost<int> ran(0, "ran");
  auto leaf = [&] { ran.add(1); };
  auto inner = [&] {
    const auto a = go("leaf", leaf);
    const auto b = go("leaf", leaf);
    platform::join_thread(a);
    platform::join_thread(b);
    ran.add(1);
  };
  const auto a = go("inner", inner);
  const auto b = go("inner", inner);
  platform::join_thread(a);
  platform::join_thread(b);
  platform::check(ran.peek() == 6, "every thread ran");
}

void many_threads() {
  auto nothing = [] {};
  for (int i = 0; i < 9; i++) platform::join_thread(go("t", nothing));
}

// Only the executions in which b was first are of interest, and in those the check holds.
void assumption(bool never) {
  atomic<int> first(0, "first");
  std::string heap(100, 'x');  // lost with a cut execution, and nobody must mind
  auto a = [&] {
    int none = 0;
    first.compare_exchange(none, 1, relaxed, relaxed);
  };
  auto b = [&] {
    std::string more(100, 'y');
    int none = 0;
    const bool won = first.compare_exchange(none, 2, relaxed, relaxed);
    platform::assume(won && !never);
  };
  const auto x = go("a", a);
  const auto y = go("b", b);
  platform::join_thread(x);
  platform::join_thread(y);
  platform::check(first.load(relaxed) == 2, "b was first");
}

void always_holds(int most) {
  platform::ghost<int> level(0, "level");
  static int limit;
  limit = most;
  platform::always([](void* g) { return static_cast<platform::ghost<int>*>(g)->peek() <= limit; },
                   &level, "the level stays below its limit");
  atomic<int> step(0, "step");
  auto body = [&] {
    level.add(1);
    step.fetch_add(1, relaxed);
    level.add(-1);
  };
  const auto a = go("a", body);
  const auto b = go("b", body);
  platform::join_thread(a);
  platform::join_thread(b);
  platform::always(nullptr, nullptr, nullptr);
}

// -- stacks and quiesce() --

platform::context& own() { return *static_cast<platform::context*>(platform::get_slot()); }

void enter(platform::context& to, void* message) {
  platform::context here("g0");
  platform::set_slot(&here);
  platform::switch_to(here, to, message);
  platform::set_slot(nullptr);
}

struct world {
  platform::stack_pool pool;
  platform::context g{"g", 1};
  atomic<int> published{0, "published"};
  plain<int> data{0, "data"};
};

void two_halves(void* message) {
  auto& w = *static_cast<world*>(message);
  atomic<int> counter(40, "counter");
  void* const first = platform::get_slot();
  counter.fetch_add(1, relaxed);
  w.data.set(1);
  platform::switch_to(w.g, own(), nullptr);
  platform::check(counter.fetch_add(1, relaxed) == 41, "what is on the stack moves with it");
  platform::check(platform::get_slot() != first, "it is another thread's slot");
  platform::check(w.data.get() == 1, "the halves are ordered");
  platform::leave(w.g, own(), nullptr);
}

// The first half runs on one thread, the second on another.
void goroutine(std::memory_order publish) {
  world w;
  const platform::stack s = w.pool.allocate();
  w.g.make(s, two_halves);
  auto first = [&] {
    enter(w.g, &w);
    w.published.store(1, publish);
  };
  auto second = [&] {
    platform::assume(w.published.load(acquire) == 1);
    enter(w.g, &w);
    platform::mark("moved");
  };
  const auto a = go("first", first);
  const auto b = go("second", second);
  platform::join_thread(a);
  platform::join_thread(b);
  w.pool.release(s);
}

void entered_twice() {
  world w;
  w.g.make(w.pool.allocate(), [](void* m) {
    platform::context other("other");
    platform::switch_to(other, static_cast<world*>(m)->g, nullptr);
  });
  enter(w.g, &w);
}

void released_too_early() {
  world w;
  const platform::stack s = w.pool.allocate();
  w.g.make(s, two_halves);
  w.pool.release(s);
  enter(w.g, &w);
}

// One parks for ever on a stack of the program, one ends, and main goes on alone.
void stuck(bool forgets) {
  world w;
  atomic<std::uint32_t> word(0, "word");
  auto* box = platform::create<atomic<int>>(0, "box");
  struct parking {
    world& w;
    atomic<std::uint32_t>& word;
  } parking{w, word};
  w.g.make(w.pool.allocate(), [](void* m) {
    auto& p = *static_cast<struct parking*>(m);
    platform::create<atomic<int>>(0, "its own");
    p.w.data.set(7);
    for (;;) platform::futex_wait(p.word, 0, -1);
  });
  auto parks = [&] { enter(w.g, &parking); };
  auto ends = [&] { box->fetch_add(1, relaxed); };
  const auto a = go("parks", parks);
  const auto b = go("ends", ends);
  platform::check(platform::quiesce(), "it comes to an end");
  platform::check(w.data.get() == 7, "what was done is seen");
  platform::check(box->load(relaxed) == 1, "of either");
  platform::check(platform::futex_wake(word, 1) == 0, "nobody waits any more");
  platform::join_thread(a);
  platform::join_thread(b);
  if (!forgets) platform::destroy(box);
  auto wakes = [&] {
    word.store(1, relaxed);
    platform::futex_wake(word, 1);
  };
  const auto c = go("late", wakes);
  while (platform::futex_wait(word, 0, -1) != platform::futex_result::again) {
  }
  platform::check(platform::quiesce(), "and again");
  platform::join_thread(c);
}

void parks_after_quiesce() {
  atomic<std::uint32_t> word(0, "word");
  auto parks = [&] {
    for (;;) platform::futex_wait(word, 0, -1);
  };
  go("first", parks);
  platform::quiesce();
  platform::join_thread(go("second", parks));
}

void uses_defect() {
  platform::check(!platform::defect(platform::defect_id("planted")), "the defect is off");
}

void weak_cas() {
  atomic<int> x(0, "x");
  int expected = 0;
  platform::check(x.compare_exchange_weak(expected, 1, seq_cst, relaxed), "never fails");
}

template <class Function>
void add(checker::catalogue& all, const char* name, Function body) {
  checker::program p;
  p.name = name;
  p.body = [body](const checker::parameters&) { body(); };
  all.push_back(std::move(p));
}

}  // namespace

checker::catalogue programs() {
  checker::catalogue all;
  add(all, "mp/relaxed", [] { message_passing(relaxed, acquire); });
  add(all, "mp/unobserved", [] { message_passing(release, relaxed); });
  add(all, "mp/ordered", [] { message_passing(release, acquire); });
  add(all, "sb/relaxed", [] { store_buffering(relaxed, false); });
  add(all, "sb/seq_cst", [] { store_buffering(seq_cst, false); });
  add(all, "sb/fenced", [] { store_buffering(relaxed, true); });
  add(all, "futex/woken", [] { sleeper(true, -1); });
  add(all, "futex/forgotten", [] { sleeper(false, -1); });
  add(all, "futex/timed", [] { sleeper(false, 1'000); });
  add(all, "futex/naps", naps);
  add(all, "locks/ordered", [] { two_locks(true); });
  add(all, "locks/abba", [] { two_locks(false); });
  add(all, "counter/add", [] { counter(increment::add); });
  add(all, "counter/cas", [] { counter(increment::compare_exchange); });
  add(all, "counter/lost", [] { counter(increment::load_store); });
  add(all, "kind/uninitialised", uninitialised);
  add(all, "kind/use-after-free", use_after_free);
  add(all, "kind/double-free", double_free);
  add(all, "kind/leak", leak);
  add(all, "kind/crash", crash);
  add(all, "kind/livelock", livelock);
  add(all, "kind/throw", [] { platform::fatal("bad"); });
  add(all, "kind/exception", [] { throw std::runtime_error("thrown"); });
  add(all, "threads/nested", nested_starts);
  add(all, "threads/many", many_threads);
  add(all, "assume/some", [] { assumption(false); });
  add(all, "assume/none", [] { assumption(true); });
  add(all, "always/holds", [] { always_holds(2); });
  add(all, "always/broken", [] { always_holds(1); });
  add(all, "goroutine/moves", [] { goroutine(release); });
  add(all, "goroutine/unpublished", [] { goroutine(relaxed); });
  add(all, "goroutine/twice", entered_twice);
  add(all, "goroutine/released", released_too_early);
  add(all, "quiesce/stuck", [] { stuck(false); });
  add(all, "quiesce/leak", [] { stuck(true); });
  add(all, "quiesce/deadlock", parks_after_quiesce);
  add(all, "defect", uses_defect);
  add(all, "weak", weak_cas);
  all.push_back(all.back());
  all.back().name = "weak/budget-0";
  all.back().budget.weak_cas = 0;
  return all;
}

}  // namespace tenterhook::relacy::tests
