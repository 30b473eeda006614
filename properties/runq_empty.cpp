// runq/empty*: what runqempty may say while the owner works. It is linearizable: its answer was
// true at one instant between call and return.
#include "properties/catalogue.hpp"
#include "properties/queues.hpp"
#include "runtime/runq.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// The owner gets only when there are two, so the queue is at no instant empty.
void never_empty(run& t) {
  const std::int64_t rounds = t["rounds"];
  const queues q(1, 1 + rounds);
  runtime::runqput(q.p(0), q.all[1], true);
  taken owner;
  t.go("owner", [&q, &owner, rounds] {
    for (std::int64_t k = 1; k <= rounds; k++) {
      runtime::runqput(q.p(0), q.all.make(1 + k), true);
      owner.add(runtime::runqget(q.p(0)).gp);
    }
  });
  t.go("observer", [&q] {
    platform::check(!runtime::runqempty(q.p(0)),
                    "a queue that always holds a goroutine never looks empty");
  });
  t.join();
  const taken rest = q.everything_left();
  q.all.each_taken_once({&owner, &rest});
}

// What is known of the queue for sure, as its owner goes along. It only counts up, through these
// four in turn, so that two equal readings mean that nothing changed between them.
enum certainty : int { holds_some, emptying, holds_none, filling, certainties };

// Between two readings of `known` of the same certainty the queue was that all the time. Without
// the fences it would be so on its owner's processor only.
void instants(run& t) {
  const std::int64_t rounds = t["rounds"];
  const queues q(1, rounds);
  platform::ghost<int> known(holds_none, "known");
  taken owner;
  t.go("owner", [&q, &owner, &known, rounds] {
    for (std::int64_t k = 1; k <= rounds; k++) {
      known.add(1);  // filling
      runtime::runqput(q.p(0), q.all.make(k), k % 2 == 0);
      platform::fence(std::memory_order_seq_cst);
      known.add(1);  // holds_some
      known.add(1);  // emptying
      owner.add(runtime::runqget(q.p(0)).gp);
      platform::fence(std::memory_order_seq_cst);
      known.add(1);  // holds_none
    }
  });
  t.go("observer", [&q, &known] {
    const int before = known.get();
    platform::fence(std::memory_order_seq_cst);
    const bool empty = runtime::runqempty(q.p(0));
    if (known.get() != before) return;
    platform::check(!empty || before % certainties != holds_some,
                    "a queue that held a goroutine all the time did not look empty");
    platform::check(empty || before % certainties != holds_none,
                    "a queue that was empty all the time looked empty");
  });
  t.join();
  q.all.each_taken_once({&owner});
}

}  // namespace

void add_runq_empty(checker::catalogue& all) {
  program never;
  never.name = "runq/empty";
  never.about = "a queue that always holds a goroutine never looks empty to an observer";
  never.parameters = {{"rounds", 1, 1, 3, "the owner's puts into runnext, a get after each"}};
  never.threads = 3;
  never.body = body(never_empty);
  never.marks = {"runqput/kick-runnext", "runqempty/retry"};
  never.budget = budgets{0, 0, 0, 0};
  all.push_back(never);

  program instant = never;
  instant.name = "runq/empty-instant";
  instant.about = "what runqempty says was so at one instant between call and return";
  instant.parameters = {{"rounds", 2, 1, 4, "the owner's puts, a get after each"}};
  instant.marks = {"runqempty/retry"};
  instant.body = body(instants);
  all.push_back(instant);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
