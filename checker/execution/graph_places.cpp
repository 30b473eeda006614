// Locations of an execution graph: numbers for cells, futexes' queues and ghosts, by their
// addresses, which are the same in every execution.
#include <algorithm>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {
namespace {
const void* const kAllGhosts = reinterpret_cast<const void*>(1);  // no cell is there
}  // namespace

std::uint32_t GraphMachine::place(const void* address) {
  const auto buried = std::count(graves_.begin(), graves_.end(), address);
  return place(address, static_cast<std::uint32_t>(buried) + x_.stacks_.earlier_lives(address));
}

std::uint32_t GraphMachine::place(const void* address, std::uint32_t generation) {
  const auto hash = [&](std::uint64_t key) { return mix(key, generation) & (table_.size() - 1); };
  const auto key = reinterpret_cast<std::uintptr_t>(address);
  if (places_.size() * 2 >= table_.size()) {
    table_.assign(std::max<std::size_t>(256, table_.size() * 2), 0);
    for (std::uint32_t i = 0; i < places_.size(); ++i) {
      const auto k = reinterpret_cast<std::uintptr_t>(places_[i].address);
      std::size_t at = mix(k, places_[i].generation) & (table_.size() - 1);
      while (table_[at] != 0) at = (at + 1) & (table_.size() - 1);
      table_[at] = i + 1;
    }
  }
  std::size_t at = hash(key);
  for (; table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
    const Place& known = places_[table_[at] - 1];
    if (known.address == address && known.generation == generation) return table_[at] - 1;
  }
  places_.push_back({.address = address, .generation = generation});
  table_[at] = static_cast<std::uint32_t>(places_.size());
  return table_[at] - 1;
}

std::uint32_t GraphMachine::location(Cell& cell) {
  if (cell.location == 0) {
    const std::uint32_t l = place(&cell);
    cell.location = l + 1;
    graph_->set_initial(l, cell.bits);
    if (names_) name_place(places_[l], cell, false);
  }
  return cell.location - 1;
}

// A futex's queue stands beside its word.
std::uint32_t GraphMachine::queue_location(Cell& word) {
  if (!Execution::alive(word)) return queue_of_the_gone(&word);
  location(word);
  if (word.queue == 0) {
    const std::uint32_t l = place(reinterpret_cast<const char*>(&word) + 1);
    word.queue = l + 1;
    graph_->set_initial(l, 0);
    if (names_) name_place(places_[l], word, true);
  }
  return word.queue - 1;
}

// A wake may come when its word is gone: the queue of that word's newest life, whatever is left of
// the word.
std::uint32_t GraphMachine::queue_of_the_gone(const void* word) {
  const void* at = static_cast<const char*>(word) + 1;
  const auto lives = std::count(graves_.begin(), graves_.end(), at);
  const std::uint32_t life = static_cast<std::uint32_t>(lives == 0 ? 0 : lives - 1);
  const std::uint32_t l = place(at, life + x_.stacks_.earlier_lives(at));
  graph_->set_initial(l, 0);
  if (names_ && places_[l].name.empty()) places_[l].name = "queue of a cell that is gone";
  return l;
}

// All ghosts are one location while an invariant watches: it sees their joint value.
std::uint32_t GraphMachine::ghost_location(Cell& cell) {
  ghosts_ = true;
  if (!watched_) return location(cell);
  location(cell);
  const std::uint32_t l = place(kAllGhosts);
  graph_->set_initial(l, 0);
  return l;
}

void GraphMachine::bury(const Cell& cell) {
  if (cell.location != 0) graves_.push_back(&cell);
  if (cell.queue != 0) graves_.push_back(reinterpret_cast<const char*>(&cell) + 1);
}

}  // namespace tenterhook::checker
