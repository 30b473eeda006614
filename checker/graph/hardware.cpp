#include "checker/graph/hardware.hpp"

#include <algorithm>
#include <bit>

#include "checker/graph/bytes.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {
namespace {

// A fence that orders all before it with all behind it.
bool full(const Event& e) {
  return e.barrier == Barrier::full || e.kind == EventKind::start || e.kind == EventKind::join ||
         e.kind == EventKind::resume || e.queue;
}

bool is_access(const Event& e) {
  return e.kind == EventKind::read || e.kind == EventKind::write;
}

// Writes at even numbers, the reads of each at the odd one behind it: an access is before another
// one of its location in com+ if its number is lower.
std::uint32_t place(const Graph& g, const Event& e) {
  return e.kind == EventKind::write ? 2 * e.rank : 2 * g.rank(e.source) + 1;
}

}  // namespace

template <class Visit>
void HardwareOrder::each(const Word* set, Visit visit) const {
  for (std::size_t w = 0; w < words_; ++w) {
    for (Word rest = set[w]; rest != 0; rest &= rest - 1) {
      visit(static_cast<Id>(w * 64) + static_cast<Id>(std::countr_zero(rest)));
    }
  }
}

void HardwareOrder::reset() {
  bits_.clear();
  fence_.clear();
  std::fill(stores_.begin(), stores_.end(), 0);
}

// Room in each row for so many events.
void HardwareOrder::widen(std::size_t events) {
  const std::size_t old = words_;
  while (words_ * 64 < events) words_ *= 2;
  stores_.resize(words_, 0);
  if (words_ == old || bits_.empty()) return;
  std::vector<Word> wider(bits_.size() / old * words_, 0);
  for (std::size_t r = 0; r < bits_.size() / old; ++r) {
    std::copy_n(&bits_[r * old], old, &wider[r * words_]);
  }
  bits_ = std::move(wider);
}

void HardwareOrder::add(const Graph& g, Id id) {
  widen(g.size());
  bits_.resize(std::size_t{g.size()} * rows_of_an_event * words_);
  fence_.resize(g.size());
  const Event& e = g[id];
  std::fill_n(row(id, 0), rows_of_an_event * words_, 0);
  const Id before = e.index == 0 ? kInitial : g.at(e.thread, e.index - 1);
  fence_[id] = before == kInitial ? g.start_of(e.thread) : fence_[before];
  own(g, id);
  if (e.kind == EventKind::write) put(stores_.data(), id);
  const bool orders = full(e) || (e.barrier != Barrier::none && e.barrier != Barrier::instruction);
  if (orders) fence(g, id);
  if (!is_access(e)) return;
  access(g, id);
  if (!e.queue) return;
  for (const std::uint32_t first : {read_base, write_base}) {  // it is before what follows, too
    contribute(g, id, id, first, true);
  }
}

// What the thread carries along: dependencies that order everything behind a point.
void HardwareOrder::own(const Graph& g, Id id) {
  const Event& e = g[id];
  if (e.index > 0) {
    const Id before = g.at(e.thread, e.index - 1);
    std::copy_n(row(before, ctrl_fence), words_, row(id, ctrl_fence));
    std::copy_n(row(before, address_po), words_, row(id, address_po));
    depends(g[before], g[before].address, row(id, address_po));
  }
  if (e.barrier == Barrier::instruction) depends(e, e.control, row(id, ctrl_fence));
}

// The reads that the event depends on, by their places in the thread.
void HardwareOrder::depends(const Event& e, Word mask, Word* into) {
  for (Word rest = mask; rest != 0; rest &= rest - 1) {
    put(into, e.index - 1 - static_cast<Id>(std::countr_zero(rest)));
  }
}

