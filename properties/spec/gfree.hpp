// The free lists of dead goroutines as one who calls them one at a time sees them: gfput, gfget and
// gfpurge of Go 1.6. Lists are last in, first out; the last element is the first to leave.
#pragma once

#include <cstddef>
#include <vector>

#include "properties/spec/queues.hpp"

namespace tenterhook::properties::spec {

struct gfree {
  std::size_t high = 0;     // a local list that has become so long
  std::size_t low = 0;      // is cut to low - 1; an empty one fetches up to low
  std::vector<list> local;  // by P
  list shared;

  void put(std::size_t p, std::int64_t number) {
    local[p].push_back(number);
    if (local[p].size() < high) return;
    while (local[p].size() >= low) move(local[p], shared);
  }

  // nobody: there is none.
  std::int64_t get(std::size_t p) {
    list& mine = local[p];
    if (mine.empty()) {
      while (mine.size() < low && !shared.empty()) move(shared, mine);
    }
    if (mine.empty()) return nobody;
    const std::int64_t number = mine.back();
    mine.pop_back();
    return number;
  }

  void purge(std::size_t p) {
    while (!local[p].empty()) move(local[p], shared);
  }

 private:
  static void move(list& from, list& to) {
    to.push_back(from.back());
    from.pop_back();
  }
};

}  // namespace tenterhook::properties::spec
