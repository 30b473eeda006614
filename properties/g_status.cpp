// g_status/*: the scan bit is a lock over a goroutine's state. A stack is scanned once a round, by
// who owns it then, and nothing hangs.
#include "runtime/g_status.hpp"

#include <memory>

#include "properties/catalogue.hpp"
#include "properties/world.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// What stands for a goroutine's stack: its g has the address.
struct stack_words {
  platform::plain<int> word{0, "stack_word"};
  platform::plain<int> scans{0, "scans"};
  platform::plain<int> colour{0, "colour"};  // of the round, the scanner's
};

stack_words& words(runtime::g* gp) { return *static_cast<stack_words*>(gp->arg.get()); }

void scan_words(runtime::g* gp) {
  words(gp).word.get();
  words(gp).colour.get();
  words(gp).scans.set(words(gp).scans.get() + 1);
}

// A runtime with two Ps, an M on each, and a goroutine on the second whose stack is scanned.
struct scanned {
  scanned() : rt(*platform::create<runtime::runtime>(2)) {
    rt.hook.scanstack = scan_words;
    scanner = std::make_unique<as_m>(rt, rt.allp[0]);
    owner = std::make_unique<as_m>(rt, rt.allp[1]);
    owner->gp->arg.set(&stack);
  }
  ~scanned() { platform::destroy(&rt); }

  runtime::runtime& rt;
  std::unique_ptr<as_m> scanner, owner;
  stack_words stack;
};

// The owner works on its stack, and at safe points scans it if it is asked to.
void work(runtime::g* gp) {
  stack_words& mine = words(gp);
  mine.word.set(mine.word.get() + 1);
  // what safepoint() does on g0; relaxed and acquire as there
  if (gp->stackguard0.load(std::memory_order_relaxed) == runtime::stackPreempt &&
      gp->preemptscan.load(std::memory_order_acquire) != 0) {
    runtime::scan_self(gp);
  }
}

// Scans, and then goes by what the scans have found.
void scan_rounds(scanned& s, std::int64_t rounds) {
  for (std::int64_t k = 0; k < rounds; k++) {
    s.stack.colour.set(s.stack.colour.get() + 1);
    runtime::scang(s.owner->gp);
    platform::check(s.stack.scans.get() <= k + 1, "a stack is scanned once a round");
  }
}

// One is scanned while the other runs it through its states.
void scan(run& t) {
  const std::int64_t rounds = t["rounds"];
  scanned s;
  runtime::g* gp = s.owner->gp;
  t.go("scanner", [&] {
    s.scanner->run([&] { scan_rounds(s, rounds); });
  });
  t.go("owner", [&] {
    s.owner->run([&] {
      work(gp);
      runtime::casgstatus(gp, runtime::Grunning, runtime::Gwaiting);
      runtime::casgstatus(gp, runtime::Gwaiting, runtime::Grunnable);
      runtime::casgstatus(gp, runtime::Grunnable, runtime::Grunning);
      work(gp);
      runtime::casgstatus(gp, runtime::Grunning, runtime::Gdead);
    });
  });
  t.join();
  platform::check(s.stack.scans.get() <= rounds, "a stack is scanned once a round");
}

// The owner only works, and has to scan itself.
void self(run& t) {
  const std::int64_t rounds = t["rounds"];
  scanned s;
  runtime::g* gp = s.owner->gp;
  t.go("scanner", [&] { s.scanner->run([&] { scan_rounds(s, rounds); }); });
  t.go("owner", [&] {
    s.owner->run([&] {
      work(gp);
      work(gp);
      runtime::casgstatus(gp, runtime::Grunning, runtime::Gwaiting);
    });
  });
  t.join();
  platform::check(s.stack.scans.get() >= 1, "a stack is scanned");
}

// The stack of a parked goroutine is moved while the network readies it: the world is stopped, so
// it does not run yet.
void copystack(run& t) {
  scanned s;
  runtime::g* gp = s.owner->gp;
  s.owner->run([&] { runtime::casgstatus(gp, runtime::Grunning, runtime::Gwaiting); });
  t.go("mover", [&] {
    s.scanner->run([&] {
      const std::uint32_t before = runtime::casgcopystack(gp);
      runtime::casgstatus(gp, runtime::Gcopystack, before);
    });
  });
  t.go("network", [&] {
    s.owner->run([&] {
      runtime::casgstatus(gp, runtime::Gwaiting, runtime::Grunnable);
    });
  });
  t.join();
  platform::check(runtime::readgstatus(gp) == runtime::Grunnable, "the goroutine is readied");
}

}  // namespace

void add_g_status(checker::catalogue& all) {
  all.push_back(strict("g_status/scan", "a stack is scanned while nobody uses it, once a round", 3,
                       scan));
  all.back().marks = {"scang/scans", "scang/asks", "scang/self"};
  all.back().parameters = {{"rounds", 1, 1, 3, "scans"}};
  all.push_back(strict("g_status/self",
                       "a goroutine that runs scans itself when it is asked to", 3, self));
  all.back().marks = {"scang/asks", "scang/self"};
  all.back().parameters = {{"rounds", 1, 1, 3, "scans"}};
  all.push_back(strict("g_status/copystack",
                       "a stack is moved while the goroutine is readied; nobody waits for ever", 3,
                       copystack));
  all.back().marks = {"casgcopystack/again"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
