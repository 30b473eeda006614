#include "runtime/goid.hpp"

#include "platform/check.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::uint64_t batch = platform::config::goid_cache_batch;

// The last id before the batch that is now the caller's.
//
// The race: two Ps take the same batch. Closed by counting in one step. Checked by: goid/*.
std::uint64_t take_batch(sched_t& sched) {
  if (platform::defect(platform::defect_id("goid-batch-split"))) {
    // relaxed, as below. The defect: a load and a store
    const std::uint64_t last = sched.goidgen.load(std::memory_order_relaxed);
    sched.goidgen.store(last + batch, std::memory_order_relaxed);  // as below
    return last;
  }
  // relaxed: an id is unique because each addition is, and tells of nothing else
  return sched.goidgen.fetch_add(batch, std::memory_order_relaxed);
}

}  // namespace

std::int64_t newgoid(p* pp) {
  std::uint64_t id = pp->goidcache.get();
  if (id == pp->goidcacheend.get()) {
    platform::mark("goid/batch");
    id = take_batch(pp->rt.sched) + 1;  // the first goroutine of all gets 1
    pp->goidcacheend.set(id + batch);
  }
  pp->goidcache.set(id + 1);
  return static_cast<std::int64_t>(id);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
