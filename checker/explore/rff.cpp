#include "checker/explore/rff.hpp"

#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {
namespace {

constexpr std::uint64_t kUnguidedEach = 8;    // each so-many-th execution has no constraints
constexpr std::uint64_t kMostEnergy = 32;     // mutations of one schedule in a round
constexpr std::size_t kMostConstraints = 16;
constexpr std::size_t kMostCombinations = std::size_t{1} << 20;
// Steps that are guided, in terms of the mean length: delays must not make a spin loop endless.
constexpr std::uint64_t kGuidedLengths = 4;

}  // namespace

// -- abstract events and pairs --

RffStrategy::Id RffStrategy::id_of(const Op& op) {
  std::uint64_t key = mix(site_of(op), static_cast<std::uint64_t>(op.cell->index));
  for (const char* c = op.cell->name; *c != 0; ++c) key = key * 31 + static_cast<unsigned char>(*c);
  return ids_.try_emplace(key, static_cast<Id>(ids_.size() + 1)).first->second;
}

RffStrategy::Id RffStrategy::id_of(std::uint64_t writer) const {
  const auto found = writers_.find(writer);
  return found == writers_.end() ? kInitial : found->second;
}

void RffStrategy::wrote(std::uint64_t event, const Op& op) { writers_[event] = id_of(op); }

void RffStrategy::read(const Op& op, std::uint64_t writer) {
  const Id from = id_of(writer), reader = id_of(op);
  const std::uint64_t key = (std::uint64_t{from} << 32) | reader;
  const auto [at, fresh] =
      pair_numbers_.try_emplace(key, static_cast<std::uint32_t>(pairs_.size()));
  if (fresh) {
    pairs_.push_back({from, reader, 0});
    news_ = true;
  }
  Pair& pair = pairs_[at->second];
  if (pair.run == run_) return;
  pair.run = run_;
  combination_ += mix(key, 1);
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (wanted_[i].pair != at->second) continue;
    if (wanted_[i].positive) {
      fulfilled_[i] = true;
    } else {
      broken_ = true;
    }
  }
}

// -- the corpus --

// Mutations in the next round.
std::uint64_t RffStrategy::energy(Schedule& s) const {
  const auto found = met_.find(s.combination);
  const std::uint64_t times = found == met_.end() ? 0 : found->second;
  if (times * met_.size() > ended_) return 0;  // more often than the mean
  return std::min(std::uint64_t{1} << std::min(s.rounds++, 16U), kMostEnergy);
}

void RffStrategy::select() {
  for (std::size_t i = 0; energy_left_ == 0 && i < corpus_.size(); ++i) {
    parent_ = (parent_ + 1) % corpus_.size();
    energy_left_ = energy(corpus_[parent_]);
  }
  if (energy_left_ == 0) energy_left_ = 1;  // all are frequent
  --energy_left_;
  wanted_ = corpus_[parent_].constraints;
}

RffStrategy::Constraint RffStrategy::any_constraint() {
  const std::uint32_t pair = rng_.below(static_cast<std::uint32_t>(pairs_.size()));
  return {pair, rng_.below(2) == 0};
}

void RffStrategy::mutate() {
  if (pairs_.empty()) return;
  enum : std::uint32_t { insert, replace, remove, negate, kinds };
  std::uint32_t kind = wanted_.empty() ? insert : rng_.below(kinds);
  if (kind == insert && wanted_.size() >= kMostConstraints) kind = replace;
  if (kind == insert) {
    wanted_.push_back(any_constraint());
  } else {
    const auto at = wanted_.begin() + rng_.below(static_cast<std::uint32_t>(wanted_.size()));
    if (kind == replace) *at = any_constraint();
    if (kind == negate) at->positive = !at->positive;
    if (kind == remove) wanted_.erase(at);
  }
  std::sort(wanted_.begin(), wanted_.end());
  wanted_.erase(std::unique(wanted_.begin(), wanted_.end()), wanted_.end());
}

bool RffStrategy::begin() {
  rng_.reseed(mix(seed_, run_++));
  priorities_.clear();
  writers_.clear();
  wanted_.clear();
  combination_ = 0;
  picks_ = 0;
  news_ = broken_ = false;
  if (run_ % kUnguidedEach != 1) {
    select();
    mutate();
  }
  fulfilled_.assign(wanted_.size(), false);
  return true;
}