// ppo's auxiliary relations: their base cases.
void HardwareOrder::preserved(const Graph& g, Id id) {
  const Event& e = g[id];
  depends(e, e.address | e.data, row(id, ii));
  depends(e, e.address | e.data | e.control, row(id, cc));
  join(row(id, cc), row(id, address_po));
  join(row(id, ci), row(id, ctrl_fence));
  const bool read = e.kind == EventKind::read;
  const bool foreign = read && e.source < kPending && g[e.source].thread != e.thread;
  if (read && e.source < kPending && !foreign) put(row(id, ii), g[e.source].index);  // rfi
  const std::uint32_t rank = read ? g.rank(e.source) : 0;
  bool po_loc = g.model() == GraphModel::power;  // the nearest: cc has those before it
  for (std::uint32_t i = e.index; i-- > 0 && (foreign || po_loc);) {
    const Event& a = g[g.at(e.thread, i)];
    if (!is_access(a) || a.location != e.location) continue;
    if (po_loc) put(row(id, cc), i);
    po_loc = false;
    if (!foreign) continue;
    if (a.kind == EventKind::write && a.rank < rank) put(row(id, ci), i);           // detour
    if (a.kind == EventKind::read && g.rank(a.source) < rank) put(row(id, ii), i);  // rdw
  }
}

// The least fixed point of
//   ci = ci0 | ci;ii | cc;ci         ii = ii0 | ci | ic;ci | ii;ii
//   cc = cc0 | ci | ci;ic | cc;cc    ic = ii | cc | ic;cc | ii;ic
// in what it puts before the event. The events in between have theirs, which are closed, so each
// path ends with one step of ci0, ii0 or cc0 from such an event.
void HardwareOrder::close_preserved(const Graph& g, Id id) {
  const Event& e = g[id];
  Word* const to_ii = row(id, ii);
  Word* const to_ic = row(id, ic);
  Word* const to_ci = row(id, ci);
  Word* const to_cc = row(id, cc);
  seen_.assign(words_, 0);
  for (std::size_t w = 0; w < words_; ++w) seen_[w] = to_ii[w] | to_ci[w] | to_cc[w];
  each(seen_.data(), [&](Id b) {
    const Id between = g.at(e.thread, b);
    const bool in_ci = has(to_ci, b);
    join(to_cc, row(between, ci));
    join(to_ic, row(between, ii));
    if (in_ci || has(to_cc, b)) {
      join(to_cc, row(between, cc));
      join(to_ic, row(between, ic));
    }
    if (in_ci || has(to_ii, b)) {
      join(to_ci, row(between, ci));
      join(to_ii, row(between, ii));
    }
    if (in_ci) {
      join(to_ci, row(between, cc));
      join(to_ii, row(between, ic));
    }
  });
  for (std::size_t w = 0; w < words_; ++w) {
    to_ii[w] |= to_ci[w];
    to_cc[w] |= to_ci[w];
    to_ic[w] |= to_ii[w] | to_cc[w];
  }
}

// The access is before what stands behind the fence `to`, in the rows that begin at `first`.
void HardwareOrder::contribute(const Graph& g, Id id, Id to, std::uint32_t first,
                               bool strong_fence) {
  Word* const to_base = row(to, first);
  Word* const to_chain = row(to, first + 1);
  Word* const to_strong = row(to, first + 2);
  const Event& e = g[id];
  put(to_base, id);
  put(to_chain, id);
  join(to_chain, row(id, chain));
  if (e.kind == EventKind::read && e.source < kPending && g[e.source].thread != e.thread) {
    put(to_base, e.source);  // rfe; fence
    put(to_chain, e.source);
    join(to_chain, row(e.source, chain));
  }
  join(to_base, row(id, base));  // the access is before what follows in hb
  join(to_strong, row(id, strong));
  if (strong_fence) {
    put(to_strong, id);
    join(to_strong, row(id, chain));
  }
  join(row(to, first + 3), row(id, writes));
}

// All that the fence `from` puts before what follows it, the fence `to` does too.
void HardwareOrder::pass_on(Id from, Id to) {
  for (std::uint32_t r = read_base; r <= write_writes; ++r) join(row(to, r), row(from, r));
}

void HardwareOrder::fence(const Graph& g, Id id) {
  const Event& e = g[id];
  const bool is_full = full(e);
  const bool light = e.barrier == Barrier::light;
  const bool strong_fence = is_full || e.barrier == Barrier::store;
  if (fence_[id] != kInitial) pass_on(fence_[id], id);
  const auto thread_before = [&](std::uint32_t thread, std::uint32_t end) {
    while (end-- > 0) {
      const Id before = g.at(thread, end);
      const Event& a = g[before];
      if (is_access(a) && !a.queue) {
        const bool read = a.kind == EventKind::read;
        if (is_full || (light && read)) contribute(g, before, id, read_base, strong_fence);
        if (is_full || light || !read) contribute(g, before, id, write_base, strong_fence);
      }
      if (full(a)) break;  // what is before it was passed on
    }
  };
  thread_before(e.thread, e.index);
  if (e.kind == EventKind::join) {
    const auto child = static_cast<std::uint32_t>(e.operand);
    const Id last = g.last(child);
    if (last != kInitial && fence_[last] != kInitial) pass_on(fence_[last], id);
    thread_before(child, g.length(child));
  }
  if (e.kind == EventKind::resume && e.source < kPending) pass_on(e.source, id);
  fence_[id] = id;
}

