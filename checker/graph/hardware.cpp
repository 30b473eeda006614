#include "checker/graph/hardware.hpp"

#include <algorithm>

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

void HardwareOrder::add(const Graph& g, Id id) {
  widen(g.size());
  const Event& e = g[id];
  const bool orders = full(e) || (e.barrier != Barrier::none && e.barrier != Barrier::instruction);
  own(g, id, orders);
  if (e.kind == EventKind::write) put(stores_.data(), id);
  if (orders) fence(g, id);
  if (!is_access(e)) return;
  access(g, id);
  if (!e.queue) return;
  contribute(g, id, id, read_base, true);  // it is before what follows, too
  if (!own_[id].alike) contribute(g, id, id, write_base, true);
}

void HardwareOrder::join_places(Id into, Place to, Id from, Place which) {
  Word* const target = place_row(into, to);
  const Word* const source = place_row(from, which);
  for (std::size_t w = 0; w < own_[from].end; ++w) target[w] |= source[w];
}

// Room for the event's rows, and what the thread carries along: dependencies that order everything
// behind a point.
void HardwareOrder::own(const Graph& g, Id id, bool orders) {
  const Event& e = g[id];
  const Id before = e.index == 0 ? kInitial : g.at(e.thread, e.index - 1);
  const Id fence_before = before == kInitial ? g.start_of(e.thread) : own_[before].fence;
  if (id < own_.size()) {  // again, with another source
    own_[id].fence = fence_before;
    std::fill_n(row(id, base), std::size_t{rows_of_an_event} * own_[id].width, 0);
    if (orders) std::fill_n(fence_row(id, 0), fence_words(id), 0);
    std::fill_n(place_row(id, ii), std::size_t{rows_of_places} * own_[id].end, 0);
  } else {
    Own& mine = own_.emplace_back();
    mine.fence = fence_before;
    const bool all_reads = full(e) || e.barrier == Barrier::light;
    mine.since = all_reads ? e.index : before == kInitial ? 0 : own_[before].since;
    mine.end = (e.index - mine.since) / 64 + 1;
    mine.alike = full(e);
    mine.places = place_bits_.size();
    place_bits_.resize(place_bits_.size() + std::size_t{rows_of_places} * mine.end, 0);
    place_rows(mine, orders);
  }
  if (before != kInitial && own_[before].since == own_[id].since) {
    join_places(id, ctrl_fence, before, ctrl_fence);
    join_places(id, address_po, before, address_po);
    depends(id, g[before], g[before].address, address_po);
  }
  if (e.barrier == Barrier::instruction) depends(id, e, e.control, ctrl_fence);
}

// The reads that the event `on` depends on, by their places in the thread.
void HardwareOrder::depends(Id id, const Event& on, Word mask, Place into) {
  for (Word rest = mask; rest != 0; rest &= rest - 1) {
    put_place(id, into, on.index - 1 - static_cast<Id>(std::countr_zero(rest)));
  }
}

// ppo's auxiliary relations: their base cases.
void HardwareOrder::preserved(const Graph& g, Id id) {
  const Event& e = g[id];
  depends(id, e, e.address | e.data, ii);
  depends(id, e, e.address | e.data | e.control, cc);
  join_places(id, cc, id, address_po);
  join_places(id, ci, id, ctrl_fence);
  const bool read = e.kind == EventKind::read;
  const bool foreign = read && e.source < kPending && g[e.source].thread != e.thread;
  if (read && e.source < kPending && !foreign) put_place(id, ii, g[e.source].index);  // rfi
  const std::uint32_t rank = read ? g.rank(e.source) : 0;
  bool po_loc = g.model() == GraphModel::power;  // the nearest: cc has those before it
  for (std::uint32_t i = e.index; i-- > own_[id].since && (foreign || po_loc);) {
    const Event& a = g[g.at(e.thread, i)];
    if (!is_access(a) || a.location != e.location) continue;
    if (po_loc) put_place(id, cc, i);
    po_loc = false;
    if (!foreign) continue;
    if (a.kind == EventKind::write && a.rank < rank) put_place(id, ci, i);           // detour
    if (a.kind == EventKind::read && g.rank(a.source) < rank) put_place(id, ii, i);  // rdw
  }
}

