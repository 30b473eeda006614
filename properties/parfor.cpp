// parfor/*: each iteration runs once, and the operation ends.
#include "runtime/sync/parfor.hpp"

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using counters = cells<platform::plain<int>>;

void count(runtime::parfor* desc, std::uint32_t i) {
  platform::plain<int>& mine = (*static_cast<counters*>(desc->ctx))[i];
  mine.set(mine.get() + 1);
}

void each_once(counters& times, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i++) {
    platform::check(times[i].get() == 1, "each iteration has run once");
  }
}

void once(run& t) {
  const std::int64_t n = t["n"];
  const std::int64_t threads = t["threads"];
  const bool wait = t["wait"] != 0;
  counters times("times", n, 0);
  runtime::parfor* desc = runtime::parforalloc(static_cast<std::uint32_t>(threads),
                                               static_cast<std::uint32_t>(t["patience"]));
  runtime::parforsetup(desc, static_cast<std::uint32_t>(threads), static_cast<std::uint32_t>(n),
                       &times, wait, count);
  t.go_identical(threads, "worker", [desc, &times, n, wait] {
    runtime::parfordo(desc);
    if (wait) each_once(times, n);  // with `wait`, all bodies have happened before any return
  });
  t.join();
  each_once(times, n);
  runtime::parforfree(desc);
}

}  // namespace

void add_parfor(checker::catalogue& all) {
  program waiting;
  waiting.name = "parfor/once";
  waiting.about = "each iteration runs once, and all have run when any thread returns";
  waiting.parameters = {{"threads", 2, 1, 4, "threads"},
                        {"n", 3, 0, 64, "iterations"},
                        {"wait", 1, 0, 1, "0: a thread without work need not wait"},
                        {"patience", 0, 0, 4, "fruitless looks for work, a thread (Go: 4)"}};
  waiting.threads = 5;  // with four
  waiting.body = body(once);
  waiting.marks = {"parfor/steal", "parfor/idle"};
  waiting.budget = budgets{0, 0, 0, 0};
  all.push_back(waiting);

  program leaving = waiting;
  leaving.name = "parfor/leave";
  leaving.about = "each iteration runs once, though threads without work go home";
  leaving.parameters[2].value = 0;
  leaving.marks = {"parfor/steal", "parfor/no-wait"};
  all.push_back(leaving);

  program three = waiting;
  three.name = "parfor/three";
  three.about = "with three threads stolen work is stolen again, and still nobody leaves early";
  three.parameters[0].value = 3;
  three.parameters[1].value = 12;
  three.marks.push_back("parfor/not-idle");
  three.how = plan{"random", 0, 20'000};
  all.push_back(three);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