void HardwareOrder::access(const Graph& g, Id id) {
  const Event& e = g[id];
  preserved(g, id);
  close_preserved(g, id);
  const bool write = e.kind == EventKind::write;
  if (fence_[id] != kInitial) {
    const std::uint32_t first = write ? write_base : read_base;
    for (std::uint32_t r = 0; r < 4; ++r) join(row(id, base + r), row(fence_[id], first + r));
  }
  const auto happens_before = [&](Id p) {
    for (std::uint32_t r = base; r <= writes; ++r) join(row(id, r), row(p, r));
  };
  each(row(id, write ? ic : ii), [&](Id index) {
    const Id p = g.at(e.thread, index);
    if (g[p].kind == EventKind::read) happens_before(p);
  });
  if (!write && e.source < kPending && g[e.source].thread != e.thread) happens_before(e.source);
  if (!write) return;
  for (std::size_t w = 0; w < words_; ++w) row(id, writes)[w] |= row(id, base)[w] & stores_[w];
}

// -- may it be there? --

// fre; prop; hb* from the read to itself?
bool HardwareOrder::observed(const Graph& g, Id id) const {
  const Event& e = g[id];
  const std::uint32_t rank = g.rank(e.source);
  bool found = false;
  each(row(id, strong), [&](Id x) {
    found = found || (is_access(g[x]) && g[x].location == e.location &&
                      place(g, g[x]) > 2 * rank + 1);
  });
  each(row(id, writes), [&](Id x) {
    found = found || (g[x].location == e.location && g[x].rank > rank);
  });
  return found;
}

// The same from an earlier read, through the write.
bool HardwareOrder::seen_before(const Graph& g, Id id) const {
  const Event& e = g[id];
  for (Id w = e.co_prev;; w = g.older(w)) {
    for (Id r = g.readers(e.location, w); r != kInitial; r = g[r].next_reader) {
      if (g[r].thread == e.thread) continue;
      bool found = false;
      each(row(r, strong), [&](Id x) {
        found = found || (is_access(g[x]) && g[x].location == e.location &&
                          place(g, g[x]) > 2 * e.rank);
      });
      if (found) return true;
    }
    if (w == kInitial) return false;
  }
}

void HardwareOrder::visit(Id id) {
  if (has(seen_.data(), id)) return;
  put(seen_.data(), id);
  work_.push_back(id);
}

// Everything that is before the access in com+.
void HardwareOrder::visit_coherence_before(const Graph& g, Id x) {
  const Event& e = g[x];
  const std::uint32_t own = place(g, e);
  const std::uint32_t limit = done_[e.location];
  if (own <= limit) return;
  done_[e.location] = own;
  bool with_readers = e.kind == EventKind::write;
  for (Id w = with_readers ? e.co_prev : e.source;; w = g.older(w)) {
    for (Id r = with_readers ? g.readers(e.location, w) : kInitial; r != kInitial;
         r = g[r].next_reader) {
      visit(r);
    }
    if (w == kInitial) return;
    visit(w);
    if (2 * g[w].rank < limit) return;
    with_readers = true;
  }
}

