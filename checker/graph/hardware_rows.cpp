// The rows of HardwareOrder as memory: room, and all of them at once.
#include <algorithm>

#include "checker/graph/bytes.hpp"
#include "checker/graph/graph.hpp"
#include "checker/graph/hardware.hpp"

namespace tenterhook::checker {

void HardwareOrder::join_all(Word* into, Id to, const Word* rows, Id from) const {
  const std::size_t width = own_[from].width;
  const std::size_t apart = own_[to].width;
  if (width == apart) {
    unite(into, rows, rows_of_an_event * width);
    return;
  }
  for (std::uint32_t r = 0; r < rows_of_an_event; ++r) {
    unite(into + r * apart, rows + r * width, width);
  }
}

void HardwareOrder::reset(bool grows) {
  grows_ = grows;
  words_ = grows ? 4 : 1;
  own_.clear();
  bits_.clear();
  fence_bits_.clear();
  place_bits_.clear();
  stores_.assign(words_, 0);
}

// Room for so many events in each row, or, where it grows, in those to come.
void HardwareOrder::widen(std::size_t events) {
  const std::size_t old = words_;
  while (words_ * 64 < events) words_ += grows_ ? 4 : words_;
  if (words_ == old) return;
  stores_.resize(words_, 0);
  if (grows_) return;
  for (std::vector<Word>* const rows : {&bits_, &fence_bits_}) {
    const std::size_t count = rows->size() / old;
    rows->resize(count * words_);
    for (std::size_t r = count; r-- > 0;) {
      std::copy_backward(&(*rows)[r * old], &(*rows)[r * old] + old, &(*rows)[r * words_] + old);
      std::fill_n(&(*rows)[r * words_ + old], words_ - old, 0);
    }
  }
  for (Own& own : own_) {
    own.width = static_cast<std::uint32_t>(words_);
    own.rows *= words_ / old;
    own.fence_rows *= words_ / old;
  }
}

// The rows of the newest event, empty.
void HardwareOrder::place_rows(Own& own, bool orders) {
  own.width = static_cast<std::uint32_t>(words_);
  own.rows = bits_.size();
  own.fence_rows = fence_bits_.size();
  bits_.resize(bits_.size() + rows_of_an_event * words_, 0);
  if (!orders) return;
  const std::uint32_t count = own.alike ? rows_of_an_event : rows_of_a_fence;
  fence_bits_.resize(fence_bits_.size() + count * words_, 0);
}

void HardwareOrder::truncate(std::size_t events) {
  if (events < own_.size()) {
    place_bits_.resize(own_[events].places);
    fence_bits_.resize(own_[events].fence_rows);
    bits_.resize(own_[events].rows);
    own_.resize(events);
  }
  for (std::size_t w = 0; w < stores_.size(); ++w) {
    if (w * 64 >= events) stores_[w] = 0;
    else if (w == events / 64) stores_[w] &= (Word{1} << (events % 64)) - 1;
  }
}

void HardwareOrder::keep(const HardwareOrder& from, const std::vector<Id>& names,
                         std::size_t events) {
  reset(false);
  words_ = from.words_;
  stores_.assign(words_, 0);
  own_.reserve(events);
  const auto rename = [&](Id old, const Word* row, Word* into) {
    each(row, 0, from.own_[old].width, [&](Id x) {
      if (names[x] != kInitial) put(into, names[x]);
    });
  };
  for (Id old = 0; old < names.size(); ++old) {
    const Id id = names[old];
    if (id == kInitial) continue;
    Own& mine = own_.emplace_back(from.own_[old]);
    const bool orders = mine.fence == old;
    if (mine.fence != kInitial) mine.fence = names[mine.fence];
    const Word* const places = &from.place_bits_[mine.places];
    mine.places = place_bits_.size();
    place_bits_.insert(place_bits_.end(), places, places + std::size_t{rows_of_places} * mine.end);
    place_rows(mine, orders);
    if (has(from.stores_.data(), old)) put(stores_.data(), id);
    for (std::uint32_t r = 0; r < rows_of_an_event; ++r) rename(old, from.row(old, r), row(id, r));
    for (std::uint32_t r = 0; orders && r < (mine.alike ? write_base : rows_of_a_fence); ++r) {
      rename(old, from.fence_row(old, r), fence_row(id, r));
    }
  }
}

void HardwareOrder::save(Bytes& out) const {
  out.put(std::uint64_t{words_});
  out.put(own_);
  out.put(bits_);
  out.put(fence_bits_);
  out.put(place_bits_);
  out.put(stores_);
}

void HardwareOrder::load(Bytes& in) {
  grows_ = false;
  words_ = in.next<std::uint64_t>();
  in.get(own_);
  in.get(bits_);
  in.get(fence_bits_);
  in.get(place_bits_);
  in.get(stores_);
}

}  // namespace tenterhook::checker
