// schedtrace/*: a trace may be asked for at any time, and reads nothing that it may not.
#include "properties/catalogue.hpp"
#include "properties/world.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/locked_thread.hpp"
#include "runtime/m.hpp"
#include "runtime/park.hpp"
#include "runtime/stop_world.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// Goroutines come and go, and the number of Ps changes, while traces of all kinds are taken.
void traced(run& t) {
  world w({.procs = 2}, [&] {
    w.go([] {
      runtime::LockOSThread();
      runtime::entersyscall();
      runtime::exitsyscall();
      runtime::Gosched();
      runtime::UnlockOSThread();
    });
    runtime::Gosched();
    runtime::GOMAXPROCS(w.rt, 3);
    runtime::setMaxThreads(w.rt, runtime::mcount(w.rt) + 100);
    w.go([] {});
  });
  const bool crashes = t["crashes"] != 0;
  t.go("tracer", [&, crashes] {
    const std::string brief = runtime::schedtrace(w.rt, false, platform::nanotime());
    platform::check(brief.find("\n") + 1 == brief.size(), "a brief trace is a line");
    const std::string all = crashes ? runtime::crashtrace(w.rt)
                                    : runtime::schedtrace(w.rt, true, platform::nanotime());
    platform::check(runtime::gcount(w.rt) >= 1, "there is a goroutine");
    platform::check(all.find("  M0:") != all.npos, "a trace with details names the Ms");
  });
  w.finish();
  t.join();
  w.check_quiet();
}

}  // namespace

void add_schedtrace(checker::catalogue& all) {
  for (const bool crashes : {false, true}) {
    all.push_back(strict(crashes ? "schedtrace/crash" : "schedtrace/whole",
                         "a trace may be taken at any time", 30, traced));
    all.back().parameters = {{"crashes", crashes, 0, 1, "1: as a crash takes it"}};
    all.back().how = {"pos", 2, 300};
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