// Is there a cycle of co | prop through the event? Backwards from it to what it is before.
bool HardwareOrder::before_itself(const Graph& g, Id id) {
  const Event& e = g[id];
  seen_.assign(words_, 0);
  after_.assign(words_, 0);  // here: what is after the event in com+
  done_.assign(g.locations(), 0);
  work_.clear();
  bool last = true;
  const auto put_readers = [&](Id w) {
    for (Id r = g.readers(e.location, w); r != kInitial; r = g[r].next_reader) {
      put(after_.data(), r);
      last = false;
    }
  };
  if (e.kind == EventKind::write) put_readers(id);
  for (Id w = g.newer(e.location, e.kind == EventKind::write ? id : e.source); w != kInitial;
       w = g[w].co_next) {
    put(after_.data(), w);
    put_readers(w);
    last = false;
  }
  if (last) return false;
  visit(id);
  while (!work_.empty()) {
    const Id y = work_.back();
    work_.pop_back();
    const Event& at = g[y];
    const bool write = at.kind == EventKind::write;
    if (write && e.kind == EventKind::write && has(after_.data(), y)) return true;
    for (std::size_t w = 0; w < words_; ++w) {
      if ((row(y, strong)[w] & after_[w]) != 0) return true;
    }
    if (write && at.co_prev != kInitial) visit(at.co_prev);
    if (write) {
      each(row(y, base), [&](Id x) {
        if (has(stores_.data(), x)) visit(x);
      });
    }
    each(row(y, strong), [&](Id x) {
      visit(x);
      if (is_access(g[x])) visit_coherence_before(g, x);
    });
  }
  return false;
}

// Is there a cycle of co and the thread order of store-conditionals through the event?
bool HardwareOrder::pairs_cross(const Graph& g, Id id) {
  const Event& e = g[id];
  if (!e.exclusive || e.ghost || e.co_next == kInitial) return false;
  seen_.assign(words_, 0);
  work_.clear();
  visit(id);
  while (!work_.empty()) {
    const Event& y = g[work_.back()];
    work_.pop_back();
    if (y.location == e.location && y.rank > e.rank) return true;
    if (y.co_prev != kInitial) visit(y.co_prev);
    for (std::uint32_t i = y.exclusive ? y.index : 0; i-- > 0;) {
      const Id before = g.at(y.thread, i);
      if (!g[before].exclusive || g[before].ghost) continue;
      visit(before);
      break;
    }
  }
  return false;
}

bool HardwareOrder::allows(const Graph& g, Id id) {
  const Event& e = g[id];
  if (pairs_cross(g, id)) return false;
  if (e.kind == EventKind::read ? observed(g, id) : seen_before(g, id)) return false;
  return !before_itself(g, id);
}

bool HardwareOrder::fenced(const Graph& g, std::uint32_t thread, bool write, Id id) const {
  const Id last = g.last(thread);
  if (last == kInitial || fence_[last] == kInitial) return false;
  const Id f = fence_[last];
  if (has(row(f, write ? write_strong : read_strong), id)) return true;
  return g[id].kind == EventKind::write && has(row(f, write ? write_base : read_writes), id);
}

// -- the rows as a whole --

void HardwareOrder::truncate(std::size_t events) {
  bits_.resize(events * rows_of_an_event * words_);
  fence_.resize(events);
  for (std::size_t w = 0; w < stores_.size(); ++w) {
    if (w * 64 >= events) stores_[w] = 0;
    else if (w == events / 64) stores_[w] &= (Word{1} << (events % 64)) - 1;
  }
}

void HardwareOrder::keep(const HardwareOrder& from, const std::vector<Id>& names,
                         std::size_t events) {
  words_ = from.words_;
  bits_.assign(events * rows_of_an_event * words_, 0);
  fence_.assign(events, kInitial);
  stores_.assign(words_, 0);
  for (Id old = 0; old < names.size(); ++old) {
    const Id id = names[old];
    if (id == kInitial) continue;
    fence_[id] = from.fence_[old] == kInitial ? kInitial : names[from.fence_[old]];
    if (has(from.stores_.data(), old)) put(stores_.data(), id);
    for (std::uint32_t r = base; r <= write_writes; ++r) {
      from.each(from.row(old, r), [&](Id x) {
        if (names[x] != kInitial) put(row(id, r), names[x]);
      });
    }
    std::copy_n(from.row(old, ii), (rows_of_an_event - ii) * words_, row(id, ii));
  }
}

void HardwareOrder::save(Bytes& out) const {
  out.put(std::uint64_t{words_});
  out.put(bits_);
  out.put(fence_);
  out.put(stores_);
}

void HardwareOrder::load(Bytes& in) {
  words_ = in.next<std::uint64_t>();
  in.get(bits_);
  in.get(fence_);
  in.get(stores_);
}

}  // namespace tenterhook::checker
