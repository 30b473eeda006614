#include "tests/graphs/random_assembly.hpp"

#include <algorithm>
#include <map>

namespace tenterhook::graphs {
namespace {

enum { x, y, z };  // NOLINT: the litmus names

bool loads(opcode what) { return what == opcode::load || what == opcode::load_reserve; }
bool stores(opcode what) { return what == opcode::store || what == opcode::store_conditional; }

std::uint64_t candidates(const assembly_program& p) {
  std::map<int, std::uint64_t> reads, writes;
  std::uint64_t product = 1;
  for (const assembly& t : p.threads) {
    for (const assembly_instruction& i : t) {
      reads[i.variable] += loads(i.what);
      writes[i.variable] += stores(i.what);
      if (i.what == opcode::store_conditional) product *= 2;
    }
  }
  for (int v = 0; v < p.variables; ++v) {
    for (std::uint64_t r = 0; r < reads[v]; ++r) product *= 1 + writes[v];
    for (std::uint64_t w = 2; w <= writes[v]; ++w) product *= w;
  }
  return product;
}

std::vector<barrier> barriers_of(std::string_view model) {
  if (model == "arm") return {barrier::full, barrier::store, barrier::instruction};
  return {barrier::light, barrier::full, barrier::eieio, barrier::light, barrier::instruction};
}

class author {
 public:
  author(checker::Rng& rng, std::string_view model, const limits& within)
      : rng_(rng), barriers_(barriers_of(model)), within_(within) {}

  assembly_program write() {
    assembly_program p = rng_.below(8) < 3 ? chain() : one_of(16) ? pairs() : any();
    while (too_large(p)) largest(p).pop_back();
    return p;
  }

 private:
  bool one_of(unsigned n) { return rng_.below(n) == 0; }
  int below(int n) { return static_cast<int>(rng_.below(static_cast<unsigned>(n))); }

  assembly_program any() {
    assembly_program p;
    p.variables = one_of(3) ? 3 : 2;
    // Fewer of what orders accesses in one half of the programs.
    orders_ = one_of(2) ? 3 : 7;
    const bool ring = rng_.below(10) < 2 * within_.crossed;
    p.threads.resize(one_of(6) ? within_.most_threads
                               : 2 + std::min(rng_.below(within_.most_threads - 1), rng_.below(3)));
    for (std::size_t t = 0; t < p.threads.size(); ++t) {
      // In a ring, thread t begins with variable t and goes on to the next one: so many litmus
      // tests do.
      int v = ring ? static_cast<int>(t) % p.variables : below(p.variables);
      const unsigned length = 2 + rng_.below(within_.most_of_thread - 1);
      assembly& code = p.threads[t];
      access(code, v, false);
      while (code.size() < length) {
        if (!one_of(4)) v = (v + (ring ? 1 : 1 + below(p.variables - 1))) % p.variables;
        access(code, v, edge(code));
      }
    }
    return p;
  }

  // Message passing whose reader has a chain of what may order its accesses, over z; another thread
  // may write z.
  assembly_program chain() {
    assembly_program p{3, {{st(x, 1), bar(barrier_between()), st(y, 1)}, {}}};
    if (!one_of(3)) {
      p.threads.push_back({st(z, 2)});
      if (one_of(4)) access(p.threads.back(), below(3), edge(p.threads.back()));
    }
    assembly& code = p.threads[1];
    code.push_back(ld(y));
    for (unsigned links = 1 + rng_.below(2); links > 0; --links) link(code);
    const unsigned on = one_of(4) ? 0 : 1;
    code.push_back(one_of(4) ? st(x, 2, on) : ld(x, on));
    return p;
  }
  void link(assembly& code) {
    switch (rng_.below(9)) {
      case 0: return add(code, {ld(z, 1)});
      case 1: return add(code, {ld(z, 1), ld(z)});
      case 2: return add(code, {st(z, 1, 1), ld(z)});
      case 3: return add(code, {st(z, 1, 0, 1), ld(z)});
      case 4: return add(code, {br(1), st(z, 1), ld(z)});
      case 5: return add(code, {st(y, 2), ld(y)});
      case 6: return add(code, {br(1), bar(barrier::instruction)});
      case 7: return add(code, {ll(z, one_of(2) ? 1 : 0), sc(z, 1, one_of(2) ? 1 : 2)});
      default: return add(code, {br(1)});
    }
  }
  // Two threads of read-modify-writes on two variables, in opposite orders; a store of another
  // thread may come between.
  assembly_program pairs() {
    assembly_program p{2, {}};
    for (const int first : {x, y}) {
      assembly& code = p.threads.emplace_back();
      add(code, {ll(first), sc(first, 1)});
      if (one_of(3)) edge(code);
      add(code, {ll(1 - first), sc(1 - first, 2)});
    }
    if (!one_of(3)) p.threads.push_back({st(below(2), 3)});
    return p;
  }

