#include "checker/explore/seen_states.hpp"

#include <algorithm>

namespace tenterhook::checker {
namespace {

constexpr std::uint64_t kLevel = 0xff;
constexpr std::size_t kFirst = std::size_t{1} << 16;  // entries

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
  if (table_.empty()) return kNever;
  const std::uint64_t level = table_[find(state)].high & kLevel;
  return level == 0 ? kNever : static_cast<unsigned>(level - 1);
}

// The table doubles when half of it is taken; one execution may take a fourth more.
void SeenStates::make_room() {
  if (size_ * 2 < table_.size() || table_.size() >= kRoom) return;
  std::vector<Entry> old(std::max(kFirst, table_.size() * 2));
  old.swap(table_);
  for (const Entry& e : old) {
    if ((e.high & kLevel) != 0) table_[find({e.low, e.high})] = e;
  }
}

void SeenStates::meet(GraphHash state, unsigned preemptions) {
  if (preemptions > kMost || table_.empty()) return;
  Entry& entry = table_[find(state)];
  if ((entry.high & kLevel) == 0) {
    if (size_ >= table_.size() / 4 * 3) return;
    ++size_;
  }
  entry = {state.low, (state.high & ~kLevel) | (preemptions + 1)};
}

}  // namespace tenterhook::checker
