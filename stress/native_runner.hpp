// Runs a scenario again and again on real threads. The checker proves small cases; this finds what
// only happens with real caches, real futexes and a real scheduler in between, and it keeps the
// native platform honest.
//
// Each scenario runs in a process of its own, so a broken promise, a crash or a hang costs that
// scenario only. A run hangs when none has ended for a while: the parent watches a shared counter.
//
// Thread safety: none; call from a process with one thread, as it forks.
#pragma once

#include <cstdint>
#include <string>

#include "checker/program.hpp"

namespace tenterhook::stress {

struct limits {
  std::uint64_t runs = 1000;  // most runs; 0: no limit
  double seconds = 5;         // most time for all of them
  double hang = 30;           // a run that takes longer hangs
};

enum class outcome : std::uint8_t {
  passed,
  failed,       // a broken promise, a crash, a sanitizer's report
  hung,         // no run ended for limits::hang seconds
  nothing_ran,  // the assumptions failed in every run
  interrupted,  // by stop
};

struct report {
  outcome result = outcome::nothing_ran;
  std::uint64_t runs = 0;     // that ran to their end
  std::uint64_t blocked = 0;  // ended by a false assumption
  double seconds = 0;
  std::string message;  // what the process said on standard error, and how it ended
};

// REQUIRES: at least one of the limits on runs and time is set. Looks at *stop now and then.
report run_native(const checker::program& what, const checker::parameters& values,
                  const limits& limits, const volatile int* stop);

}  // namespace tenterhook::stress
