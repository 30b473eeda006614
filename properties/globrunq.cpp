// globrunq/*: the global run queue, under sched.lock.
#include "runtime/globrunq.hpp"

#include <algorithm>

#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/queues.hpp"
#include "runtime/findrunnable.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t local_size = platform::config::runq_size;

// Runs `step` with sched.lock held.
template <class Step>
void locked(const queues& q, Step step) {
  runtime::lock(q.rt.sched.lock);
  step();
  runtime::unlock(q.rt.sched.lock);
}

void put(const queues& q, std::int64_t number) {
  runtime::g* gp = q.all.make(number);
  locked(q, [&q, gp] { runtime::globrunqput(q.rt, gp); });
}

// REQUIRES: sched.lock is free.
taken get(const queues& q, std::int64_t p, std::int64_t max) {
  taken result;
  locked(q, [&q, &result, p, max] {
    result.add(runtime::globrunqget(q.rt, q.p(p), static_cast<std::int32_t>(max)));
  });
  return result;
}

void fifo(run& t) {
  const std::int64_t puts = t["put"];
  const queues q(1, puts);
  taken consumer;
  t.go("producer", [&q, puts] {
    for (std::int64_t k = 1; k <= puts; k++) put(q, k);
  });
  t.go("consumer", [&q, &consumer, n = t["get"]] {
    for (std::int64_t k = 0; k < n; k++) consumer.append(get(q, 0, 1));
  });
  t.join();
  const taken rest = q.global_rest();
  taken order = consumer;
  order.append(rest);
  order.consecutive();
  q.all.each_taken_once({&consumer, &rest});
}

// Goroutines go from the global queue to a ring, and somebody looks whether there is work.
void way(run& t) {
  const queues q(1, 2);
  for (std::int64_t k = 1; k <= 2; k++) put(q, k);
  taken taker;
  t.go("taker", [&q, &taker] { taker = get(q, 0, 0); });
  t.go("looker", [&q] {
    platform::check(runtime::any_work(q.rt), "what is on its way is in one queue or the other");
  });
  t.join();
  const taken rest = q.rest(0);
  q.all.each_taken_once({&taker, &rest});
}

// One thread: who is put at the head is next, and the others follow in their order.
void head(run&) {
  const queues q(1, 4);
  locked(q, [&q] { runtime::globrunqputhead(q.rt, q.all[2]); });
  put(q, 3);
  locked(q, [&q] { runtime::globrunqputhead(q.rt, q.all[1]); });
  put(q, 4);
  const taken rest = q.global_rest();
  rest.ascending();
  q.all.each_taken_once({&rest});
}

// A P takes its share: one runs, the others are in its local queue, whence thieves may take them.
void share(run& t) {
  const std::int64_t n = t["n"];
  const std::int64_t procs = t["procs"];
  const std::int64_t max = t["max"];
  const queues q(std::max<std::int64_t>(procs, 2), n);
  for (std::int64_t k = 1; k <= n; k++) put(q, k);
  taken ran;
  taken stolen;
  t.go("taker", [&q, &ran, max] { ran = get(q, 0, max); });
  t.go("thief", [&q, &stolen] { stolen.add(runtime::runqsteal(q.p(1), q.p(0), false)); });
  t.join();
  const taken global = q.global_rest();
  taken local = q.rest(1);
  local.append(stolen);
  local.append(q.rest(0));
  std::int64_t fair = std::min(n / q.procs() + 1, n);
  if (max > 0) fair = std::min(fair, max);
  fair = std::min(fair, local_size / 2);
  platform::check(static_cast<std::int64_t>(ran.size() + local.size()) == fair,
                  "a P takes its share, at most max and half a local queue");
  platform::check(ran.size() == 0 || ran[0] == 1, "the oldest runs at once");
  global.consecutive();
  q.all.each_taken_once({&ran, &local, &global});
  platform::check(q.rt.sched.runqsize.load(std::memory_order_seq_cst) == 0, "the size is exact");
}

// A full local queue sends its older half and the newcomer, as one batch, whoever else puts.
void batch(run& t) {
  constexpr std::int64_t newcomer = local_size + 1;
  constexpr std::int64_t other = local_size + 2;
  const queues q(1, other);
  q.fill(1, local_size);
  t.go("owner", [&q] { runtime::runqput(q.p(0), q.all.make(newcomer), false); });
  t.go("other", [&q] { put(q, other); });
  t.join();
  const taken local = q.rest(0);
  const taken global = q.global_rest();
  q.all.each_taken_once({&local, &global});
  platform::check(global.size() == static_cast<std::size_t>(local_size / 2 + 2),
                  "half a queue, the newcomer and the other's are in the global queue");
  const std::size_t first = global[0] == other ? 1 : 0;  // of the batch
  for (std::size_t i = 0; i <= local_size / 2; i++) {
    const auto expected = i < local_size / 2 ? static_cast<std::int64_t>(i) + 1 : newcomer;
    platform::check(global[first + i] == expected, "a batch stays together, in its order");
  }
}

program row(const char* name, const char* about, void (*scenario)(run&)) {
  return strict(name, about, 3, scenario);
}

}  // namespace

void add_globrunq(checker::catalogue& all) {
  all.push_back(row("globrunq/fifo", "first in, first out, each goroutine once", fifo));
  all.back().parameters = {{"put", 2, 0, 8, "the producer's puts"},
                           {"get", 2, 0, 8, "the consumer's gets, one goroutine each"}};

  all.push_back(
      row("globrunq/way", "what is on its way to a ring is in one queue or the other", way));
  all.back().threads = 3;
  all.back().marks = {"globrunqget/batch"};

  all.push_back(row("globrunq/head", "who is put at the head is next", head));
  all.back().threads = 1;

  all.push_back(
      row("globrunq/share", "a P takes its share and no more, which thieves may share", share));
  all.back().parameters = {{"n", 4, 0, 16, "goroutines in the global queue"},
                           {"procs", 2, 2, 8, "GOMAXPROCS"},
                           {"max", 0, 0, 8, "most goroutines to take, 0: no limit"}};
  all.back().marks = {"globrunqget/batch"};

  all.push_back(row("globrunq/batch", "an overflowing local queue's batch stays together", batch));
  all.back().marks = {"runqput/slow"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