  static void add(assembly& code, const assembly& more) {
    code.insert(code.end(), more.begin(), more.end());
  }
  barrier barrier_between() {
    barrier what = barrier::instruction;
    while (what == barrier::instruction) what = any_barrier();
    return what;
  }
  barrier any_barrier() { return barriers_[rng_.below(static_cast<unsigned>(barriers_.size()))]; }

  bool too_large(const assembly_program& p) const {
    std::size_t sum = 0;
    for (const assembly& t : p.threads) sum += t.size();
    return sum > within_.most_instructions || candidates(p) > within_.most_candidates;
  }
  static assembly& largest(assembly_program& p) {
    return *std::max_element(p.threads.begin(), p.threads.end(),
                             [](const auto& a, const auto& b) { return a.size() < b.size(); });
  }

  // What stands between two accesses; true: the second depends on the last load.
  bool edge(assembly& code) {
    if (rng_.below(10) >= orders_) return false;
    const bool loaded =
        std::any_of(code.begin(), code.end(), [](const auto& i) { return loads(i.what); });
    switch (loaded ? rng_.below(6) : 0) {
      case 0:
      case 1: code.push_back(bar(any_barrier())); return false;
      case 2: code.push_back(br(1, one_of(2) ? -1 : below(2))); return false;
      case 3:
        code.push_back(br(1));
        code.push_back(bar(barrier::instruction));
        return false;
      default: return true;
    }
  }

  // A load, a store, or both as a read-modify-write.
  void access(assembly& code, int v, bool depends) {
    const unsigned on = depends ? 1 + rng_.below(8) / 7 : 0;
    const int value = 1 + below(2);
    switch (rng_.below(7)) {
      case 0:
      case 1:
      case 2: return code.push_back(ld(v, on));
      case 3:
      case 4:
      case 5:
        code.push_back(one_of(2) ? st(v, value, on) : st(v, value, 0, on));
        code.back().added = code.back().data != 0 && one_of(2);
        return;
      default: break;
    }
    code.push_back(ll(v, on));
    if (one_of(6)) code.push_back(one_of(2) ? ld(below(2)) : st(v == 0 ? 1 : 0, 1));
    code.push_back(sc(v, value, one_of(2) ? 1 : 0));
    code.back().added = code.back().data != 0 && one_of(2);
    if (one_of(4)) code.push_back({opcode::branch_stored});
  }

  checker::Rng& rng_;
  const std::vector<barrier> barriers_;
  const limits& within_;
  unsigned orders_ = 0;  // so many of ten edges order something
};

}  // namespace

assembly_program random_assembly(checker::Rng& rng, std::string_view model, const limits& within) {
  return author(rng, model, within).write();
}

std::vector<assembly_program> simpler(const assembly_program& p) {
  std::vector<assembly_program> all;
  for (std::size_t t = 0; p.threads.size() > 1 && t < p.threads.size(); ++t) {
    assembly_program& q = all.emplace_back(p);
    q.threads.erase(q.threads.begin() + static_cast<std::ptrdiff_t>(t));
  }
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    for (std::size_t i = 0; i < p.threads[t].size(); ++i) {
      assembly& code = all.emplace_back(p).threads[t];
      code.erase(code.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }
  for (std::size_t t = 0; t < p.threads.size(); ++t) {
    for (std::size_t i = 0; i < p.threads[t].size(); ++i) {
      assembly_instruction other = p.threads[t][i];
      if (!loads(other.what) && !stores(other.what)) continue;
      other.address = other.data = 0;
      other.added = false;
      if (other != p.threads[t][i]) all.emplace_back(p).threads[t][i] = other;
    }
  }
  return all;
}

}  // namespace tenterhook::graphs
