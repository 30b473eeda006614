// tenterhook-native: every scenario that can run on real threads.
#include "properties/scenario.hpp"
#include "stress/native_cli.hpp"

int main(int argc, char** argv) {
  return tenterhook::stress::run_tool(argc, argv,
                                      tenterhook::TENTERHOOK_PLATFORM::properties::catalogue());
}
