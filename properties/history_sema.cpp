// history/sema: the calls of any small program on two semaphores are explained by their counts,
// sema of properties/spec/calls.hpp, and all of them return.
#include <array>
#include <set>

#include "properties/catalogue.hpp"
#include "properties/recorder.hpp"
#include "properties/spec/calls.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using tenterhook::properties::explained;
using tenterhook::properties::spec::list;
namespace spec = tenterhook::properties::spec;

// Does every order of the program's calls that the counts allow reach its end?
class endings {
 public:
  explicit endings(const small_program& threads) : threads_(threads), at_(threads.size(), 0) {}

  bool always(const spec::sema& state) {
    if (!seen_.insert(at_).second) return true;  // the counts follow from the places
    bool over = true;
    bool stuck = true;
    for (std::size_t i = 0; i < threads_.size(); i++) {
      if (at_[i] == threads_[i].size()) continue;
      over = false;
      spec::sema after = state;
      const tenterhook::properties::call next{threads_[i][at_[i]], {}, {}, {}};
      if (after.take(next, 0) == tenterhook::properties::effect::impossible) continue;
      stuck = false;
      at_[i]++;
      const bool good = always(after);
      at_[i]--;
      if (!good) return false;
    }
    return over || !stuck;
  }

 private:
  const small_program& threads_;
  std::vector<std::size_t> at_;
  std::set<std::vector<std::size_t>> seen_;
};

// The smallest counts to start with that let the program end whatever the order. They exist: as
// many as there are acquires.
spec::sema enough_for(const small_program& threads) {
  for (std::int64_t sum = 0;; sum++) {
    for (std::int64_t a = 0; a <= sum; a++) {
      const spec::sema start{{a, sum - a}};
      if (endings(threads).always(start)) return start;
    }
  }
}

void semaphores(run& t) {
  const small_program threads = program_of(t, spec::sema::acquire_b, spec::sema::acquire_b);
  const spec::sema start = enough_for(threads);
  auto& rt = *platform::create<runtime::runtime>(1);
  std::vector<runtime::m*> ms;
  std::array<runtime::semaphore, 2> count = {
      runtime::semaphore(static_cast<std::uint32_t>(start.counts[0]), "count", 0),
      runtime::semaphore(static_cast<std::uint32_t>(start.counts[1]), "count", 1)};
  recorder recorded(threads.size());
  for (std::size_t i = 0; i < threads.size(); i++) {
    ms.push_back(platform::create<runtime::m>(rt, static_cast<std::int64_t>(i)));
    t.go(thread_names[i], [&rt, &count, &recorded, &ops = threads[i], mp = ms.back(), i] {
      for (const int op : ops) {
        recorded.made(i, op, {}, [&rt, &count, mp, op]() -> list {
          runtime::semaphore& mine = count[spec::sema::which(op)];
          if (spec::sema::releases(op)) {
            runtime::semrelease(rt, mine);
          } else {
            runtime::semacquire(*mp, mine);
          }
          return {};
        });
      }
    });
  }
  t.join();
  std::array<std::int64_t, 2> rest;
  for (std::size_t i = 0; i < 2; i++) rest[i] = count[i].load(std::memory_order_seq_cst);
  platform::check(explained(recorded.calls(), start,
                            [&rest](const spec::sema& end) {
                              return end.counts[0] == rest[0] && end.counts[1] == rest[1];
                            }),
                  "the calls on semaphores took effect in some order that explains them all");
  for (runtime::m* mp : ms) platform::destroy(mp);
  platform::destroy(&rt);
}

}  // namespace

void add_history_sema(checker::catalogue& all) {
  program calls;
  calls.name = "history/sema";
  calls.about = "any calls on semaphores take effect in an order that the counts explain, and end";
  calls.parameters = {{"program", 2101, 1, tenterhook::properties::largest_program,
                       "threads, between 0s: 1 release a, 2 acquire a, 3 release b, 4 acquire b; "
                       "the counts begin where no order blocks for ever"}};
  calls.threads = 1 + most_program_threads;
  calls.body = body(semaphores);
  calls.marks = {"sema/queue", "sema/wake"};
  calls.budget = budgets{0, 0, 0, 0};
  all.push_back(calls);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
