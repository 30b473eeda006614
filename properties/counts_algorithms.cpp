// counts/*: locks, a seqlock, a stack and two work-stealing queues. See counts.hpp.
#include <array>

#include "properties/counts.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts {
namespace {

void ttas(run& t) {
  const int n = static_cast<int>(t["n"]);
  word l(0, "l");
  platform::plain<int> d(0, "d");
  t.go_identical(n, "locker", [&l, &d] {
    platform::assume(l.load(relaxed) == 0);
    platform::assume(l.exchange(1, acquire) == 0);
    d.set(d.get() + 1);
    l.store(0, release);
  });
  t.join();
  platform::check(d.get() == n, "no increment is lost");
}

void ticket(run& t) {
  const int n = static_cast<int>(t["n"]);
  word next(0, "nx");
  word serving(0, "sv");
  platform::plain<int> d(0, "d");
  t.go_identical(n, "locker", [&next, &serving, &d] {
    const int m = next.fetch_add(1, relaxed);
    platform::assume(serving.load(acquire) == m);
    d.set(d.get() + 1);
    serving.store(m + 1, release);
  });
  t.join();
  platform::check(d.get() == n, "no increment is lost");
}

void peterson_with(run& t, std::memory_order store, std::memory_order load) {
  row flag("fl", 2, 0);
  word turn(0, "turn");
  platform::plain<int> d(0, "d");
  for (int i = 0; i < 2; i++) {
    t.go(thread_names[i], [&flag, &turn, &d, i, store, load] {
      flag[i].store(1, store);
      turn.store(1 - i, store);
      platform::assume(!(flag[1 - i].load(load) == 1 && turn.load(load) == 1 - i));
      d.set(d.get() + 1);
      flag[i].store(0, store);
    });
  }
  t.join();
  platform::check(d.get() == 2, "no increment is lost");
}

void peterson(run& t) { peterson_with(t, seq_cst, seq_cst); }

void petersonbug(run& t) { peterson_with(t, release, acquire); }

void seqlock(run& t) {
  const int n = static_cast<int>(t["n"]);
  word s(0, "s");
  word x(0, "x");
  word y(0, "y");
  t.go("writer", [&s, &x, &y, n] {
    for (int i = 1; i <= n; i++) {
      s.store(2 * i - 1, relaxed);
      platform::fence(release);
      x.store(i, relaxed);
      y.store(i, relaxed);
      s.store(2 * i, release);
    }
  });
  t.go("reader", [&s, &x, &y] {
    const int before = s.load(acquire);
    platform::assume(before % 2 == 0);
    const int u = x.load(relaxed);
    const int v = y.load(relaxed);
    platform::fence(acquire);
    platform::assume(s.load(relaxed) == before);
    platform::check(u == v, "a validated read sees one write section");
  });
  t.join();
}

void treiber(run& t) {
  const int n = static_cast<int>(t["n"]);
  word top(0, "top");        // the node's number, and above its 8 bits the count of pushes
  row next("nx", n + 1, 0);  // of node 1..n
  for (int i = 0; i < n; i++) {
    t.go(thread_names[i], [&top, &next, node = i + 1] {
      int h = top.load(relaxed);
      next[node].store(h & 255, relaxed);
      platform::assume(top.compare_exchange(h, node | ((h & ~255) + 256), release, relaxed));
      h = top.load(acquire);
      if ((h & 255) == 0) return;
      const int m = next[h & 255].load(relaxed);
      platform::assume(top.compare_exchange(h, m | (h & ~255), acquire, relaxed));
    });
  }
  t.join();
}

// Ghost-free bookkeeping that is part of the program: got[v] counts who took v.
void use(row& got, int v) {
  const int before = got[v].fetch_add(1, relaxed);
  platform::check(before == 0 && v != 0, "every value is taken once");
}

// The shared state of counts/runq: a ring of 4 between one owner and thieves.
struct ring {
  explicit ring(std::int64_t values) : got("got", values + 1, 0) {}
  platform::atomic<std::uint32_t> h{0, "h"};
  platform::atomic<std::uint32_t> t{0, "t"};
  row q{"q", 4, 0};
  row got;
};

void own_ring(ring& r, std::int64_t put, std::int64_t get, std::memory_order publish) {
  for (int k = 1; k <= put; k++) {
    const std::uint32_t hh = r.h.load(acquire);
    const std::uint32_t tt = r.t.load(relaxed);
    if (tt - hh >= 4) continue;
    r.q[tt % 4].store(k, relaxed);
    r.t.store(tt + 1, publish);
  }
  for (int k = 0; k < get; k++) {
    std::uint32_t hh = r.h.load(acquire);
    if (r.t.load(relaxed) == hh) continue;
    const int v = r.q[hh % 4].load(relaxed);
    platform::assume(r.h.compare_exchange(hh, hh + 1, release, relaxed));
    use(r.got, v);
  }
}

void rob_ring(ring& r) {
  std::uint32_t hh = r.h.load(acquire);
  std::uint32_t n = r.t.load(acquire) - hh;
  n -= n / 2;
  if (n == 0) return;
  platform::assume(n <= 2);
  std::array<int, 2> b{};
  for (std::uint32_t i = 0; i < n; i++) b[i] = r.q[(hh + i) % 4].load(relaxed);
  platform::assume(r.h.compare_exchange(hh, hh + n, release, relaxed));
  for (std::uint32_t i = 0; i < n; i++) use(r.got, b[i]);
}

void runq(run& t) {
  const auto put = t["put"];
  const auto get = t["get"];
  const auto publish = t["relaxed"] != 0 ? relaxed : release;
  ring r(put);
  t.go("owner", [&r, put, get, publish] { own_ring(r, put, get, publish); });
  t.go_identical(t["n"], "thief", [&r] { rob_ring(r); });
  t.join();
}

// The shared state of counts/cl: Chase and Lev's deque as Lê et al. have it, 4 places, no growth.
struct deque {
  explicit deque(std::int64_t values) : got("got", values + 1, 0) {}
  word top{0, "top"};
  word bottom{0, "bot"};
  row buffer{"buf", 4, 0};
  row got;
};

void push(deque& d, int k) {
  const int b = d.bottom.load(relaxed);
  (void)d.top.load(acquire);
  d.buffer[b % 4].store(k, relaxed);
  d.bottom.store(b + 1, release);
}

void take(deque& d, bool fenced) {
  const int b = d.bottom.load(relaxed) - 1;
  d.bottom.store(b, relaxed);
  if (fenced) platform::fence(seq_cst);
  int t = d.top.load(relaxed);
  int v = 0;
  if (t <= b) {
    v = d.buffer[b % 4].load(relaxed);
    if (t == b) {
      if (!d.top.compare_exchange(t, t + 1, seq_cst, relaxed)) v = 0;
      d.bottom.store(b + 1, relaxed);
    }
  } else {
    d.bottom.store(b + 1, relaxed);
  }
  if (v != 0) use(d.got, v);
}

void steal(deque& d, bool fenced) {
  int t = d.top.load(acquire);
  if (fenced) platform::fence(seq_cst);
  const int b = d.bottom.load(acquire);
  if (t >= b) return;
  const int v = d.buffer[t % 4].load(relaxed);
  if (d.top.compare_exchange(t, t + 1, seq_cst, relaxed) && v != 0) use(d.got, v);
}

void cl(run& t) {
  const auto pushes = t["push"];
  const auto takes = t["take"];
  const bool fenced = t["fence"] != 0;
  deque d(pushes);
  t.go("owner", [&d, pushes, takes, fenced] {
    for (int k = 1; k <= pushes; k++) push(d, k);
    for (int k = 0; k < takes; k++) take(d, fenced);
  });
  t.go_identical(t["n"], "thief", [&d, fenced] { steal(d, fenced); });
  t.join();
}

std::vector<checker::expectation> bug_under(std::initializer_list<const char*> models,
                                            const char* when = "") {
  std::vector<checker::expectation> all;
  for (const char* model : models) all.push_back({model, "bug", when});
  return all;
}

}  // namespace

