#include "runtime/runtime2.hpp"

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "runtime/cells.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

void destroy_all(sudog* s) {
  while (s != nullptr) {
    sudog* next = s->alllink;
    platform::destroy(s);
    s = next;
  }
}

}  // namespace

g::g(std::int64_t id) : goid(id, "goid") { platform::label(this, sizeof *this, "g", id); }

g::~g() = default;

m::m(runtime& owner, std::int64_t number) : rt(owner), id(number), waiting(*this) {
  platform::label(this, sizeof *this, "m", id);
}

m::~m() { platform::destroy(g0); }

p::p(runtime& owner, std::int32_t number, std::uint32_t start_index)
    : rt(owner),
      id(number),
      runqhead(start_index, "runqhead"),
      runqtail(start_index, "runqtail"),
      runq(cells<platform::atomic<g*>, platform::config::runq_size>(static_cast<g*>(nullptr),
                                                                    "runq")) {
  platform::label(this, sizeof *this, "p", id);
}

runtime::runtime(std::int32_t procs, runq_form which, std::uint32_t start)
    : gomaxprocs(procs, "gomaxprocs"), form(which), start_index(start) {
  platform::check(procs > 0 && procs <= platform::config::max_gomaxprocs,
                  "a runtime has between one P and max_gomaxprocs");
  platform::label(&sched, sizeof sched, "sched", 0);
  allp.reserve(platform::config::max_gomaxprocs);  // it grows while others read it
  for (std::int32_t i = 0; i < procs; i++) {
    allp.push_back(platform::create<p>(*this, i, start_index));
  }
}

runtime::~runtime() {
  for (p* pp : allp) {
    destroy_all(pp->sudogs.get());
    platform::destroy(pp);
  }
  for (g* gp : allgs) platform::destroy(gp);
  // relaxed: everybody else has ended
  m* mp = allm.load(std::memory_order_relaxed);
  while (mp != nullptr) {
    m* next = mp->alllink;
    platform::destroy(mp);
    mp = next;
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
