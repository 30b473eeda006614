#include "checker/relacy/run.hpp"
#include "checker/relacy/simulate.hpp"

namespace tenterhook::relacy::engine {

void run_random(unsigned threads, rl::test_params& params, rl::ostringstream& state) {
  run_with<rl::random_scheduler>(threads, params, state);
}

}  // namespace tenterhook::relacy::engine
