// The way from the explorer to the instantiations of Relacy (simulate_*.cpp, one a scheduler).
#pragma once

#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::engine {

// Runs executions of current.program on a pool of `threads`, until a bound of the session or a
// failure ends them. The failing one's state, as Relacy understands it, goes to `state`.
// REQUIRES: min_threads <= threads <= max_threads.
void run_random(unsigned threads, rl::test_params& params, rl::ostringstream& state);
void run_full(unsigned threads, rl::test_params& params, rl::ostringstream& state);
void run_bound(unsigned threads, rl::test_params& params, rl::ostringstream& state);

}  // namespace tenterhook::relacy::engine
