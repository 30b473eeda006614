// counts/*: litmus shapes and shared counters. See counts.hpp.
#include "properties/counts.hpp"

#include "properties/catalogue.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace counts {
namespace {

// Starts thread `i`, which runs `body(i)`.
template <class Body>
void start(run& t, std::int64_t i, Body body) {
  t.go(thread_names[i], [body, i] { body(static_cast<int>(i)); });
}

void sb_with(run& t, bool fenced) {
  const int n = static_cast<int>(t["n"]);
  row x("x", n, 0);
  for (int i = 0; i < n; i++) {
    start(t, i, [&x, n, fenced](int me) {
      x[me].store(1, relaxed);
      if (fenced) platform::fence(seq_cst);
      (void)x[(me + 1) % n].load(relaxed);
    });
  }
  t.join();
}

void sb(run& t) { sb_with(t, false); }

void sbf(run& t) { sb_with(t, true); }

void lb(run& t) {
  const int n = static_cast<int>(t["n"]);
  row x("x", n, 0);
  for (int i = 0; i < n; i++) {
    start(t, i, [&x, n](int me) {
      (void)x[(me + 1) % n].load(relaxed);
      x[me].store(1, relaxed);
    });
  }
  t.join();
}

void w22(run& t) {
  const int n = static_cast<int>(t["n"]);
  row x("x", n, 0);
  for (int i = 0; i < n; i++) {
    start(t, i, [&x, n](int me) {
      x[me].store(1, relaxed);
      x[(me + 1) % n].store(2, relaxed);
    });
  }
  t.join();
}

void mp_with(run& t, std::memory_order publish, std::memory_order observe) {
  word x(0, "x");
  word y(0, "y");
  start(t, 0, [&x, &y, publish](int) {
    x.store(1, relaxed);
    y.store(1, publish);
  });
  t.go_identical(t["n"], "reader", [&x, &y, observe] {
    (void)y.load(observe);
    (void)x.load(relaxed);
  });
  t.join();
}

void mp(run& t) { mp_with(t, relaxed, relaxed); }

void mpra(run& t) { mp_with(t, release, acquire); }

void wrc(run& t) {
  word x(0, "x");
  word y(0, "y");
  start(t, 0, [&x](int) { x.store(1, relaxed); });
  start(t, 1, [&x, &y](int) {
    (void)x.load(relaxed);
    y.store(1, release);
  });
  start(t, 2, [&x, &y](int) {
    (void)y.load(acquire);
    (void)x.load(relaxed);
  });
  t.join();
}

void iriw(run& t) {
  word x(0, "x");
  word y(0, "y");
  start(t, 0, [&x](int) { x.store(1, relaxed); });
  start(t, 1, [&y](int) { y.store(1, relaxed); });
  start(t, 2, [&x, &y](int) {
    (void)x.load(acquire);
    (void)y.load(acquire);
  });
  start(t, 3, [&x, &y](int) {
    (void)y.load(acquire);
    (void)x.load(acquire);
  });
  t.join();
}

void ainc(run& t) {
  word x(0, "x");
  t.go_identical(t["n"], "adder", [&x] { x.fetch_add(1, relaxed); });
  t.join();
}

void inc(run& t) {
  word x(0, "x");
  t.go_identical(t["n"], "adder", [&x] { x.store(x.load(relaxed) + 1, relaxed); });
  t.join();
}

void nw1r(run& t) {
  const int n = static_cast<int>(t["n"]);
  word x(0, "x");
  for (int i = 0; i < n; i++) {
    start(t, i, [&x](int me) { x.store(me + 1, relaxed); });
  }
  start(t, n, [&x](int) { (void)x.load(relaxed); });
  t.join();
}

void readers(run& t) {
  word x(0, "x");
  start(t, 0, [&x](int) { x.store(1, relaxed); });
  t.go_identical(t["n"], "reader", [&x] { (void)x.load(relaxed); });
  t.join();
}

void casrot(run& t) {
  word x(0, "x");
  for (int i = 0; i < t["n"]; i++) {
    start(t, i, [&x](int me) {
      int expected = me;
      x.compare_exchange(expected, me + 1, relaxed, relaxed);
    });
  }
  t.join();
}

void lastzero(run& t) {
  const int n = static_cast<int>(t["n"]);
  row x("x", n + 1, 0);
  start(t, 0, [&x, n](int) {
    int i = n;
    while (x[i].load(relaxed) != 0) i--;  // ends: nobody writes x[0]
  });
  for (int j = 1; j <= n; j++) {
    start(t, j, [&x](int me) { x[me].store(x[me - 1].load(relaxed) + 1, relaxed); });
  }
  t.join();
}

void indexer(run& t) {
  row table("table", 128, 0);
  for (int i = 0; i < t["n"]; i++) {
    start(t, i, [&table](int me) {
      for (int m = 1; m <= 4; m++) {
        const int w = m * 11 + me;
        int h = w * 7 % 128;
        for (int expected = 0; !table[h].compare_exchange(expected, w, relaxed, relaxed);
             expected = 0) {
          h = (h + 1) % 128;
        }
      }
    });
  }
  t.join();
}

void race1(run& t) {
  const int n = static_cast<int>(t["n"]);
  word x(0, "x");
  start(t, 0, [&x, n](int) {
    for (int k = 1; k <= n; k++) x.store(k, relaxed);
  });
  start(t, 1, [&x, n](int) {
    for (int k = 1; k <= n; k++) (void)x.load(relaxed);
  });
  t.join();
}

// Thread 0: n times x += y; thread 1: n times y += x.
void start_fibonacci(run& t, word& x, word& y, std::memory_order load, std::memory_order store) {
  const auto n = t["n"];
  start(t, 0, [&x, &y, n, load, store](int) {
    for (int k = 0; k < n; k++) {
      const int old = x.load(load);
      x.store(old + y.load(load), store);
    }
  });
  start(t, 1, [&x, &y, n, load, store](int) {
    for (int k = 0; k < n; k++) {
      const int first = x.load(load);
      y.store(first + y.load(load), store);
    }
  });
}

void fib(run& t) {
  word x(1, "x");
  word y(1, "y");
  start_fibonacci(t, x, y, relaxed, relaxed);
  t.join();
}

void fib_bench(run& t) {
  word x(1, "x");
  word y(1, "y");
  start_fibonacci(t, x, y, acquire, release);
  start(t, 2, [&x, &y](int) {
    const bool above = x.load(acquire) > 144 || y.load(acquire) > 144;
    platform::check(!above, "neither number passes the twelfth of Fibonacci's");
  });
  t.join();
}

}  // namespace

