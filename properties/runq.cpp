// runq/*: no goroutine is lost and none runs twice, whoever takes from a local run queue. The
// queue's order and emptiness: runq_order.cpp, runq_empty.cpp.
#include "runtime/runq.hpp"

#include <utility>
#include <vector>

#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/cells.hpp"
#include "properties/queues.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

// The owner of P 0 puts `put` goroutines, the last but one into runnext, and gets `get`.
void own(const queues& q, taken& mine, std::int64_t put, std::int64_t get, bool next) {
  for (std::int64_t k = 1; k <= put; k++) {
    runtime::runqput(q.p(0), q.all.make(k), next && k == put - 1);
  }
  for (std::int64_t k = 0; k < get; k++) mine.add(runtime::runqget(q.p(0)).gp);
}

// The owner of P 0 against one steal a thief; thief i owns P i.
void rob(run& t, const queues& q, bool runnext) {
  taken owner;
  std::vector<taken> thieves(static_cast<std::size_t>(t["thieves"]));
  t.go("owner", [&t, &q, &owner] { own(q, owner, t["put"], t["get"], t["next"] != 0); });
  for (std::size_t i = 0; i < thieves.size(); i++) {
    t.go(thread_names[i + 1], [&q, &mine = thieves[i], me = i + 1, runnext] {
      mine.add(runtime::runqsteal(q.p(static_cast<std::int64_t>(me)), q.p(0), runnext));
    });
  }
  t.join();
  taken stolen;
  for (const taken& mine : thieves) stolen.append(mine);
  const taken rest = q.everything_left();
  q.all.each_taken_once({&owner, &stolen, &rest});
}

void steal(run& t) {
  const queues q(1 + t["thieves"], t["put"]);
  rob(t, q, t["runnext"] != 0);
}

void steal_2014(run& t) {
  const queues q(1 + t["thieves"], t["put"], runtime::runq_form::go14);
  rob(t, q, false);
  platform::check(q.p(0)->runnext.load(std::memory_order_seq_cst) == nullptr,
                  "the 2014 form has no runnext");
}

void wrap(run& t) {
  const queues q(1 + t["thieves"], t["put"], runtime::runq_form::go16, t["start"]);
  rob(t, q, false);
}

void overflow(run& t) {
  constexpr std::int64_t size = platform::config::runq_size;
  const queues q(2, size + t["put"]);
  q.fill(1, size);
  taken thief;
  t.go("owner", [&t, &q] {
    for (std::int64_t k = 1; k <= t["put"]; k++) {
      runtime::runqput(q.p(0), q.all.make(size + k), false);
    }
  });
  t.go("thief", [&q, &thief] { thief.add(runtime::runqsteal(q.p(1), q.p(0), false)); });
  t.join();
  const taken global = q.global_rest();
  global.ascending();
  const taken local = q.rest(0);
  local.ascending();
  const taken stolen = q.rest(1);
  q.all.each_taken_once({&thief, &global, &local, &stolen});
}

// runnext is in the queue as well: stolen or run, once. Only goroutine 2 is there to be run next.
// over=1: the owner's time slice is over, and the ring comes first.
void next(run& t) {
  const bool over = t["over"] != 0;
  const queues q(2, 2);
  runtime::runqput(q.p(0), q.all[1], true);
  taken owner;
  taken thief;
  t.go("owner", [&q, &owner, over] {
    runtime::runqput(q.p(0), q.all.make(2), true);
    for (int k = 0; k < 2; k++) {
      const auto [gp, inheritTime] = runtime::runqget(q.p(0), over);
      owner.add(gp);
      platform::check(inheritTime == (gp != nullptr && gp == q.all[2] && !over),
                      "who runs from runnext inherits a slice that goes on, and nobody else");
    }
  });
  t.go("thief", [&q, &thief] { thief.add(runtime::runqsteal(q.p(1), q.p(0), true)); });
  t.join();
  if (over) owner.ascending();
  const taken rest = q.everything_left();
  q.all.each_taken_once({&owner, &thief, &rest});
}

// Nothing but runnext is there: one of the two comes too late and leaves with nothing.
void last_next(run& t) {
  const queues q(2, 1);
  runtime::runqput(q.p(0), q.all[1], true);
  taken owner;
  taken thief;
  t.go("owner", [&q, &owner] { owner.add(runtime::runqget(q.p(0)).gp); });
  t.go("thief", [&q, &thief] { thief.add(runtime::runqsteal(q.p(1), q.p(0), true)); });
  t.join();
  q.all.each_taken_once({&owner, &thief});
}

// The owner moves head and tail between the thief's looks at them, on a queue that is full before
// and after: what the thief makes of the two is more than a queue can hold.
void stale(run& t) {
  constexpr std::int64_t size = platform::config::runq_size;
  const std::int64_t rounds = t["rounds"];
  const auto form = t["form"] == 2014 ? runtime::runq_form::go14 : runtime::runq_form::go16;
  const queues q(2, size + rounds, form);
  q.fill(1, size);
  taken owner;
  taken thief;
  t.go("owner", [&q, &owner, rounds] {
    for (std::int64_t k = 1; k <= rounds; k++) {
      owner.add(runtime::runqget(q.p(0)).gp);
      runtime::runqput(q.p(0), q.all.make(size + k), false);
    }
  });
  t.go("thief", [&q, &thief] { thief.add(runtime::runqsteal(q.p(1), q.p(0), false)); });
  t.join();
  owner.ascending();
  const taken rest = q.everything_left();
  q.all.each_taken_once({&owner, &thief, &rest});
}