void add_algorithms(checker::catalogue& all) {
  const checker::parameter thieves = size(1, 4, "thieves");
  all.push_back(
      program_of("ttas", "a test-and-test-and-set lock", 8, {size(2, 7, "threads")}, ttas));
  all.push_back(program_of("ticket", "a ticket lock", 8, {size(2, 7, "threads")}, ticket));
  all.push_back(program_of("peterson", "Peterson's lock, seq_cst", 3, {}, peterson));
  all.push_back(program_of("petersonbug", "Peterson's lock, release-acquire", 3, {}, petersonbug));
  all.back().expects = bug_under({"tso", "arm", "power", "rc11"});
  all.push_back(program_of("seqlock", "one writer, one reader that validates", 3,
                           {size(1, 4, "write sections")}, seqlock));
  all.push_back(
      program_of("treiber", "a stack with a count of pushes", 8, {size(2, 7, "threads")}, treiber));
  all.push_back(program_of("runq", "a run queue's owner and thieves, once each", 6,
                           {thieves,
                            {"put", 2, 0, 4, "the owner's puts"},
                            {"get", 1, 0, 4, "the owner's gets"},
                            {"relaxed", 0, 0, 1, "1: the tail is stored relaxed"}},
                           runq));
  all.back().expects = bug_under({"arm", "power", "rc11"}, "relaxed=1");
  all.push_back(program_of("cl", "Chase and Lev's deque, one steal a thief", 6,
                           {thieves,
                            {"push", 2, 0, 4, "the owner's pushes"},
                            {"take", 1, 0, 4, "the owner's takes"},
                            {"fence", 1, 0, 1, "0: without the fences"}},
                           cl));
  all.back().expects = bug_under({"tso", "arm", "power", "rc11"}, "n=2 fence=0");
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts
