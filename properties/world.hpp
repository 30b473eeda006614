// What the scenarios of the scheduler share: a thread that acts as a goroutine on an M, and a whole
// runtime whose goroutines are given as lambdas.
#pragma once

#include <functional>
#include <string_view>

#include "properties/scenario.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/start.hpp"
#include "runtime/sync/note.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

// An M with a goroutine that runs on it, for a thread of the scenario to act as. No scheduler runs
// there: what it calls must not leave the goroutine (mcall). Made by the main thread before the
// threads start; it dies with the runtime.
class as_m {
 public:
  // pp: its P; nullptr: none.
  as_m(runtime::runtime& rt, runtime::p* pp);
  as_m(const as_m&) = delete;
  as_m& operator=(const as_m&) = delete;

  // Runs f() as that goroutine. Used by one thread at a time.
  template <class F>
  void run(F f) {
    enter();
    f();
    leave();
  }

  runtime::m* const mp;
  runtime::g* const gp;

 private:
  void enter() const;
  void leave() const;
};

// A started runtime. Made, finished and destroyed by the main thread.
//
//   world w({.procs = 2}, [&] { w.go([&] { … }); … });   // the main goroutine
//   w.finish();           // returns when nothing runs any more and nothing ever will
//   … look at anything; check_quiet() …
class world {
 public:
  // With a monitor where timeouts may fire, or if asked for; else nothing is mended by time.
  struct options {
    std::int32_t procs = 1;
    bool sysmon = false;
    bool monitored = false;  // by a thread of the scenario's: it never gets a monitor of its own
    runtime::options more = {};
  };

  world(const options& how, std::function<void()> main);
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world();  // finish() comes before

  // Starts a goroutine. On a goroutine.
  void go(std::function<void()> f);

  // The same for one that may never end: natively finish() does not wait for it.
  void go_daemon(std::function<void()> f);

  // Waits until all is quiet. Natively, where quiet cannot be seen: until every goroutine has
  // ended; then the runtime is stopped. Checks that the main goroutine has ended.
  void finish();

  // After finish(): nobody spins, no goroutine runs or waits in a queue, and every P is idle and in
  // the list, once.
  void check_quiet();

  runtime::runtime& rt;

 private:
  void ended();

  std::function<void()> main_;
  platform::atomic<std::uint32_t> left_{1, "left"};
  runtime::note all_ended_{"all_ended"};
};

// A runtime from its start until it has ended and is gone, after its main goroutine has run.
void from_start_to_end(const runtime::options& how, void (*main)(void*), void* argument);

// How often pp is in the list of idle Ps. REQUIRES: everybody else has ended.
int idle_entries(const runtime::runtime& rt, const runtime::p* pp);

// Natively a scenario cannot see that all is quiet, and has to count.
inline bool is_native() { return std::string_view(platform::name()) == "native"; }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
