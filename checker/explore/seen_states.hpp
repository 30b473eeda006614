// The states that a bounded search has been in, each with the fewest preemptions it was met after.
// Two executions are in one state if their graphs so far are equal, and what the checker keeps of
// their threads: then whatever follows one follows the other.
//
// Source: Musuvathi, Qadeer, "Partial-order reduction for context-bounded state exploration",
// Microsoft Research, MSR-TR-2007-12: the happens-before graph stands for the state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "checker/execution/options.hpp"

namespace tenterhook::checker {

class SeenStates {
 public:
  static constexpr unsigned kNever = std::numeric_limits<unsigned>::max();
  static constexpr unsigned kMost = 254;                      // preemptions; beyond, none is kept
  static constexpr std::size_t kRoom = std::size_t{1} << 25;  // entries of 16 bytes: half a GiB

  // Before an execution, not within. Throws std::bad_alloc.
  void make_room();
  // The fewest preemptions after which the state was met, or kNever.
  unsigned fewest(GraphHash state) const;
  // It is met after so many, fewer than before. Where there is no room it is not kept, which costs
  // time alone.
  void meet(GraphHash state, unsigned preemptions);

 private:
  struct Entry {
    std::uint64_t low = 0, high = 0;  // the low byte of `high` is 1 + preemptions; 0: free
  };
  std::size_t find(GraphHash state) const;  // its place in table_, or a free one

  std::vector<Entry> table_;  // open addressing; a power of two
  std::size_t size_ = 0;
};

}  // namespace tenterhook::checker
