// lock/*: one thread at a time, everybody in the end.
#include "runtime/sync/lock.hpp"

#include "properties/catalogue.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// What the lock guards is plain data: two inside at once, or one who does not see what the one
// before did, is a race.
void exclusion(run& t) {
  const std::int64_t threads = t["threads"];
  const std::int64_t rounds = t["rounds"];
  runtime::mutex l("lock");
  platform::plain<std::int64_t> guarded(0, "guarded");
  platform::ghost<int> inside(0, "inside");
  t.always("at most one thread holds the lock", [&inside] { return inside.peek() <= 1; });
  t.go_identical(threads, "locker", [&l, &guarded, &inside, rounds] {
    for (std::int64_t k = 0; k < rounds; k++) {
      runtime::lock(l);
      inside.add(1);
      guarded.set(guarded.get() + 1);
      inside.add(-1);
      runtime::unlock(l);
    }
  });
  t.join();
  platform::check(guarded.get() == threads * rounds, "no turn is lost");
  platform::check(l.key.load(std::memory_order_seq_cst) == runtime::mutex_unlocked,
                  "the lock is free in the end");
}

}  // namespace

void add_lock(checker::catalogue& all) {
  program mutex;
  mutex.name = "lock/mutex";
  mutex.about = "at most one thread holds the lock, and none waits for ever";
  mutex.parameters = {{"threads", 2, 1, 4, "threads"}, {"rounds", 1, 1, 4, "turns of each"}};
  mutex.threads = 5;  // with four
  mutex.body = body(exclusion);
  mutex.marks = {"lock/spin", "lock/yield", "lock/sleep", "unlock/wake"};
  mutex.budget = budgets{0, 0, 0, 0};
  all.push_back(mutex);

  program three = mutex;
  three.name = "lock/three";
  three.about = "with three threads one may sleep while two compete: it is not forgotten";
  three.parameters[0].value = 3;
  all.push_back(three);

  program spurious = mutex;
  spurious.name = "lock/spurious";
  spurious.about = "a thread that wakes for no reason does not take the lock";
  spurious.budget = budgets{0, 1, 0, 0};
  all.push_back(spurious);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
