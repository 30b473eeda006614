// sema/*: the count is never above what was given, no wakeup is lost, and what precedes a release
// is seen after the acquire that it allowed.
#include "runtime/sync/sema.hpp"

#include <vector>

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// A runtime with a thread's M for each thread of a scenario.
class threads_of {
 public:
  explicit threads_of(std::int64_t count) : rt(*platform::create<runtime::runtime>(1)) {
    for (std::int64_t i = 0; i < count; i++) all_.push_back(platform::create<runtime::m>(rt, i));
  }
  threads_of(const threads_of&) = delete;
  threads_of& operator=(const threads_of&) = delete;
  ~threads_of() {
    for (runtime::m* mp : all_) platform::destroy(mp);
    platform::destroy(&rt);
  }
  runtime::m& operator[](std::int64_t i) { return *all_.at(static_cast<std::size_t>(i)); }

  runtime::runtime& rt;

 private:
  std::vector<runtime::m*> all_;
};

void idle(runtime::runtime& rt, const runtime::semaphore& addr) {
  platform::check(runtime::semroot(rt, addr).head.get() == nullptr, "nobody is left in the queue");
}

// One produces, the others take one each.
void handoff(run& t) {
  const std::int64_t consumers = t["threads"] - 1;
  threads_of ms(1 + consumers);
  runtime::semaphore items(0, "items");
  cells<platform::plain<int>> goods("goods", consumers, 0);
  platform::atomic<int> next(0, "next");
  t.go("producer", [&, consumers] {
    for (std::int64_t k = 0; k < consumers; k++) {
      goods[k].set(1);
      runtime::semrelease(ms.rt, items);
    }
  });
  for (std::int64_t i = 0; i < consumers; i++) {
    t.go(thread_names[1 + i], [&, i] {
      runtime::semacquire(ms[1 + i], items);
      const int mine = next.fetch_add(1, std::memory_order_relaxed);
      platform::check(mine == 0 ? goods[0].get() == 1 : mine < consumers,
                      "there is one for everybody who got through");
    });
  }
  t.join();
  platform::check(items.load(std::memory_order_seq_cst) == 0, "each count is taken once");
  idle(ms.rt, items);
}

// As a lock: the count is one.
void exclusion(run& t) {
  const std::int64_t threads = t["threads"];
  const std::int64_t rounds = t["rounds"];
  threads_of ms(threads);
  runtime::semaphore turn(1, "turn");
  platform::plain<std::int64_t> guarded(0, "guarded");
  for (std::int64_t i = 0; i < threads; i++) {
    t.go(thread_names[i], [&, i, rounds] {
      for (std::int64_t k = 0; k < rounds; k++) {
        runtime::semacquire(ms[i], turn);
        guarded.set(guarded.get() + 1);
        runtime::semrelease(ms.rt, turn);
      }
    });
  }
  t.join();
  platform::check(guarded.get() == threads * rounds, "no turn is lost");
  platform::check(turn.load(std::memory_order_seq_cst) == 1, "each count is given back once");
  idle(ms.rt, turn);
}

// As many releases as acquires, on threads of their own, in any order.
void lost_wakeup(run& t) {
  const std::int64_t pairs = t["pairs"];
  threads_of ms(pairs);
  runtime::semaphore count(0, "count");
  for (std::int64_t i = 0; i < pairs; i++) {
    t.go(thread_names[2 * i], [&, i] { runtime::semacquire(ms[i], count); });
    t.go(thread_names[2 * i + 1], [&] { runtime::semrelease(ms.rt, count); });
  }
  t.join();
  platform::check(count.load(std::memory_order_seq_cst) == 0, "each count is taken once");
  idle(ms.rt, count);
}

// Two semaphores, which fall into one bucket where the table is small: thread 0 waits for what
// thread 1 gives when it has what it waits for.
void two(run& t) {
  threads_of ms(2);
  cells<runtime::semaphore> counts("count", 2, 0U);
  t.go("t0", [&] { runtime::semacquire(ms[0], counts[0]); });
  t.go("t1", [&] {
    runtime::semacquire(ms[1], counts[1]);
    runtime::semrelease(ms.rt, counts[0]);
  });
  t.go("releaser", [&] { runtime::semrelease(ms.rt, counts[1]); });
  t.join();
  for (std::int64_t i = 0; i < 2; i++) {
    platform::check(counts[i].load(std::memory_order_seq_cst) == 0, "each count is taken once");
    idle(ms.rt, counts[i]);
  }
}

// A count is handed over to who waits in the queue, while a newcomer wants one.
void next(run& t) {
  threads_of ms(1);
  runtime::semaphore count(0, "count");
  runtime::sema_root& root = runtime::semroot(ms.rt, count);
  root.queue(count, ms[0].waiting);
  root.nwait.store(1, std::memory_order_relaxed);  // one thread
  bool got = false;
  t.go("newcomer", [&] { got = runtime::cansemacquire(count); });
  t.go("releaser", [&] { runtime::semrelease(ms.rt, count, true); });
  t.join();
  platform::check(!got && ms[0].waiting.ticket.get(), "a count that is handed over is not for all");
  platform::check(count.load(std::memory_order_seq_cst) == 0, "each count is taken once");
  idle(ms.rt, count);
}

// There is one count too few, and it comes.
void arrives(run& t) {
  const std::int64_t acquirers = t["acquirers"];
  threads_of ms(acquirers);
  runtime::semaphore count(static_cast<std::uint32_t>(acquirers - 1), "count");
  platform::ghost<std::int64_t> through(0, "through");
  for (std::int64_t i = 0; i < acquirers; i++) {
    t.go(thread_names[i], [&, i] {
      runtime::semacquire(ms[i], count);
      through.add(1);
    });
  }
  t.go("releaser", [&] { runtime::semrelease(ms.rt, count); });
  t.join();
  platform::check(through.peek() == acquirers, "all get through");
  platform::check(count.load(std::memory_order_seq_cst) == 0, "each count is taken once");
  idle(ms.rt, count);
}

}  // namespace

void add_sema(checker::catalogue& all) {
  all.push_back(
      strict("sema/handoff", "what precedes a release is seen by who takes its count", 5, handoff));
  all.back().parameters = {{"threads", 2, 2, 4, "the producer and its consumers"}};
  all.back().marks = {"sema/queue", "sema/wake"};

  all.push_back(strict("sema/next", "a count that is handed over is not for all", 3, next));
  all.back().marks = {"sema/handed"};

  all.push_back(strict("sema/mutex",
                       "a semaphore of one lets one in at a time, and in the end all", 5,
                       exclusion));
  all.back().parameters = {{"threads", 2, 1, 4, "threads"}, {"rounds", 1, 1, 4, "turns of each"}};
  all.back().marks = {"sema/queue", "sema/wake"};

  all.push_back(
      strict("sema/lost-wakeup", "as many acquires as releases all return", 7, lost_wakeup));
  all.back().parameters = {{"pairs", 1, 1, 3, "of a thread that acquires and one that releases"}};
  all.back().marks = {"sema/queue", "sema/wake", "sema/raced"};

  all.push_back(
      strict("sema/arrives", "of two acquires one finds a count and one waits for it", 6, arrives));
  all.back().parameters = {{"acquirers", 2, 1, 4, "threads; all but one find a count"}};
  all.back().marks = {"sema/queue", "sema/wake", "sema/raced"};

  all.push_back(strict("sema/two", "a release wakes a waiter of its own semaphore", 4, two));
  all.back().marks = {"sema/queue", "sema/wake"};
  all.back().how = plan{"bounded", 1, 10'000};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