// The least fixed point of
//   ci = ci0 | ci;ii | cc;ci         ii = ii0 | ci | ic;ci | ii;ii
//   cc = cc0 | ci | ci;ic | cc;cc    ic = ii | cc | ic;cc | ii;ic
// in what it puts before the event. The events in between have theirs, which are closed, so each
// path ends with one step of ci0, ii0 or cc0 from such an event.
void HardwareOrder::close_preserved(const Graph& g, Id id) {
  const Event& e = g[id];
  Word* const to_ii = place_row(id, ii);
  Word* const to_ic = place_row(id, ic);
  Word* const to_ci = place_row(id, ci);
  Word* const to_cc = place_row(id, cc);
  const std::size_t words = own_[id].end;
  if (seen_.size() < words) seen_.resize(words);
  for (std::size_t w = 0; w < words; ++w) seen_[w] = to_ii[w] | to_ci[w] | to_cc[w];
  each(seen_.data(), 0, words, [&](Id b) {
    const Id between = g.at(e.thread, own_[id].since + b);
    const bool in_ci = has(to_ci, b);
    join_places(id, cc, between, ci);
    join_places(id, ic, between, ii);
    if (in_ci || has(to_cc, b)) {
      join_places(id, cc, between, cc);
      join_places(id, ic, between, ic);
    }
    if (in_ci || has(to_ii, b)) {
      join_places(id, ci, between, ci);
      join_places(id, ii, between, ii);
    }
    if (in_ci) {
      join_places(id, ci, between, cc);
      join_places(id, ii, between, ic);
    }
  });
  for (std::size_t w = 0; w < words; ++w) {
    to_ii[w] |= to_ci[w];
    to_cc[w] |= to_ci[w];
    to_ic[w] |= to_ii[w] | to_cc[w];
  }
}

// The access is before what stands behind the fence `to`, in the rows that begin at `first`.
void HardwareOrder::contribute(const Graph& g, Id id, Id to, std::uint32_t first,
                               bool strong_fence) {
  Word* const to_base = fence_row(to, first);
  Word* const to_chain = fence_row(to, first + 1);
  Word* const to_strong = fence_row(to, first + 2);
  const Event& e = g[id];
  put(to_base, id);
  put(to_chain, id);
  join(to_chain, row(id, chain), id);
  if (e.kind == EventKind::read && e.source < kPending && g[e.source].thread != e.thread) {
    put(to_base, e.source);  // rfe; fence
    put(to_chain, e.source);
    join(to_chain, row(e.source, chain), e.source);
  }
  join(to_base, row(id, base), id);  // the access is before what follows in hb
  join(to_strong, row(id, strong), id);
  if (strong_fence) {
    put(to_strong, id);
    join(to_strong, row(id, chain), id);
  }
  join(fence_row(to, first + writes), row(id, writes), id);
}

// All that the fence `from` puts before what follows it, the fence `to` does too. What a weaker one
// puts only before writes, a full one, which looks back to the last full one, has anyway.
void HardwareOrder::pass_on(Id from, Id to) {
  join_all(fence_row(to, read_base), to, fence_row(from, read_base), from);
  if (own_[to].alike) return;
  join_all(fence_row(to, write_base), to, fence_row(from, write_base), from);
}

void HardwareOrder::fence(const Graph& g, Id id) {
  const Event& e = g[id];
  const bool is_full = full(e);
  const bool light = e.barrier == Barrier::light;
  const bool strong_fence = is_full || e.barrier == Barrier::store;
  if (own_[id].fence != kInitial) pass_on(own_[id].fence, id);
  const auto thread_before = [&](std::uint32_t thread, std::uint32_t end) {
    while (end-- > 0) {
      const Id before = g.at(thread, end);
      const Event& a = g[before];
      if (is_access(a) && !a.queue) {
        const bool read = a.kind == EventKind::read;
        if (is_full || (light && read)) contribute(g, before, id, read_base, strong_fence);
        const bool apart = !own_[id].alike && (is_full || light || !read);
        if (apart) contribute(g, before, id, write_base, strong_fence);
      }
      // what is before it was passed on
      if (full(a) || (light && a.barrier == Barrier::light)) break;
    }
  };
  thread_before(e.thread, e.index);
  if (e.kind == EventKind::join) {
    const auto child = static_cast<std::uint32_t>(e.operand);
    const Id last = g.last(child);
    if (last != kInitial && own_[last].fence != kInitial) pass_on(own_[last].fence, id);
    thread_before(child, g.length(child));
  }
  if (e.kind == EventKind::resume && e.source < kPending) pass_on(e.source, id);
  own_[id].fence = id;
}

