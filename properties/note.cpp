// note/*: a wakeup is never lost, and what precedes it is seen.
#include "runtime/sync/note.hpp"

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// A chain: thread i writes down what it has seen, and wakes thread i + 1.
void wakeup(run& t) {
  const std::int64_t threads = t["threads"];
  cells<runtime::note> notes("note", threads);
  cells<platform::plain<int>> written("written", threads, 0);
  for (std::int64_t i = 0; i < threads; i++) {
    t.go(thread_names[i], [&notes, &written, i, threads] {
      int seen = 0;
      if (i > 0) {
        runtime::notesleep(notes[i]);
        seen = written[i - 1].get();
        platform::check(seen == i, "what precedes a wakeup is seen after the sleep");
      }
      written[i].set(seen + 1);
      if (i + 1 < threads) runtime::notewakeup(notes[i + 1]);
    });
  }
  t.join();
}

void timeout(run& t) {
  runtime::note n("note");
  platform::plain<int> written(0, "written");
  t.go("waker", [&n, &written] {
    written.set(1);
    runtime::notewakeup(n);
  });
  t.go("sleeper", [&n, &written] {
    const bool woken = runtime::notetsleep(n, 1'000);
    if (!woken) runtime::notesleep(n);  // it is on its way, and has not been used up
    platform::check(written.get() == 1, "what precedes a wakeup is seen after the sleep");
  });
  t.join();
  platform::check(n.key.load(std::memory_order_seq_cst) == 1, "a timeout leaves the note alone");
}

// Two notes carry two threads through their cycles, in step. A wake of an earlier cycle may arrive
// late.
void reuse(run& t) {
  const std::int64_t cycles = t["cycles"];
  runtime::note ping("ping");
  runtime::note pong("pong");
  platform::plain<std::int64_t> written(0, "written");
  t.go("first", [&, cycles] {
    for (std::int64_t k = 1; k <= cycles; k++) {
      written.set(k);
      runtime::notewakeup(ping);
      runtime::notesleep(pong);
      runtime::noteclear(pong);
      platform::check(written.get() == -k, "each cycle sees the other's last step");
    }
  });
  t.go("second", [&, cycles] {
    for (std::int64_t k = 1; k <= cycles; k++) {
      runtime::notesleep(ping);
      runtime::noteclear(ping);
      platform::check(written.get() == k, "each cycle sees the other's last step");
      written.set(-k);
      runtime::notewakeup(pong);
    }
  });
  t.join();
}

program row(const char* name, const char* about, void (*scenario)(run&)) {
  return strict(name, about, 5, scenario);  // with four
}

}  // namespace

void add_note(checker::catalogue& all) {
  all.push_back(row("note/wakeup", "a wakeup is not lost, whenever the sleeper comes", wakeup));
  all.back().parameters = {{"threads", 2, 2, 4, "threads, each of which wakes the next"}};
  all.back().marks = {"note/sleep"};

  all.push_back(row("note/chain", "a wakeup is handed on with all that preceded it", wakeup));
  all.back().parameters = {{"threads", 3, 2, 4, "threads, each of which wakes the next"}};
  all.back().marks = {"note/sleep"};

  all.push_back(row("note/spurious", "a sleep ends only by the wakeup", wakeup));
  all.back().parameters = {{"threads", 2, 2, 4, "threads, each of which wakes the next"}};
  all.back().marks = {"note/sleep"};
  all.back().budget.spurious = 1;

  all.push_back(row("note/timeout", "a sleep that times out says so and loses no wakeup", timeout));
  all.back().marks = {"note/timed-sleep", "note/timeout"};
  all.back().budget.timeouts = 1;

  all.push_back(row("note/reuse", "a cleared note serves again, and remembers nothing", reuse));
  all.back().parameters = {{"cycles", 2, 1, 4, "uses of each note"}};
  all.back().marks = {"note/sleep"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
