#include "tests/graphs/random_program.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace tenterhook::graphs {
namespace {

std::uint64_t candidates(const program& p) {
  std::map<int, std::uint64_t> reads, writes;
  for (const thread& t : p.threads) {
    for (const instruction& i : t) {
      if (!accesses_memory(i.what)) continue;
      reads[i.variable] += i.what != op::store;
      writes[i.variable] += i.what != op::load;
    }
  }
  std::uint64_t product = 1;
  for (int v = 0; v < p.variables; ++v) {
    for (std::uint64_t r = 0; r < reads[v]; ++r) product *= 1 + writes[v];
    for (std::uint64_t w = 2; w <= writes[v]; ++w) product *= w;
  }
  return product;
}

std::uint64_t interleavings(const program& p) {
  std::uint64_t product = 1, steps = p.threads.size();  // the main thread starts them
  for (const thread& t : p.threads) {
    std::uint64_t own = 1;  // its end
    for (const instruction& i : t) own += i.what == op::store ? 2 : 1;
    for (std::uint64_t step = 1; step <= own; ++step) {
      product = product * ++steps / step;  // a binomial coefficient at each turn
    }
  }
  return product;
}

class author {
 public:
  author(checker::Rng& rng, const limits& within) : rng_(rng), within_(within) {}

  program write() {
    program p;
    p.variables = rng_.below(3) == 0 ? 3 : 2;
    // Fewer of the orders that forbid weak behaviour in one half of the programs.
    strength_ = rng_.below(2) == 0 ? 1 : 4;
    const bool crossed = rng_.below(10) < within_.crossed;
    p.threads.resize(2 + std::min(rng_.below(within_.most_threads - 1), rng_.below(3)));
    for (thread& t : p.threads) {
      const unsigned length = 2 + rng_.below(within_.most_of_thread - 1);
      if (crossed && &t - p.threads.data() < 2) add(t, store_buffering(&t == &p.threads.front()));
      while (t.size() < length) piece(p, t);
      t.resize(length);
      if (t.back().what == op::skip_if) t.back() = load(variable(p));
    }
    while (too_large(p)) largest(p).pop_back();
    return p;
  }

 private:
  static std::size_t size(const program& p) {
    std::size_t sum = 0;
    for (const thread& t : p.threads) sum += t.size();
    return sum;
  }
  bool too_large(const program& p) const {
    return size(p) > within_.most_instructions || candidates(p) > within_.most_candidates ||
           interleavings(p) > within_.most_interleavings;
  }
  static thread& largest(program& p) {
    return *std::max_element(p.threads.begin(), p.threads.end(),
                             [](const auto& a, const auto& b) { return a.size() < b.size(); });
  }

  int variable(const program& p) {
    return static_cast<int>(rng_.below(static_cast<unsigned>(p.variables)));
  }
  int other(const program& p, int than) {
    const int step = 1 + static_cast<int>(rng_.below(static_cast<unsigned>(p.variables) - 1));
    return (than + step) % p.variables;
  }
  std::memory_order pick(std::memory_order weak, std::memory_order strong) {
    if (rng_.below(10) >= strength_ * 2) return relaxed;
    return rng_.below(3) == 0 ? seq_cst : rng_.below(2) == 0 ? weak : strong;
  }

  // One instruction, or two that are half of a litmus test: of store buffering, message passing,
  // 2+2W and S.
  void piece(const program& p, thread& t) {
    const int a = variable(p), b = other(p, a);
    switch (rng_.below(10)) {
      case 0:
      case 1:
      case 2: return add(t, {store_to(a), load_from(b)});
      case 3: return add(t, {load_from(a), load_from(b)});
      case 4: return add(t, {store_to(a), store_to(b)});
      case 5: return add(t, {load_from(a), store_to(b)});
      case 6: return add(t, {fence_of()});
      case 7: return add(t, {load_from(a), skip_if(static_cast<int>(rng_.below(2))), store_to(b)});
      default: return add(t, {modify(a)});
    }
  }
  // Half of that litmus test, maybe with something else: without it too few programs are weak
  // under tso.
  thread store_buffering(bool first) {
    const int x = first ? 0 : 1;
    thread t = {store_to(x), load_from(1 - x)};
    if (const unsigned more = rng_.below(8); more < 2) {
      t.insert(t.begin() + rng_.below(2), modify(x));
    } else if (more == 2) {
      t.insert(t.begin() + 1, fence_of());
    }
    return t;
  }
  static void add(thread& t, const thread& more) { t.insert(t.end(), more.begin(), more.end()); }

  instruction load_from(int v) { return load(v, pick(acquire, acquire)); }
  instruction store_to(int v) {
    const auto order = pick(release, release);
    if (rng_.below(4) == 0) return store_last(v, static_cast<int>(rng_.below(3)), order);
    return store(v, 1 + static_cast<int>(rng_.below(2)), order);
  }
  instruction fence_of() {
    if (rng_.below(3) == 0) return fence(seq_cst);
    return fence(rng_.below(3) == 0 ? acq_rel : rng_.below(2) == 0 ? acquire : release);
  }
  instruction modify(int v) {
    const auto order = pick(rng_.below(2) == 0 ? acquire : release, acq_rel);
    const int value = 1 + static_cast<int>(rng_.below(2));
    instruction i = fetch_add(v, value, order);
    if (const unsigned kind = rng_.below(4); kind == 1) {
      i = exchange(v, value, order);
    } else if (kind >= 2) {
      i = compare_exchange(v, static_cast<int>(rng_.below(3)), value, order,
                           pick(acquire, acquire));
    }
    i.dependent = rng_.below(5) == 0;
    return i;
  }

  checker::Rng& rng_;
  const limits& within_;
  unsigned strength_ = 0;
};

std::vector<instruction> simpler(const instruction& i) {
  std::vector<instruction> all;
  const auto offer = [&](instruction other) {
    if (other != i) all.push_back(other);
  };
  if (is_rmw(i.what) || i.what == op::skip_if) offer(load(i.variable, relaxed));
  if (is_rmw(i.what)) offer(store(i.variable, i.value, relaxed));
  if (i.what == op::compare_exchange) offer(exchange(i.variable, i.value, i.order));
  instruction other = i;
  other.dependent = false;
  offer(other);
  other = i;
  other.failure = relaxed;
  offer(other);
  other = i;
  if (i.what != op::fence) other.order = relaxed;
  offer(other);
  return all;
}

}  // namespace

program random_program(checker::Rng& rng, const limits& within) {
  return author(rng, within).write();
}

std::vector<program> simpler(const program& p) {
  std::vector<program> all;
  for (std::size_t t = 0; p.threads.size() > 1 && t < p.threads.size(); ++t) {
    program& q = all.emplace_back(p);
    q.threads.erase(q.threads.begin() + static_cast<std::ptrdiff_t>(t));
  }
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    for (std::size_t i = 0; i < p.threads[t].size(); ++i) {
      thread& code = all.emplace_back(p).threads[t];
      code.erase(code.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    for (std::size_t i = 0; i < p.threads[t].size(); ++i) {
      for (const instruction& other : simpler(p.threads[t][i])) {
        all.emplace_back(p).threads[t][i] = other;
      }
    }
  }
  return all;
}

}  // namespace tenterhook::graphs
