#include "checker/explore/surw.hpp"

#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {
namespace {

std::uint64_t at(const std::vector<std::uint64_t>& counts, std::uint32_t slot) {
  return slot < counts.size() ? counts[slot] : 0;
}

}  // namespace

bool SurwStrategy::begin() {
  rng_.reseed(mix(seed_, run_));
  interesting_ = kNone;
  drawn_ = kNone;
  std::vector<std::uint32_t> shared;
  for (std::uint32_t i = 0; i < locations_.size(); ++i) {
    const Counts& before = locations_[i].before;
    const auto threads = std::count_if(before.begin(), before.end(), [](auto n) { return n != 0; });
    if (locations_[i].written && threads > 1) shared.push_back(i);
  }
  if (!shared.empty()) {
    interesting_ = shared[rng_.below(static_cast<std::uint32_t>(shared.size()))];
  }
  return true;
}

SurwStrategy::Access SurwStrategy::access_of(const Execution& execution, Actor actor) {
  const Thread& t = execution.thread(actor.thread);
  const Cell* cell = nullptr;
  bool writes = false;
  if (actor.kind == ActorKind::flush) {
    cell = t.buffer[t.flushed].cell;
    writes = true;
  } else if (actor.kind == ActorKind::run) {
    switch (t.pending.kind) {
      case OpKind::store:
      case OpKind::rmw:
      case OpKind::cas:
      case OpKind::cas_weak:
        writes = true;
        [[fallthrough]];
      case OpKind::load:
      case OpKind::futex_wait:
        if (!execution.invisible(actor)) cell = t.pending.cell;
        break;
      default:
        break;
    }
  }
  if (cell == nullptr || cell->tag != Cell::kAlive) return {};
  for (std::uint32_t i = 0; i < locations_.size(); ++i) {
    if (locations_[i].index == cell->index && locations_[i].name == cell->name) return {i, writes};
  }
  locations_.push_back({cell->name, cell->index, false, {}, {}});
  return {static_cast<std::uint32_t>(locations_.size() - 1), writes};
}

// Interesting events of the thread and all its descendants in the executions so far.
std::uint64_t SurwStrategy::expected(const Execution& execution, std::uint32_t slot) const {
  std::uint64_t sum = at(locations_[interesting_].before, slot);
  for (const std::uint32_t child : execution.thread(slot).children) {
    sum += expected(execution, child);
  }
  return sum;
}

// What the thread, and those that it has not started yet, have left: `run_` times the mean.
std::uint64_t SurwStrategy::left(const Execution& execution, std::uint32_t slot) const {
  const Location& l = locations_[interesting_];
  const std::uint64_t all = at(l.before, slot);
  const std::uint64_t done = at(l.now, slot) * run_;
  std::uint64_t sum = all > done ? all - done : 0;
  const Thread& t = execution.thread(slot);
  for (std::size_t i = t.started; i < t.children.size(); ++i) {
    sum += expected(execution, t.children[i]);
  }
  return sum;
}

// Whose interesting event comes next: that of a thread that can act now, by what it has left. One
// that had all it was expected to have may still surprise: it counts as having one left. If it has
// none, the others come to wait for it and one of them is drawn, as likely as if it had not been.
void SurwStrategy::draw(const Execution& execution, std::span<const Actor> enabled) {
  weights_.assign(enabled.size(), 0);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    if (i > 0 && enabled[i].thread == enabled[i - 1].thread) continue;  // counted already
    weights_[i] = std::max(left(execution, enabled[i].thread), run_);
    sum += weights_[i];
  }
  std::uint64_t point = rng_.next() % sum;
  std::size_t drawn = 0;
  for (; point >= weights_[drawn]; ++drawn) point -= weights_[drawn];
  drawn_ = enabled[drawn].thread;
  started_ = execution.thread(drawn_).started;
}

// The drawn thread may have been drawn for the sake of one that it has started since.
void SurwStrategy::hand_down(const Execution& execution) {
  const Thread& t = execution.thread(drawn_);
  if (started_ == t.started) return;
  std::uint64_t sum = left(execution, drawn_);
  for (std::uint32_t i = started_; i < t.started; ++i) sum += left(execution, t.children[i]);
  const std::uint32_t first = started_;
  started_ = t.started;
  if (sum == 0) return;
  std::uint64_t point = rng_.next() % sum;
  for (std::uint32_t i = first; i < t.started; ++i) {
    const std::uint64_t weight = left(execution, t.children[i]);
    if (point < weight) {
      drawn_ = t.children[i];
      started_ = 0;
      return hand_down(execution);
    }
    point -= weight;
  }
}

void SurwStrategy::executes(Actor actor, Access access) {
  if (access.location == kNone) return;
  Location& l = locations_[access.location];
  l.written = l.written || access.writes;
  if (actor.thread >= l.now.size()) l.now.resize(actor.thread + 1U, 0);
  l.now[actor.thread]++;
  if (access.location == interesting_) drawn_ = kNone;
}

Actor SurwStrategy::pick(Execution& execution, std::span<const Actor> enabled) {
  accesses_.clear();
  for (const Actor actor : enabled) accesses_.push_back(access_of(execution, actor));
  if (drawn_ != kNone) hand_down(execution);
  if (interesting_ != kNone && drawn_ == kNone) draw(execution, enabled);
  const auto count = [&] {
    std::uint32_t n = 0;
    for (std::size_t i = 0; i < enabled.size(); ++i) n += held_back(i, enabled[i]) ? 0 : 1;
    return n;
  };
  std::uint32_t free = count();
  if (free == 0) {  // the drawn thread cannot act: one of those that wait for it
    draw(execution, enabled);
    free = count();
  }
  std::uint32_t nth = rng_.below(free);
  for (std::size_t i = 0;; ++i) {
    if (held_back(i, enabled[i])) continue;
    if (nth-- != 0) continue;
    executes(enabled[i], accesses_[i]);
    return enabled[i];
  }
}

std::uint32_t SurwStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  return rng_.below(n);
}

void SurwStrategy::end(Outcome, std::uint64_t) {
  ++run_;
  for (Location& l : locations_) {
    if (l.before.size() < l.now.size()) l.before.resize(l.now.size(), 0);
    for (std::size_t i = 0; i < l.now.size(); ++i) l.before[i] += l.now[i];
    l.now.clear();
  }
}

}  // namespace tenterhook::checker