void add_shapes(checker::catalogue& all) {
  const auto ring = [](std::int64_t value) {
    checker::parameter n = size(value, 7, "threads and variables");
    n.least = 2;
    return n;
  };
  all.push_back(program_of("sb", "each stores its own, loads the next", 8, {ring(2)}, sb));
  all.push_back(program_of("sbf", "sb with a seq_cst fence between", 8, {ring(2)}, sbf));
  all.push_back(program_of("lb", "each loads the next, stores its own", 8, {ring(2)}, lb));
  all.push_back(program_of("w22", "each stores its own, then the next", 8, {ring(2)}, w22));
  all.push_back(program_of("mp", "message passing, relaxed", 8, {size(1, 6, "readers")}, mp));
  all.push_back(
      program_of("mpra", "message passing, release-acquire", 8, {size(1, 6, "readers")}, mpra));
  all.push_back(program_of("wrc", "write-to-read causality", 4, {}, wrc));
  all.push_back(program_of("iriw", "independent reads of independent writes", 5, {}, iriw));
  all.push_back(program_of("ainc", "atomic increments", 8, {size(3, 7, "threads")}, ainc));
  all.push_back(program_of("inc", "increments by load and store", 8, {size(2, 7, "threads")}, inc));
  all.push_back(program_of("nw1r", "writers and one reader", 8, {size(2, 6, "writers")}, nw1r));
  all.push_back(
      program_of("readers", "one writer and readers", 18, {size(3, 16, "readers")}, readers));
  all.push_back(
      program_of("casrot", "each rotates the value once", 8, {size(3, 7, "threads")}, casrot));
  all.push_back(program_of("lastzero", "a reader looks for the last zero", 18,
                           {size(2, 16, "workers")}, lastzero));
  all.push_back(program_of("indexer", "insertions into one hash table", 17,
                           {size(2, 16, "threads")}, indexer));
  all.push_back(program_of("race1", "a thread of stores, a thread of loads", 3,
                           {size(3, 12, "stores, loads")}, race1));
  all.push_back(
      program_of("fib", "two threads climb Fibonacci's ladder", 3, {size(2, 8, "steps")}, fib));
  all.push_back(program_of("fib_bench", "fib with acquire and release, and an observer", 4,
                           {size(5, 5, "steps")}, fib_bench));
  all.back().how = plan{"random", 0, 1'000};  // 218,243 graphs: too many for a bare run
}

}  // namespace counts

void add_counts(checker::catalogue& all) {
  counts::add_shapes(all);
  counts::add_hardware(all);
  counts::add_algorithms(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
