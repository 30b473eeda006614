// What the environment says at the start of a runtime, GOMAXPROCS and GODEBUG; and how it ends.
#include "runtime/start.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

#include "runtime/extram.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/stop_world.hpp"
#include "tests/runtime/look.hpp"
#include "tests/runtime/running.hpp"

namespace tenterhook::native::runtime {
namespace {

// For the time of a test, in which one thread runs when it changes.
class environment {
 public:
  environment(const char* name, const char* value) : name_(name) {
    const char* before = std::getenv(name);
    if (before != nullptr) before_ = before;
    had_ = before != nullptr;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment() { had_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

std::int32_t procs(const char* gomaxprocs, const options& how = {}) {
  const environment set("GOMAXPROCS", gomaxprocs);
  std::int32_t procs = 0;
  run_main(how, [&](runtime& rt) { procs = look(rt.gomaxprocs); });
  return procs;
}

// As a program may exit at any place.
TEST(Main, MayEndWhereItMayNotBePreempted) {
  for (const std::int32_t procs : {1, 2}) {
    run_main({.procs = procs}, [](runtime&) { stopTheWorld("the end"); });
    run_main({.procs = procs}, [](runtime&) { procPin(); });
    run_main({.procs = procs}, [](runtime&) { LockOSThread(); });
  }
}

// Two are always at it, so the world goes from hand to hand.
TEST(Main, EndsWhileOthersStopTheWorld) {
  for (const std::int32_t procs : {1, 2, 4}) {
    std::atomic<int> turns{0};
    run_main({.procs = procs}, [&](runtime&) {
      for (int i = 0; i < 2; i++) {
        go([&] {
          for (;;) {
            stopTheWorld("test");
            turns++;
            startTheWorld();
          }
        });
      }
      while (turns < 10) Gosched();
    });
  }
}

TEST(Gomaxprocs, IsThatOfTheEnvironmentOrOneACpu) {
  const auto cpus = static_cast<std::int32_t>(platform::ncpu());
  EXPECT_EQ(procs(nullptr), cpus);
  EXPECT_EQ(procs("3"), 3);
  EXPECT_EQ(procs("3 or so"), 3);
  EXPECT_EQ(procs("99999999999999999999"), platform::config::max_gomaxprocs);
  for (const char* none : {"", "0", "-2", "two", " 2"}) EXPECT_EQ(procs(none), cpus) << none;
}

TEST(Gomaxprocs, OfAProgramComesFirst) { EXPECT_EQ(procs("3", {.procs = 2}), 2); }

std::string printed;

options heard(const debug_vars& debug = {}) {
  printed.clear();
  return {.procs = 1,
          .debug = debug,
          .sysmon = false,
          .hook = {.print = [](const char* text) { printed += text; }}};
}

TEST(Godebug, OfTheEnvironmentComesOverThatOfAProgram) {
  const environment set("GODEBUG", "schedtrace=2000000000");
  run_main(heard({.schedtrace = 1'000'000'000, .scheddetail = 1}), [](runtime& rt) {
    EXPECT_EQ(rt.debug_schedtrace, 2'000'000'000);
    EXPECT_TRUE(rt.debug_scheddetail);
  });
  EXPECT_EQ(printed, "");
}

TEST(Godebug, ThatIsWrongIsSaidToBe) {
  const environment set("GODEBUG", "schedtrace=5,gctrace=1");
  run_main(heard(), [](runtime& rt) { EXPECT_EQ(rt.debug_schedtrace, 0); });
  EXPECT_EQ(printed,
            "GODEBUG: \"gctrace=1\": there is no such setting; there are schedtrace and "
            "scheddetail\n");
}

}  // namespace
}  // namespace tenterhook::native::runtime
