// The run queues as one who calls them one at a time sees them: what proc.go of Go 1.6 promises of
// runqput, runqget, runqsteal, globrunqput and globrunqget, without its atomics. Goroutines are
// numbers from 1. Values: comparable, ordered, copied freely; no thread safety.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tenterhook::properties::spec {

using list = std::vector<std::int64_t>;

inline constexpr std::int64_t nobody = 0;

// Takes n from the front. REQUIRES: n <= from.size().
inline list take_front(list& from, std::size_t n) {
  const auto end = from.begin() + static_cast<std::ptrdiff_t>(n);
  list result(from.begin(), end);
  from.erase(from.begin(), end);
  return result;
}

inline void append(list& to, const list& more) { to.insert(to.end(), more.begin(), more.end()); }

// The global run queue: globrunqget's share of it.
inline list take_share(list& global, std::size_t procs, std::size_t capacity, std::int64_t max) {
  std::size_t n = std::min(global.size() / procs + 1, global.size());
  if (max > 0) n = std::min(n, static_cast<std::size_t>(max));
  return take_front(global, std::min(n, capacity / 2));
}

struct local_queue {
  std::size_t capacity = 0;
  bool has_runnext = true;  // 1.6; false: November 2014

  list ring;
  std::int64_t runnext = nobody;

  friend auto operator<=>(const local_queue&, const local_queue&) = default;

  bool empty() const { return ring.empty() && runnext == nobody; }

  // A full ring sends half of itself and the newcomer to the global queue.
  void put(std::int64_t number, list& global) {
    if (ring.size() < capacity) {
      ring.push_back(number);
      return;
    }
    append(global, take_front(ring, capacity / 2));
    global.push_back(number);
  }

  // The first half of a put into runnext; who is kicked out of it is to be put next, if anybody.
  std::int64_t replace_runnext(std::int64_t number) {
    return has_runnext ? std::exchange(runnext, number) : number;
  }

  // {nobody, 0}, or a goroutine and whether it inherits the time slice.
  list get() {
    if (runnext != nobody) return {std::exchange(runnext, nobody), 1};
    if (ring.empty()) return {nobody, 0};
    return {take_front(ring, 1).front(), 0};
  }

  // What a thief takes of the ring: the older half, rounded up.
  list grab() { return take_front(ring, ring.size() - ring.size() / 2); }
};

}  // namespace tenterhook::properties::spec
