#include "checker/explore/seen_states.hpp"

#include <algorithm>

namespace tenterhook::checker {
namespace {

constexpr std::uint64_t kLevel = 0xff;

}  // namespace

std::size_t SeenStates::find(GraphHash state) const {
  std::size_t at = state.low & (table_.size() - 1);
  while ((table_[at].high & kLevel) != 0 &&
         (table_[at].low != state.low || ((table_[at].high ^ state.high) & ~kLevel) != 0)) {
    at = (at + 1) & (table_.size() - 1);
  }
  return at;
}

unsigned SeenStates::fewest(GraphHash state) const {
  if (table_.empty()) return kMost;
  const std::uint64_t level = table_[find(state)].high & kLevel;
  return level == 0 ? kMost : static_cast<unsigned>(level - 1);
}

void SeenStates::meet(GraphHash state, unsigned preemptions) {
  if (preemptions >= kMost) return;
  if (size_ * 2 >= table_.size() && size_ < kRoom) {
    std::vector<Entry> old(std::max<std::size_t>(1'024, table_.size() * 2));
    old.swap(table_);
    for (const Entry& e : old) {
      if ((e.high & kLevel) != 0) table_[find({e.low, e.high})] = e;
    }
  }
  Entry& entry = table_[find(state)];
  if ((entry.high & kLevel) == 0) {
    if (size_ >= kRoom) return;
    ++size_;
  }
  entry = {state.low, (state.high & ~kLevel) | (preemptions + 1)};
}

}  // namespace tenterhook::checker
