// The lock-free stack, the free lists of goroutines and the goid cache against their sequential
// specifications.
#include <deque>

#include "platform/config.hpp"
#include "properties/goroutines.hpp"
#include "properties/spec/gfree.hpp"
#include "runtime/gfree.hpp"
#include "runtime/goid.hpp"
#include "runtime/sync/lfstack.hpp"
#include "tests/properties/drive.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::tests {
namespace {

namespace spec = tenterhook::properties::spec;
using spec::nobody;

constexpr std::size_t no_node = 0;

}  // namespace

difference drive_lfstack(const rules& by, const setup& with, const std::vector<op>& ops) {
  constexpr std::size_t nodes = 12;
  std::vector<runtime::lfnode*> numbered;
  std::vector<std::size_t> held;  // numbers of the nodes outside, from 1
  std::vector<std::size_t> model(by.lfstack_bottom, no_node);
  for (std::size_t i = 1; i <= nodes; i++) {
    numbered.push_back(platform::create<runtime::lfnode>(static_cast<int>(i)));
    held.push_back(i);
  }
  // few bits of the push count: one thread needs none of them
  runtime::lfstack stack("lfstack", static_cast<unsigned>(with.procs));
  progress going;
  difference found;
  for (std::size_t at = 0; at < ops.size() && found.what == nullptr; at++) {
    going.step();
    if (ops[at].kind % 2 == 0 && !held.empty()) {
      const std::size_t which = static_cast<std::size_t>(ops[at].n) % held.size();
      const std::size_t number = held[which];
      held.erase(held.begin() + static_cast<std::ptrdiff_t>(which));
      runtime::lfstackpush(stack, numbered[number - 1]);
      model.push_back(number);
      continue;
    }
    const runtime::lfnode* node = runtime::lfstackpop(stack);
    std::size_t number = no_node;
    for (std::size_t i = 0; i < nodes; i++) number = numbered[i] == node ? i + 1 : number;
    const bool empty = model.empty();
    found.same("lfstackpop", at, empty ? 0 : static_cast<std::int64_t>(model.back()),
               static_cast<std::int64_t>(number));
    found.same("lfstackpop is not empty", at, empty ? 0 : 1, node == nullptr ? 0 : 1);
    if (empty || found.what != nullptr) continue;
    held.push_back(number);
    model.pop_back();
  }
  for (runtime::lfnode* node : numbered) platform::destroy(node);
  return found;
}

difference drive_gfree(const rules& by, const setup& with, const std::vector<op>& ops) {
  const std::size_t most = 2 * by.gfree_high;
  const properties::goroutines gs(static_cast<std::int64_t>(most) + 2);
  std::deque<std::int64_t> alive;
  for (std::int64_t i = 1; i <= gs.count(); i++) alive.push_back(i);
  auto& rt = *platform::create<runtime::runtime>(with.procs);
  spec::gfree model{by.gfree_high,
                    by.gfree_low,
                    std::vector<spec::list>(static_cast<std::size_t>(with.procs)),
                    {}};
  progress going;
  difference found;
  for (std::size_t at = 0; at < ops.size() && found.what == nullptr; at++) {
    going.step();
    const op& o = ops[at];
    const auto i = static_cast<std::size_t>(o.p % with.procs);
    for (std::int64_t k = o.kind % 3 == 2 ? 1 : share(o.n, most); k > 0; k--) {
      going.step();
      if (o.kind % 3 == 0 && !alive.empty()) {
        runtime::gfput(rt.allp[i], gs[alive.front()]);
        model.put(i, alive.front());
        alive.pop_front();
      } else if (o.kind % 3 == 1) {
        runtime::g* gp = runtime::gfget(rt.allp[i]);
        const std::int64_t number = gp == nullptr ? nobody : gp->goid.get();
        found.same("gfget", at, model.get(i), number);
        if (gp != nullptr) alive.push_back(number);
      } else if (o.kind % 3 == 2) {
        runtime::gfpurge(rt.allp[i]);
        model.purge(i);
      }
      found.same("gfreecnt", at, static_cast<std::int64_t>(model.local[i].size()),
                 rt.allp[i]->gfreecnt.load(std::memory_order_relaxed));
      // relaxed: one thread
      found.same("ngfree", at, static_cast<std::int64_t>(model.shared.size()),
                 rt.sched.ngfree.load(std::memory_order_relaxed));
      if (found.what != nullptr) break;
    }
  }
  platform::destroy(&rt);
  return found;
}

difference drive_goid(const rules& by, const setup& with, const std::vector<op>& ops) {
  auto& rt = *platform::create<runtime::runtime>(with.procs);
  std::vector<std::uint64_t> next(static_cast<std::size_t>(with.procs), 0);
  std::vector<std::uint64_t> end = next;
  std::uint64_t given = 0;  // the last id that some P has, used or not
  progress going;
  difference found;
  for (std::size_t at = 0; at < ops.size() && found.what == nullptr; at++) {
    going.step();
    const auto i = static_cast<std::size_t>(ops[at].p % with.procs);
    if (next[i] == end[i]) {
      next[i] = given + 1;
      end[i] = next[i] + by.goid_batch;
      given += by.goid_batch;
    }
    found.same("newgoid", at, static_cast<std::int64_t>(next[i]++), runtime::newgoid(rt.allp[i]));
  }
  platform::destroy(&rt);
  return found;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::tests
