// What the scenarios of the run queues share: a runtime with its goroutines, and what is left in
// its queues at the end.
#pragma once

#include <cstdint>

#include "properties/goroutines.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/sync/lock.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

// Used by the main thread; the others use what rt, all and p() give them.
class queues {
 public:
  queues(std::int64_t procs, std::int64_t goroutines,
         runtime::runq_form form = runtime::runq_form::go16, std::int64_t start_index = 0)
      : all(goroutines),
        rt(*platform::create<runtime::runtime>(static_cast<std::int32_t>(procs), form,
                                               static_cast<std::uint32_t>(start_index))) {}
  queues(const queues&) = delete;
  queues& operator=(const queues&) = delete;
  ~queues() { platform::destroy(&rt); }

  std::int64_t procs() const { return static_cast<std::int64_t>(rt.allp.size()); }
  runtime::p* p(std::int64_t i) const { return rt.allp.at(static_cast<std::size_t>(i)); }

  // Puts goroutines first..last at the tail of P 0.
  void fill(std::int64_t first, std::int64_t last) const {
    for (std::int64_t k = first; k <= last; k++) runtime::runqput(p(0), all[k], false);
  }

  // Takes what is left in P i's queue, in order.
  taken rest(std::int64_t i) const {
    taken result;
    while (result.add(runtime::runqget(p(i)).gp)) {
    }
    return result;
  }

  // Takes what is left in the global queue, in order.
  taken global_rest() const {
    taken result;
    runtime::lock(rt.sched.lock);
    while (result.add(runtime::globrunqget(rt, p(0), 1))) {
    }
    runtime::unlock(rt.sched.lock);
    return result;
  }

  // Takes what is left anywhere.
  taken everything_left() const {
    taken result;
    for (std::int64_t i = 0; i < procs(); i++) result.append(rest(i));
    result.append(global_rest());
    return result;
  }

  const goroutines all;
  runtime::runtime& rt;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
