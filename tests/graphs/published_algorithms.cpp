// The published numbers, for programs that a small program cannot say: they are written as
// functions. See published.cpp; `assume` ends the executions in which it is false.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/graphs/brute.hpp"

namespace tenterhook::graphs {
namespace {

using body = std::function<void(trail&)>;

void meets(const std::string& name, const code& c, const std::string& model,
           std::size_t published) {
  EXPECT_EQ(executions(c, model).size(), published) << name << " under " << model;
}

void meets(const std::string& name, const code& c, std::size_t sc, std::size_t tso,
           std::size_t rc11) {
  meets(name, c, "sc", sc);
  meets(name, c, "tso", tso);
  meets(name, c, "rc11", rc11);
}

TEST(published_algorithms, locks) {
  const body ttas = [](trail& t) {
    t.assume(t.load(0, relaxed) == 0);
    t.assume(t.exchange(0, 1, acquire) == 0);
    t.store(0, 0, release);
  };
  meets("ttas 2", {1, {2, ttas}}, 4, 4, 4);
  const body ticket = [](trail& t) {
    const int mine = t.fetch_add(0, 1, relaxed);
    t.assume(t.load(1, acquire) == mine);
    t.store(1, mine + 1, release);
  };
  meets("ticket 3", {2, {3, ticket}}, 6, 6, 6);
  code peterson{3, {}}, broken{3, {}};
  const auto of = [](int i, std::memory_order store, std::memory_order load) -> body {
    return [=](trail& t) {
      t.store(i, 1, store);
      t.store(2, 1 - i, store);
      t.assume(!(t.load(1 - i, load) == 1 && t.load(2, load) == 1 - i));
      t.store(i, 0, store);
    };
  };
  for (int i = 0; i < 2; ++i) peterson.threads.push_back(of(i, seq_cst, seq_cst));
  for (int i = 0; i < 2; ++i) broken.threads.push_back(of(i, release, acquire));
  meets("peterson", peterson, 4, 4, 4);
  meets("petersonbug", broken, "sc", 4);
}

code seqlock(int n) {
  code c{3, {}};
  c.threads.push_back([n](trail& t) {
    for (int i = 1; i <= n; ++i) {
      t.store(0, 2 * i - 1, relaxed);
      t.fence(release);
      t.store(1, i, relaxed);
      t.store(2, i, relaxed);
      t.store(0, 2 * i, release);
    }
  });
  c.threads.push_back([](trail& t) {
    const int before = t.load(0, acquire);
    t.assume(before % 2 == 0);
    t.load(1, relaxed);
    t.load(2, relaxed);
    t.fence(acquire);
    t.assume(t.load(0, relaxed) == before);
  });
  return c;
}

TEST(published_algorithms, a_lock_of_sequences) {
  meets("seqlock 1", seqlock(1), 2, 2, 2);
  meets("seqlock 2", seqlock(2), 3, 3, 3);
}

TEST(published_algorithms, the_last_zero) {
  const int n = 5;
  code c{n + 1, {}};
  c.threads.push_back([](trail& t) {
    for (int i = n; t.load(i, relaxed) != 0; --i) continue;
  });
  for (int j = 1; j <= n; ++j) {
    c.threads.push_back([j](trail& t) { t.store(j, t.load(j - 1, relaxed) + 1, relaxed); });
  }
  meets("lastzero 5", c, 64, 64, 96);
}

TEST(published_algorithms, a_stack) {
  code c{3, {}};  // top, then next of node 1 and 2
  for (int node = 1; node <= 2; ++node) {
    c.threads.push_back([node](trail& t) {
      int h = t.load(0, relaxed);
      t.store(node, h & 255, relaxed);
      t.assume(t.compare_exchange(0, h, node | ((h & ~255) + 256), release, relaxed) == h);
      h = t.load(0, acquire);
      if ((h & 255) == 0) return;
      const int next = t.load(h & 255, relaxed);
      t.assume(t.compare_exchange(0, h, next | (h & ~255), acquire, relaxed) == h);
    });
  }
  meets("treiber 2", c, 6, 6, 6);
}

// The variables of the run queue: head, tail, four places, and who took which value.
enum : int { head, tail, place, got = place + 4 };

void use(trail& t, int value) { t.fetch_add(got + value, 1, relaxed); }

void own(trail& t, int puts, int gets) {
  for (int k = 1; k <= puts; ++k) {
    const int h = t.load(head, acquire), end = t.load(tail, relaxed);
    if (end - h >= 4) continue;
    t.store(place + end % 4, k, relaxed);
    t.store(tail, end + 1, release);
  }
  for (int k = 0; k < gets; ++k) {
    const int h = t.load(head, acquire);
    if (t.load(tail, relaxed) == h) continue;
    const int value = t.load(place + h % 4, relaxed);
    t.assume(t.compare_exchange(head, h, h + 1, release, relaxed) == h);
    use(t, value);
  }
}

void steal(trail& t) {
  const int h = t.load(head, acquire);
  int n = t.load(tail, acquire) - h;
  n -= n / 2;
  if (n == 0) return;
  t.assume(n > 0 && n <= 2);
  int taken[2] = {};
  for (int i = 0; i < n && i < 2; ++i) taken[i] = t.load(place + (h + i) % 4, relaxed);
  t.assume(t.compare_exchange(head, h, h + n, release, relaxed) == h);
  for (int i = 0; i < n && i < 2; ++i) use(t, taken[i]);
}

TEST(published_algorithms, a_run_queue) {
  const body owner = [](trail& t) { own(t, 2, 1); };
  meets("runq, 1 thief, 2 puts, 1 get", {got + 3, {owner, steal}}, 5, 5, 5);
}

// The variables of Chase and Lev's deque, as Le et al. have it: `head` is its top, `tail` its
// bottom.
void push(trail& t, int k) {
  const int bottom = t.load(tail, relaxed);
  t.load(head, acquire);
  t.store(place + bottom % 4, k, relaxed);
  t.store(tail, bottom + 1, release);
}

void take(trail& t) {
  const int bottom = t.load(tail, relaxed) - 1;
  t.store(tail, bottom, relaxed);
  t.fence(seq_cst);
  const int top = t.load(head, relaxed);
  if (top > bottom) return t.store(tail, bottom + 1, relaxed);
  int value = t.load(place + std::max(0, bottom) % 4, relaxed);
  if (top == bottom) {
    if (t.compare_exchange(head, top, top + 1, seq_cst, relaxed) != top) value = 0;
    t.store(tail, bottom + 1, relaxed);
  }
  if (value != 0) use(t, value);
}

void steal_from_top(trail& t) {
  const int top = t.load(head, acquire);
  t.fence(seq_cst);
  if (top >= t.load(tail, acquire)) return;
  const int value = t.load(place + top % 4, relaxed);
  if (t.compare_exchange(head, top, top + 1, seq_cst, relaxed) == top) use(t, value);
}

// The published 10 are those of C++20's release sequences. In two of them a thief reads the last
// store to the bottom, a relaxed one, and then an empty place: in RC11's paper, as in C11, that
// store continues the release sequence of the push before it; in C++20 it does not (P0982).
TEST(published_algorithms, a_deque) {
  const body owner = [](trail& t) {
    push(t, 1);
    push(t, 2);
    take(t);
  };
  const code c{got + 3, {owner, steal_from_top}};
  meets("cl, 1 thief, 2 pushes, 1 take", c, 8, 8, 10);
  meets("cl, 1 thief, 2 pushes, 1 take", c, "rc11-2017", 8);
}

}  // namespace
}  // namespace tenterhook::graphs
