#include "checker/relacy/run.hpp"
#include "checker/relacy/simulate.hpp"

namespace tenterhook::relacy::engine {

void run_bound(unsigned threads, rl::test_params& params, rl::ostringstream& state) {
  run_with<rl::context_bound_scheduler>(threads, params, state);
}

}  // namespace tenterhook::relacy::engine
