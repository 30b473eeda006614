#include "runtime/g_status.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/runtime/running.hpp"

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
            "runtime: gp: goid=7, atomicstatus=0\n"
            "runtime:  g: goid=1, atomicstatus=2\n");
}

}  // namespace
}  // namespace tenterhook::native::runtime
