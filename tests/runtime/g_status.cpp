#include "runtime/g_status.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "tests/runtime/running.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::native::runtime {
namespace {

TEST(GStatus, TheScanBitIsToldFromTheState) {
  for (const std::uint32_t state : {Grunnable, Grunning, Gsyscall, Gwaiting, Gdead}) {
    EXPECT_FALSE(isscanstatus(state)) << state;
    EXPECT_TRUE(isscanstatus(state | Gscan)) << state;
  }
  EXPECT_DEATH(run_main({.procs = 1}, [](runtime&) { isscanstatus(Gscan); }),
               "isscanstatus: Bad status Gscan");
}

std::string dumped;

TEST(GStatus, ADumpSaysTheStatesOfAGoroutineAndOfTheCaller) {
  dumped.clear();
  run_main({.procs = 1, .hook = {.print = [](const char* text) { dumped += text; }}},
           [](runtime&) {
             g other(7);
             dumpgstatus(&other);
           });
  EXPECT_EQ(dumped,
            "runtime: gp: goid=7, gp->atomicstatus=0\n"
            "runtime:  g: goid=1,  g->atomicstatus=2\n");
}

TEST(GStatus, ADumpGoesToStandardErrorIfThereIsNoHook) {
  EXPECT_EXIT(
      {
        run_main({.procs = 1}, [](runtime&) { dumpgstatus(getg()); });
        std::_Exit(0);
      },
      testing::ExitedWithCode(0), "runtime: gp: goid=1, gp->atomicstatus=2\n");
}

}  // namespace
}  // namespace tenterhook::native::runtime