void RffStrategy::end(Outcome, std::uint64_t steps) {
  ++ended_;
  steps_ += steps;
  bool first = met_.size() < kMostCombinations;
  if (first) first = ++met_[combination_] == 1;
  bool done = !wanted_.empty() && !broken_;
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    if (wanted_[i].positive && !fulfilled_[i]) done = false;
  }
  if (news_ || (first && done)) corpus_.push_back({wanted_, combination_, 0});
}

// -- the scheduler --

RffStrategy::Pending RffStrategy::pending_of(const Execution& execution, Actor actor) {
  const Thread& t = execution.thread(actor.thread);
  Pending p;
  if (actor.kind == ActorKind::flush) {
    const BufferedStore& store = t.buffer[t.flushed];
    if (store.cell == nullptr) return p;
    p = {store.cell, kNone, id_of(store.event), id_of(store.cell->writer)};
    return p;
  }
  const Op& op = t.pending;
  if (actor.kind != ActorKind::run || op.cell == nullptr || op.cell->tag != Cell::kAlive) return p;
  const bool writes = op.kind == OpKind::store || op.kind == OpKind::rmw ||
                      ((op.kind == OpKind::cas || op.kind == OpKind::cas_weak) &&
                       op.cell->bits == op.expected);
  const bool reads = op.kind == OpKind::load || op.kind == OpKind::rmw ||
                     op.kind == OpKind::cas || op.kind == OpKind::cas_weak;
  if ((!writes && !reads) || execution.invisible(actor)) return p;
  std::uint64_t newest = op.cell->writer;
  for (std::size_t i = t.flushed; i < t.buffer.size(); ++i) {
    if (t.buffer[i].cell == op.cell) newest = t.buffer[i].event;  // its own, not flushed yet
  }
  const Id id = id_of(op);
  return {op.cell, reads ? id : kNone, writes ? id : kNone, id_of(newest)};
}

// Is anybody about to do that read of the cell?
bool RffStrategy::awaited(const Cell* cell, Id reader) const {
  return std::any_of(pending_.begin(), pending_.end(),
                     [&](const Pending& p) { return p.cell == cell && p.reads == reader; });
}

// 1: the constraint needs the step, -1: the step would break it, 0: neither.
int RffStrategy::wish(const Pending& p, const Constraint& c) const {
  const Pair& pair = pairs_[c.pair];
  if (p.reads == pair.reader) {
    if (p.sees == pair.writer) return c.positive ? 1 : -1;
    return c.positive ? -1 : 0;
  }
  if (p.writes == kNone) return 0;
  if (p.writes == pair.writer) {
    if (!c.positive) return -1;
    return awaited(p.cell, pair.reader) ? 1 : 0;
  }
  if (p.sees != pair.writer) return 0;
  if (c.positive) return -1;  // it would hide the write before it is read
  return awaited(p.cell, pair.reader) ? 1 : 0;
}

// 1: wanted and by nobody unwanted, -1: the contrary, 0: neither or both.
int RffStrategy::wish(const Pending& p) const {
  bool wanted = false, unwanted = false;
  for (std::size_t i = 0; p.cell != nullptr && i < wanted_.size(); ++i) {
    if (fulfilled_[i]) continue;
    const int w = wish(p, wanted_[i]);
    wanted = wanted || w > 0;
    unwanted = unwanted || w < 0;
  }
  return (wanted ? 1 : 0) - (unwanted ? 1 : 0);
}

Actor RffStrategy::pick(Execution& execution, std::span<const Actor> enabled) {
  const bool guided = !wanted_.empty() && ++picks_ * ended_ <= kGuidedLengths * steps_;
  pending_.clear();
  if (guided) {
    for (const Actor actor : enabled) pending_.push_back(pending_of(execution, actor));
  }
  Actor best = enabled[0];
  int best_wish = -2;
  std::uint64_t most = 0;
  for (std::size_t i = 0; i < enabled.size(); ++i) {
    const int w = guided ? wish(pending_[i]) : 0;
    const std::uint64_t p = priorities_.of(enabled[i], rng_);
    if (w < best_wish || (w == best_wish && p < most)) continue;
    best = enabled[i];
    best_wish = w;
    most = p;
  }
  priorities_.executed(execution, enabled, best);
  return best;
}

std::uint32_t RffStrategy::choose(Execution&, std::uint32_t n, ChoiceKind) {
  return rng_.below(n);
}

}  // namespace tenterhook::checker
