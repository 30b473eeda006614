// history/globrunq: the calls of any small program on the global run queue are explained by its
// sequential specification, globrunq of properties/spec/calls.hpp.
#include "platform/config.hpp"
#include "properties/catalogue.hpp"
#include "properties/queues.hpp"
#include "properties/recorder.hpp"
#include "properties/spec/calls.hpp"
#include "runtime/globrunq.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using tenterhook::properties::explained;
using tenterhook::properties::spec::list;
namespace spec = tenterhook::properties::spec;

constexpr std::int64_t local_size = platform::config::runq_size;

list numbers(const taken& some) { return list(some.begin(), some.end()); }

// How many new goroutines the operation brings.
std::int64_t brings(int op) {
  switch (op) {
    case spec::globrunq::put:
    case spec::globrunq::put_head: return 1;
    case spec::globrunq::put_batch: return 2;
    case spec::globrunq::spill: return local_size + 1;
    default: return 0;
  }
}

// Thread i owns P i, whose queue is empty between its calls.
class global_calls {
 public:
  global_calls(const queues& q, recorder& calls) : q_(q), calls_(calls) {}

  // The new goroutines are numbered from `first` on.
  void made(std::size_t i, int op, std::int64_t first) {
    list fresh;
    for (std::int64_t k = 0; k < brings(op); k++) fresh.push_back(first + k);
    calls_.made(i, op, fresh, [&] { return run_op(static_cast<std::int64_t>(i), op, fresh); });
  }

 private:
  list run_op(std::int64_t i, int op, const list& fresh) {
    if (op == spec::globrunq::spill) {
      for (const std::int64_t number : fresh) {
        runtime::runqput(q_.p(i), q_.all.make(number), false);
      }
      return numbers(q_.rest(i));
    }
    for (const std::int64_t number : fresh) q_.all.make(number);
    taken got;
    runtime::lock(q_.rt.sched.lock);
    switch (op) {
      case spec::globrunq::put: runtime::globrunqput(q_.rt, q_.all[fresh[0]]); break;
      case spec::globrunq::put_head: runtime::globrunqputhead(q_.rt, q_.all[fresh[0]]); break;
      case spec::globrunq::put_batch:
        q_.all[fresh[0]]->schedlink.set(q_.all[fresh[1]]);
        runtime::globrunqputbatch(q_.rt, q_.all[fresh[0]], q_.all[fresh[1]], 2);
        break;
      default: got.add(runtime::globrunqget(q_.rt, q_.p(i), op == spec::globrunq::get_one));
    }
    runtime::unlock(q_.rt.sched.lock);
    got.append(q_.rest(i));
    return numbers(got);
  }

  const queues& q_;
  recorder& calls_;
};

void global(run& t) {
  const small_program threads = program_of(t, spec::globrunq::spill, spec::globrunq::spill);
  std::int64_t goroutines = 0;
  std::vector<list> firsts(threads.size());  // by thread and operation
  for (std::size_t i = 0; i < threads.size(); i++) {
    for (const int op : threads[i]) {
      firsts[i].push_back(goroutines + 1);
      goroutines += brings(op);
    }
  }
  const queues q(static_cast<std::int64_t>(threads.size()), goroutines);
  recorder recorded(threads.size());
  global_calls calls(q, recorded);
  for (std::size_t i = 0; i < threads.size(); i++) {
    t.go(thread_names[i], [&calls, &ops = threads[i], &first = firsts[i], i] {
      for (std::size_t k = 0; k < ops.size(); k++) calls.made(i, ops[k], first[k]);
    });
  }
  t.join();
  const spec::globrunq start{threads.size(), static_cast<std::size_t>(local_size), {}};
  const list rest = numbers(q.global_rest());
  platform::check(explained(recorded.calls(), start,
                            [&rest](const spec::globrunq& end) { return end.global == rest; }),
                  "the calls on the global queue took effect in some order that explains them all");
}

}  // namespace

void add_history_globrunq(checker::catalogue& all) {
  program calls;
  calls.name = "history/globrunq";
  calls.about = "any calls on the global queue take effect in an order that explains them";
  calls.parameters = {{"program", 15026, 1, tenterhook::properties::largest_program,
                       "threads, between 0s: 1 put, 2 put at the head, 3 put two, 4 get one, "
                       "5 get a share, 6 overfill the own queue"}};
  calls.threads = 1 + most_program_threads;
  calls.body = body(global);
  calls.marks = {"runqput/slow", "globrunqget/batch"};
  calls.budget = budgets{0, 0, 0, 0};
  all.push_back(calls);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
