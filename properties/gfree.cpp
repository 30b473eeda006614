// gfree/*: dead goroutines are reused, each by one P at a time, and the counts are right.
#include "runtime/gfree.hpp"

#include <vector>

#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/queues.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

constexpr std::int64_t high = platform::config::gfree_high;
constexpr std::int64_t low = platform::config::gfree_low;

std::int64_t length(runtime::g* first, std::int64_t limit) {
  std::int64_t n = 0;
  for (; first != nullptr && n <= limit; first = first->schedlink.get()) n++;
  return n;
}

void counts_are_right(const queues& q) {
  for (runtime::p* pp : q.rt.allp) {
    const std::int32_t count = pp->gfreecnt.load(std::memory_order_relaxed);  // alone
    platform::check(count == length(pp->gfree.get(), q.all.count()),
                    "a P's count is its list's length");
    platform::check(count < high, "a P's list is below its limit");
  }
  runtime::g* first = q.rt.sched.gfree.load(std::memory_order_seq_cst);
  platform::check(q.rt.sched.ngfree.load(std::memory_order_seq_cst) == length(first, q.all.count()),
                  "the global count is its list's length");
}

// Takes all that is left in the lists of all Ps, and in the global list.
taken left(const queues& q) {
  taken result;
  for (runtime::p* pp : q.rt.allp) {
    while (result.add(runtime::gfget(pp))) {
    }
  }
  return result;
}

// P 0's goroutines die, more than it keeps; the other Ps want one each at the same time.
void reuse(run& t) {
  const std::int64_t takers = t["takers"];
  const queues q(1 + takers, high);
  for (std::int64_t k = 1; k < high; k++) runtime::gfput(q.p(0), q.all[k]);
  std::vector<taken> got(static_cast<std::size_t>(takers));
  t.go("dying", [&q] { runtime::gfput(q.p(0), q.all.make(high)); });
  for (std::int64_t i = 0; i < takers; i++) {
    t.go(thread_names[i + 1], [&q, &mine = got[static_cast<std::size_t>(i)], i] {
      mine.add(runtime::gfget(q.p(1 + i)));
    });
  }
  t.join();
  counts_are_right(q);
  taken reused;
  for (const taken& mine : got) reused.append(mine);
  const taken rest = left(q);
  q.all.each_taken_once({&reused, &rest});
}

// Two Ps and the last goroutines of the global list.
void last(run& t) {
  const std::int64_t n = t["n"];
  const queues q(3, n);
  for (std::int64_t k = 1; k <= n; k++) runtime::gfput(q.p(0), q.all[k]);
  runtime::gfpurge(q.p(0));
  taken got[2];
  for (std::int64_t i = 0; i < 2; i++) {
    t.go(thread_names[i], [&q, &mine = got[i], i] { mine.add(runtime::gfget(q.p(1 + i))); });
  }
  t.join();
  counts_are_right(q);
  platform::check(got[0].size() + got[1].size() >= 1, "what is there is found");
  const taken rest = left(q);
  q.all.each_taken_once({&got[0], &got[1], &rest});
}

// A P goes out of use; what it had is there for the others.
void purge(run& t) {
  const std::int64_t n = t["n"];
  const queues q(2, n);
  for (std::int64_t k = 1; k <= n; k++) runtime::gfput(q.p(0), q.all[k]);
  taken got;
  t.go("purger", [&q] { runtime::gfpurge(q.p(0)); });
  t.go("taker", [&q, &got] { got.add(runtime::gfget(q.p(1))); });
  t.join();
  counts_are_right(q);
  platform::check(q.p(0)->gfree.get() == nullptr, "a purged P has none");
  const taken rest = left(q);
  q.all.each_taken_once({&got, &rest});
}

program row(const char* name, const char* about, void (*scenario)(run&)) {
  return strict(name, about, 5, scenario);  // with three takers
}

}  // namespace

void add_gfree(checker::catalogue& all) {
  all.push_back(row("gfree/reuse", "a dead goroutine is in one list or reused, once", reuse));
  all.back().parameters = {{"takers", 1, 1, 3, "Ps that want a goroutine"}};
  all.back().marks = {"gfput/batch", "gfget/batch"};

  all.push_back(row("gfree/last", "two Ps do not get the same last goroutine", last));
  all.back().parameters = {{"n", 1, 1, low, "goroutines in the global list"}};
  all.back().marks = {"gfget/batch", "gfget/emptied"};

  all.push_back(row("gfree/purge", "a purged P's goroutines are there for the others", purge));
  all.back().parameters = {{"n", 2, 1, high - 1, "goroutines of the P that goes out of use"}};
  all.back().marks = {"gfget/batch"};
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
