// history/runq: the calls of any small program on a local run queue are explained by the queue's
// sequential specification, runq of properties/spec/calls.hpp.
#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/queues.hpp"
#include "properties/recorder.hpp"
#include "properties/spec/calls.hpp"
#include "runtime/runq.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using tenterhook::properties::explained;
using tenterhook::properties::spec::list;
using tenterhook::properties::spec::nobody;
namespace spec = tenterhook::properties::spec;

constexpr std::int64_t local_size = platform::config::runq_size;
constexpr int thief_ops = 10;  // spec::runq numbers them from here on

list numbers(const taken& some) { return list(some.begin(), some.end()); }

// Thread 0 owns P 0, which the others rob; thread i owns P i, where its booty goes first.
class local_calls {
 public:
  local_calls(const queues& q, recorder& calls, std::int64_t first)
      : q_(q), calls_(calls), fresh_(first) {}

  void owner(int op) {
    const bool puts = op == spec::runq::put || op == spec::runq::put_next;
    const std::int64_t number = puts ? fresh_++ : nobody;
    calls_.made(0, op, {number}, [&]() -> list {
      if (puts) {
        runtime::runqput(q_.p(0), q_.all.make(number), op == spec::runq::put_next);
        return {};
      }
      return op == spec::runq::get ? get() : empty();
    });
  }

  void thief(std::size_t i, int op) {
    calls_.made(i, op, {}, [&]() -> list {
      if (op == spec::runq::thief_empty) return empty();
      return rob(static_cast<std::int64_t>(i), op == spec::runq::steal_next);
    });
  }

  list get() {
    const auto [gp, inherit] = runtime::runqget(q_.p(0));
    if (gp == nullptr) return {nobody, 0};
    return {gp->goid.get(), inherit ? 1 : 0};
  }

 private:
  list empty() { return {runtime::runqempty(q_.p(0)) ? 1 : 0}; }

  // All but the last of what is stolen is then in the thief's own queue.
  list rob(std::int64_t i, bool runnext) {
    taken last;
    last.add(runtime::runqsteal(q_.p(i), q_.p(0), runnext));
    taken booty = q_.rest(i);
    booty.append(last);
    return numbers(booty);
  }

  const queues& q_;
  recorder& calls_;
  std::int64_t fresh_;  // the owner's
};

// Puts before the threads start, by the same rules.
spec::runq prepare(run& t, const queues& q) {
  spec::runq start;
  start.queue.capacity = static_cast<std::size_t>(local_size);
  start.queue.has_runnext = t["go14"] == 0;
  q.fill(1, t["filled"]);
  for (std::int64_t k = 1; k <= t["filled"]; k++) start.queue.put(k, start.global);
  if (t["next"] != 0) {
    const std::int64_t number = t["filled"] + 1;
    runtime::runqput(q.p(0), q.all[number], true);
    const std::int64_t kicked = start.queue.replace_runnext(number);
    if (kicked != nobody) start.queue.put(kicked, start.global);
  }
  return start;
}

// What is left when the threads are gone.
spec::local_queue drain(const spec::runq& start, local_calls& calls) {
  spec::local_queue rest = start.queue;
  rest.runnext = nobody;
  rest.ring.clear();
  for (list got = calls.get(); got.front() != nobody; got = calls.get()) {
    if (got.back() != 0) {
      rest.runnext = got.front();
    } else {
      rest.ring.push_back(got.front());
    }
  }
  return rest;
}

void local(run& t) {
  const small_program threads = program_of(t, spec::runq::owner_empty, 3);
  std::int64_t goroutines = t["filled"] + t["next"];
  const std::int64_t first = goroutines + 1;
  for (const int op : threads.at(0)) goroutines += op <= spec::runq::put_next ? 1 : 0;
  const queues q(static_cast<std::int64_t>(threads.size()), goroutines,
                 t["go14"] != 0 ? runtime::runq_form::go14 : runtime::runq_form::go16, t["start"]);
  const spec::runq start = prepare(t, q);
  recorder recorded(threads.size());
  local_calls calls(q, recorded, first);
  for (std::size_t i = 0; i < threads.size(); i++) {
    t.go(thread_names[i], [&calls, &ops = threads[i], i] {
      for (const int op : ops) i == 0 ? calls.owner(op) : calls.thief(i, thief_ops + op);
    });
  }
  t.join();
  const spec::local_queue rest = drain(start, calls);
  const list global = numbers(q.global_rest());
  platform::check(
      explained(recorded.calls(), start,
                [&](const spec::runq& end) { return end.queue == rest && end.global == global; }),
      "the calls on a run queue took effect in some order that explains them all");
}

}  // namespace

void add_history_runq(checker::catalogue& all) {
  program calls;
  calls.name = "history/runq";
  calls.about = "any calls on a run queue take effect in an order that explains their results";
  calls.parameters = {
      {"program", 2230203, 1, tenterhook::properties::largest_program,
       "of the owner: 1 put, 2 put next, 3 get, 4 empty; 0, of a thief: 1 steal, 2 or runnext, "
       "3 empty"},
      {"filled", 0, 0, local_size, "goroutines there before"},
      {"next", 0, 0, 1, "1: one more in runnext"},
      {"go14", 0, 0, 1, "1: the queue of November 2014"},
      {"start", 0, 0, 0xffff'ffff, "where the indices start"}};
  calls.threads = 1 + most_program_threads;
  calls.body = body(local);
  calls.marks = {"runqput/kick-runnext", "runqgrab/runnext", "runqempty/retry"};
  calls.budget = budgets{0, 0, 0, 0};
  all.push_back(calls);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
