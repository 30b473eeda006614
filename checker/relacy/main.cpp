// tenterhook-relacy: every scenario that can run under Relacy. An executable of its own, because
// Relacy replaces the global operator new and delete.
#include "checker/relacy/cli.hpp"

// Declared here, not included: properties/ is a floor above.
namespace tenterhook::TENTERHOOK_PLATFORM::properties {
checker::catalogue catalogue();
}

int main(int argc, char** argv) {
  return tenterhook::relacy::run_tool(argc, argv,
                                      tenterhook::TENTERHOOK_PLATFORM::properties::catalogue());
}