void HardwareOrder::access(const Graph& g, Id id) {
  const Event& e = g[id];
  preserved(g, id);
  close_preserved(g, id);
  const bool write = e.kind == EventKind::write;
  if (const Id f = own_[id].fence; f != kInitial) {
    const std::uint32_t first = write ? write_base : read_base;
    join_all(row(id, base), id, fence_row(f, first), f);
  }
  const auto happens_before = [&](Id p) { join_all(row(id, base), id, row(p, base), p); };
  each(place_row(id, write ? ic : ii), 0, own_[id].end, [&](Id place) {
    const Id p = g.at(e.thread, own_[id].since + place);
    if (g[p].kind == EventKind::read) happens_before(p);
  });
  if (!write && e.source < kPending && g[e.source].thread != e.thread) happens_before(e.source);
  if (!write) return;
  Word* const to_writes = row(id, writes);
  const Word* const from_base = row(id, base);
  for (std::size_t w = 0; w < own_[id].width; ++w) to_writes[w] |= from_base[w] & stores_[w];
}

// -- may it be there? --

// fre; prop; hb* from the read to itself?
bool HardwareOrder::observed(const Graph& g, Id id) const {
  const Event& e = g[id];
  const std::uint32_t rank = g.rank(e.source);
  bool found = false;
  each_in(id, strong, [&](Id x) {
    found = found || (is_access(g[x]) && g[x].location == e.location &&
                      place(g, g[x]) > 2 * rank + 1);
  });
  each_in(id, writes, [&](Id x) {
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
      each_in(r, strong, [&](Id x) {
        found = found || (is_access(g[x]) && g[x].location == e.location &&
                          place(g, g[x]) > 2 * e.rank);
      });
      if (found) return true;
    }
    if (w == kInitial) return false;
  }
}

void HardwareOrder::visit(Id id) {
  if (id < bound_ || has(seen_.data(), id)) return;
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
    if (w == kInitial || w < bound_) return;  // nor is anything older of use
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
  Id first = kInitial;
  const auto put_after = [&](Id x) {
    put(after_.data(), x);
    first = std::min(first, x);
  };
  const auto put_readers = [&](Id w) {
    for (Id r = g.readers(e.location, w); r != kInitial; r = g[r].next_reader) put_after(r);
  };
  if (e.kind == EventKind::write) put_readers(id);
  for (Id w = g.newer(e.location, e.kind == EventKind::write ? id : e.source); w != kInitial;
       w = g[w].co_next) {
    put_after(w);
    put_readers(w);
  }
  if (first == kInitial) return false;
  bound_ = g.reached_from(first);
  const std::size_t from = bound_ / 64;
  visit(id);
  while (!work_.empty()) {
    const Id y = work_.back();
    work_.pop_back();
    const Event& at = g[y];
    const bool write = at.kind == EventKind::write;
    if (write && e.kind == EventKind::write && has(after_.data(), y)) return true;
    const std::size_t width = own_[y].width;
    const Word* const strongly = row(y, strong);
    for (std::size_t w = from; w < width; ++w) {
      if ((strongly[w] & after_[w]) != 0) return true;
    }
    if (write && at.co_prev != kInitial) visit(at.co_prev);
    if (write) {
      each(row(y, base), from, width, [&](Id x) {
        if (has(stores_.data(), x)) visit(x);
      });
    }
    each(strongly, from, width, [&](Id x) {
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
  bound_ = 0;
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
  if (last == kInitial || own_[last].fence == kInitial) return false;
  const Id f = own_[last].fence;
  if (id / 64 >= own_[f].width) return false;
  const std::uint32_t first = write ? write_base : read_base;
  if (has(fence_row(f, first + strong), id)) return true;
  return g[id].kind == EventKind::write && has(fence_row(f, first + (write ? base : writes)), id);
}

}  // namespace tenterhook::checker
