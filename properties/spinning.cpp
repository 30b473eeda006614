// spinning/*: work conservation. No goroutine waits in a queue while a P is idle and nobody looks.
//
// How that is seen: a goroutine readies others and then keeps its M and P, without a safe point,
// until they have run. If everybody else sleeps then, all is quiet and the main goroutine has not come
// to its end.
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/world.hpp"
#include "runtime/park.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// The main goroutine readies `n` others one after the other, and waits without letting go of its P
// until all have run; those keep their Ps until the ones after them have run.
void busy(run& t) {
  const std::int64_t n = t["n"];
  cells<runtime::note> ran("ran", n);
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    for (std::int64_t i = 0; i < n; i++) {
      w.go([&, i, n] {
        if (i + 1 < n) runtime::notesleep(ran[i + 1]);
        runtime::notewakeup(ran[i]);
      });
    }
    runtime::notesleep(ran[0]);
  });
  w.finish();
  w.check_quiet();
}

// The other P is idle again when the goroutine is readied: an M has looked for work and given up.
void again(run& t) {
  runtime::note first("first");
  runtime::note second("second");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] { runtime::notewakeup(first); });
    runtime::notesleep(first);
    w.go([&] { runtime::notewakeup(second); });
    runtime::notesleep(second);
  });
  w.finish();
  w.check_quiet();
}

// A P comes back from a blocking system call while a goroutine is readied.
void handoff(run& t) {
  runtime::note ran("ran");
  world w({.procs = static_cast<std::int32_t>(t["procs"])}, [&] {
    w.go([&] {
      runtime::entersyscallblock();
      runtime::exitsyscall();
    });
    runtime::Gosched();
    w.go([&] { runtime::notewakeup(ran); });
    runtime::notesleep(ran);
  });
  w.finish();
  w.check_quiet();
}

program row(const char* name, const char* about, void (*scenario)(run&),
            std::vector<checker::parameter> parameters, std::int64_t procs,
            std::vector<std::string> marks) {
  program result;
  result.name = name;
  result.about = about;
  result.threads = 7;
  result.body = body(scenario);
  result.parameters = std::move(parameters);
  result.parameters.push_back({"procs", procs, 2, 4, "GOMAXPROCS"});
  result.marks = std::move(marks);
  result.budget = budgets{0, 0, 0, 0};
  result.how = {"random", 2, 20'000};
  return result;
}

}  // namespace

void add_spinning(checker::catalogue& all) {
  all.push_back(row("spinning/busy", "a goroutine that is readied while a P is idle is run", busy,
                    {{"n", 1, 1, 3, "goroutines that are readied"}}, 2, {"startm/new"}));
  all.push_back(row("spinning/chain", "the last M to find work wakes the next", busy,
                    {{"n", 2, 1, 3, "goroutines that are readied"}}, 3,
                    {"startm/new", "resetspinning/wakes"}));
  all.push_back(row("spinning/again", "an M that gives up looking overlooks nothing", again, {}, 2,
                    {"startm/new", "findrunnable/back"}));
  all.push_back(row("spinning/handoff", "a P that is given up overlooks nothing", handoff, {}, 2,
                    {"handoffp/idle"}));
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