// A thief is robbed of what it has just stolen.
void chain(run& t) {
  const std::int64_t n = t["n"];
  const auto form = t["form"] == 2014 ? runtime::runq_form::go14 : runtime::runq_form::go16;
  const queues q(3, n, form);
  taken thieves[2];
  t.go("owner", [&q, n] {
    for (std::int64_t k = 1; k <= n; k++) runtime::runqput(q.p(0), q.all.make(k), false);
  });
  for (std::int64_t i = 0; i < 2; i++) {
    t.go(thread_names[i + 1],
         [&q, &mine = thieves[i], i] { mine.add(runtime::runqsteal(q.p(i + 1), q.p(i), false)); });
  }
  t.join();
  const taken rest = q.everything_left();
  q.all.each_taken_once({&thieves[0], &thieves[1], &rest});
}

program row(const char* name, const char* about, std::vector<checker::parameter> parameters,
            void (*scenario)(run&), std::vector<std::string> marks) {
  program result = strict(name, about, 5, scenario);  // with three thieves
  result.parameters = std::move(parameters);
  result.marks = std::move(marks);
  return result;
}

}  // namespace

void add_runq(checker::catalogue& all) {
  const checker::parameter put{"put", 3, 0, 8, "the owner's puts"};
  const checker::parameter get{"get", 2, 0, 8, "the owner's gets after them"};
  const checker::parameter thieves{"thieves", 1, 1, 3, "threads that steal once each"};
  const checker::parameter with_next{"next", 1, 0, 1, "1: the last put but one is into runnext"};
  const checker::parameter no_next{"next", 0, 0, 1, "1: ask for runnext, which must not matter"};
  const checker::parameter runnext{"runnext", 0, 0, 1, "1: thieves take runnext as well"};
  all.push_back(row("runq/steal", "a thief and the owner never take the same goroutine",
                    {put, get, thieves, with_next, runnext}, steal,
                    {"runqget/runnext", "runqget/cas-failed", "runqgrab/cas-failed"}));
  all.push_back(row("runq/thieves", "two thieves and the owner never take the same goroutine",
                    {{"put", 2, 0, 8, put.about},
                     {"get", 1, 0, 8, get.about},
                     {"thieves", 2, 1, 3, thieves.about},
                     {"next", 0, 0, 1, with_next.about},
                     runnext},
                    steal, {"runqgrab/cas-failed", "runqget/cas-failed"}));
  all.push_back(row("runq/2014", "the same of the queue without runnext, as of November 2014",
                    {put, get, thieves, no_next}, steal_2014,
                    {"runqgrab/half", "runqsteal/more-than-one", "runqget/cas-failed"}));
  all.push_back(row("runq/wrap", "the indices wrap at 2^32 and nothing else happens",
                    {{"put", 4, 0, 8, put.about},
                     get,
                     thieves,
                     with_next,
                     {"start", 0xffff'fffe, 0, 0xffff'ffff, "where the indices start"}},
                    wrap, {"runqgrab/half", "runqget/runnext"}));
  all.push_back(row("runq/overflow", "a full queue sends half of itself to the global queue, once",
                    {{"put", 1, 1, 4, "puts into the full queue"}}, overflow,
                    {"runqput/slow", "runqputslow/cas-failed", "runqgrab/cas-failed"}));
  for (const bool over : {false, true}) {
    all.push_back(row(over ? "runq/next-over" : "runq/next",
                      over ? "when the time slice is over runnext comes last, and starts a new one"
                           : "runnext is run or stolen, once, and alone inherits the time slice",
                      {{"over", over, 0, 1, "1: the owner's time slice is over"}}, next,
                      {"runqput/kick-runnext", "runqput/next-stolen", "runqgrab/runnext"}));
  }
  all.push_back(row("runq/last-next", "a lonely runnext goes to the owner or to the thief", {},
                    last_next,
                    {"runqgrab/runnext", "runqget/next-stolen", "runqgrab/runnext-gone"}));
  const checker::parameter form{"form", 2014, 2014, 2016, "2014: as of November 2014, else 1.6"};
  all.push_back(row("runq/stale", "a thief that saw an outdated head takes nothing for it",
                    {form, {"rounds", 1, 1, 8, "the owner's gets from the full queue, a put each"}},
                    stale, {"runqgrab/inconsistent", "runqgrab/half"}));
  all.push_back(row("runq/chain", "a thief may be robbed as soon as its loot is in its queue",
                    {form, {"n", 3, 1, platform::config::runq_size, "the owner's puts"}}, chain,
                    {"runqsteal/more-than-one"}));
  add_runq_order(all);
  add_runq_empty(all);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
