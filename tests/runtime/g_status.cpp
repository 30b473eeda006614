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

// f(gp), by goroutine 1, of a goroutine 7 that is Gidle.
void with_another(void (*f)(g* gp)) {
  run_main({.procs = 1}, [f](runtime&) {
    g other(7);
    f(&other);
  });
}

TEST(GStatusDeathTest, CasgstatusSaysWhatItWasAskedFor) {
  EXPECT_DEATH(with_another([](g* gp) { casgstatus(gp, Gidle, Gidle); }),
               "runtime: casgstatus: oldval=0x0 newval=0x0\n"
               "fatal error: casgstatus: bad incoming values\n");
  EXPECT_DEATH(with_another([](g* gp) { casgstatus(gp, Gidle, Gscanwaiting); }),
               "runtime: casgstatus: oldval=0x0 newval=0x1004\n"
               "fatal error: casgstatus: bad incoming values\n");
}

TEST(GStatusDeathTest, WhatRunsHasDoneSomethingSinceItsLastScan) {
  EXPECT_DEATH(run_main({.procs = 1},
                        [](runtime&) {
                          getg()->gcscanvalid.set(true);
                          casgstatus(getg(), Grunning, Gwaiting);
                        }),
               "runtime: casgstatus 0x2->0x4 gp.status=0x2 gp.gcscanvalid=true\n"
               "fatal error: casgstatus\n");
}

TEST(GStatusDeathTest, CastogscanstatusSaysWhatItWasAskedFor) {
  EXPECT_DEATH(with_another([](g* gp) { castogscanstatus(gp, Gdead, Gdead | Gscan); }),
               "runtime: castogscanstatus oldval=0x6 newval=0x1006\n"
               "fatal error: castogscanstatus\n");
  EXPECT_DEATH(with_another([](g* gp) { castogscanstatus(gp, Grunning, Gscanwaiting); }),
               "runtime: castogscanstatus oldval=0x2 newval=0x1004\n"
               "fatal error: castogscanstatus\n");
}

// What casfrom_Gscanstatus says of goroutine 7.
std::string casfrom(const std::string& what, const std::string& values) {
  return "runtime: casfrom_Gscanstatus " + what + " gp=0x[0-9a-f]+, " + values +
         "\nruntime: gp: goid=7, gp->atomicstatus=0\n"
         "runtime:  g: goid=1,  g->atomicstatus=2\n"
         "fatal error: casfrom_Gscanstatus:";
}

TEST(GStatusDeathTest, TheScanBitIsClearedWhereItIsSet) {
  EXPECT_DEATH(
      with_another([](g* gp) { casfrom_Gscanstatus(gp, Gwaiting, Gwaiting); }),
      casfrom("bad oldval", "oldval=0x4, newval=0x4") + "top gp->status is not in scan state\n");
  EXPECT_DEATH(
      with_another([](g* gp) { casfrom_Gscanstatus(gp, Gscanwaiting, Gwaiting); }),
      casfrom("failed", "oldval=0x1004, newval=0x4") + " gp->status is not in scan state\n");
}

TEST(GStatusDeathTest, TheScanBitIsClearedAndNothingElse) {
  EXPECT_DEATH(
      with_another([](g* gp) { casfrom_Gscanstatus(gp, Gscanwaiting, Grunnable); }),
      casfrom("failed", "oldval=0x1004, newval=0x1") + " gp->status is not in scan state\n");
  EXPECT_DEATH(
      with_another([](g* gp) { casfrom_Gscanstatus(gp, Gscanenqueue, Grunning); }),
      casfrom("failed", "oldval=0x1007, newval=0x2") + " gp->status is not in scan state\n");
}

}  // namespace
}  // namespace tenterhook::native::runtime
