// runq/fifo, runq/half: the order in which a local run queue gives its goroutines away, and how
// many of them a thief takes.
#include <algorithm>

#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/queues.hpp"
#include "runtime/runq.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t local_size = platform::config::runq_size;

// What a thief has: its P's queue holds all of the batch but the last, which it runs at once.
taken batch_of(const queues& q, const taken& ran) {
  taken batch = q.rest(1);
  batch.append(ran);
  return batch;
}

void fifo(run& t) {
  const queues q(2, t["put"]);
  taken owner;
  taken ran;
  t.go("owner", [&t, &q, &owner] {
    for (std::int64_t k = 1; k <= t["put"]; k++) {
      runtime::runqput(q.p(0), q.all.make(k), false);
    }
    for (std::int64_t k = 0; k < t["get"]; k++) owner.add(runtime::runqget(q.p(0)).gp);
  });
  if (t["thieves"] != 0) {
    t.go("thief", [&q, &ran] { ran.add(runtime::runqsteal(q.p(1), q.p(0), false)); });
  }
  t.join();
  const taken batch = batch_of(q, ran);
  const taken rest = q.rest(0);
  owner.ascending();
  batch.consecutive();
  rest.consecutive();
  taken left = owner;
  left.append(batch);
  for (const std::int64_t number : left) {
    platform::check(rest.size() == 0 || number < rest[0], "the oldest goroutines leave first");
  }
  q.all.each_taken_once({&owner, &batch, &rest});
}

std::size_t half(std::int64_t n) { return static_cast<std::size_t>(n - n / 2); }

void steals_half(run& t) {
  const std::int64_t before = t["n"];
  const std::int64_t put = std::min(t["put"], local_size - before);  // what fits
  const queues q(2, before + put);
  q.fill(1, before);
  taken ran;
  t.go("owner", [&q, before, put] {
    for (std::int64_t k = 1; k <= put; k++) {
      runtime::runqput(q.p(0), q.all.make(before + k), false);
    }
  });
  t.go("thief", [&q, &ran] { ran.add(runtime::runqsteal(q.p(1), q.p(0), false)); });
  t.join();
  const taken batch = batch_of(q, ran);
  const taken rest = q.rest(0);
  bool fits = false;
  for (std::int64_t n = before; n <= before + put; n++) fits = fits || batch.size() == half(n);
  platform::check(fits, "a thief takes the older half, rounded up, of what there was");
  batch.consecutive();
  platform::check(batch.size() == 0 || batch[0] == 1, "a thief takes the oldest");
  q.all.each_taken_once({&batch, &rest});
}

}  // namespace

void add_runq_order(checker::catalogue& all) {
  program order;
  order.name = "runq/fifo";
  order.about = "goroutines leave the queue in the order they came, taken singly or in batches";
  order.parameters = {{"put", 3, 0, local_size, "the owner's puts"},
                      {"get", 2, 0, 8, "the owner's gets after them"},
                      {"thieves", 1, 0, 1, "1: a thief steals once"}};
  order.threads = 3;
  order.body = body(fifo);
  order.budget = budgets{0, 0, 0, 0};
  all.push_back(order);

  program share;
  share.name = "runq/half";
  share.about = "a thief takes the older half of the queue, rounded up, in one piece";
  share.parameters = {{"n", 3, 0, local_size, "goroutines there before"},
                      {"put", 1, 0, 4, "the owner's puts meanwhile, as far as there is room"}};
  share.marks = {"runqgrab/half"};
  share.threads = 3;
  share.body = body(steals_half);
  share.budget = budgets{0, 0, 0, 0};
  all.push_back(share);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
