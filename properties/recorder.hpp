// Records the history of a scenario's calls. A thread announces each return by a release store to
// a cell of its own, and before each call looks at the others' cells by acquire loads: see
// properties/history.hpp for what this orders and what it does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "platform/atomic.hpp"
#include "platform/check.hpp"
#include "properties/cells.hpp"
#include "properties/history.hpp"
#include "properties/scenario.hpp"
#include "properties/small_program.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

using tenterhook::properties::call;
using tenterhook::properties::history;
using tenterhook::properties::small_program;

class recorder {
 public:
  explicit recorder(std::size_t threads)
      : calls_(threads), returned_("returned", static_cast<std::int64_t>(threads), 0U) {}

  // One call of thread `thread`, made by `run`, which returns the result.
  // REQUIRES: called by that thread.
  template <class Run>
  void made(std::size_t thread, int op, std::vector<std::int64_t> given, Run run) {
    call c{op, std::move(given), {}, std::vector<unsigned>(calls_.size(), 0)};
    for (std::size_t other = 0; other < calls_.size(); other++) {
      if (other == thread) continue;
      // acquire: what that thread did before its calls returned
      c.after[other] = returned_[static_cast<std::int64_t>(other)].load(std::memory_order_acquire);
    }
    c.result = run();
    calls_[thread].push_back(std::move(c));
    // release: all that this thread did
    returned_[static_cast<std::int64_t>(thread)].store(static_cast<unsigned>(calls_[thread].size()),
                                                       std::memory_order_release);
  }

  // REQUIRES: the threads are joined.
  const history& calls() const { return calls_; }

 private:
  history calls_;  // a thread's row is its own until the join
  cells<platform::atomic<unsigned>> returned_;
};

inline constexpr std::size_t most_program_threads = 4;

// The parameter `program`, less what is none: an execution of it does not count.
inline small_program program_of(const run& t, int most_first, int most_others) {
  small_program threads = tenterhook::properties::decode_program(t["program"]);
  platform::assume(threads.size() <= most_program_threads);
  for (std::size_t i = 0; i < threads.size(); i++) {
    for (const int op : threads[i]) platform::assume(op <= (i == 0 ? most_first : most_others));
  }
  return threads;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
