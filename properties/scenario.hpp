// The scenario API: how properties/*.cpp state what must hold. One source, three builds (hooked,
// relacy, native), so a scenario uses platform:: and runtime:: only.
//
//   void a_thief_and_the_owner(run& t) {            // runs on the main thread
//     auto* rt = platform::create<runtime::runtime>(2);
//     t.go("owner", [&] { ... platform::check(cond, "no goroutine runs twice"); });
//     t.go("thief", [&] { ... });
//     t.join();                                      // waits for all of them
//     platform::check(..., "no goroutine is lost");  // the final condition: just code
//     platform::destroy(rt);
//   }
//
// Everything shared is an atomic, plain or ghost cell; a thread's own results go into ghost or
// plain cells, or into locals read after join().
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string_view>

#include "checker/program.hpp"
#include "platform/atomic.hpp"
#include "platform/check.hpp"
#include "platform/futex.hpp"
#include "platform/ghost.hpp"
#include "platform/memory.hpp"
#include "platform/plain.hpp"
#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

using checker::budgets;
using checker::plan;
using checker::program;

// One execution of a scenario. Used by the main thread only.
class run {
 public:
  explicit run(const checker::parameters& values) : values_(values) {}
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  // The value of a declared parameter. REQUIRES: the scenario declares it.
  std::int64_t operator[](std::string_view parameter) const;

  // Starts a thread. The body may capture the main thread's locals: join() comes before their end.
  void go(const char* name, std::function<void()> body);

  // Starts n threads that are identical: the body does not know which of them runs it, and what is
  // promised does not depend on it either. `check --symmetry` relies on that.
  void go_identical(std::int64_t n, const char* name, std::function<void()> body);

  // Waits for every thread started so far.
  void join();

  // A predicate over ghost variables (peek only) that holds after every step of every thread
  // until join() returns. Checked hooked and under Relacy, not natively.
  void always(const char* promise, std::function<bool()> holds);

 private:
  struct started;
  const checker::parameters& values_;
  std::deque<std::function<void()>> bodies_;  // stable addresses: threads run them in place
  std::deque<platform::thread_handle> threads_;
  std::deque<std::function<bool()>> invariants_;
};

// Wraps a scenario function into a program's body.
std::function<void(const checker::parameters&)> body(void (*scenario)(run&));

// A scenario with budgets of zero: nothing is mended by time.
inline program strict(const char* name, const char* about, unsigned threads,
                      void (*scenario)(run&)) {
  program result;
  result.name = name;
  result.about = about;
  result.threads = threads;
  result.body = body(scenario);
  result.budget = budgets{0, 0, 0, 0};
  return result;
}

// Every scenario of this build, sorted by name.
checker::catalogue catalogue();

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
