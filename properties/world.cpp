#include "properties/world.hpp"

#include "runtime/g_status.hpp"
#include "runtime/m.hpp"
#include "runtime/runq.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

runtime::g* running_on(runtime::m* mp) {
  auto* gp = platform::create<runtime::g>(mp->id + 1);
  mp->running = gp;
  // relaxed, all: nobody else is there yet
  mp->curg.store(gp, std::memory_order_relaxed);
  gp->m.store(mp, std::memory_order_relaxed);
  runtime::casgstatus(gp, runtime::Gidle, runtime::Gdead);
  runtime::allgadd(mp->rt, gp);
  runtime::casgstatus(gp, runtime::Gdead, runtime::Grunnable);
  runtime::casgstatus(gp, runtime::Grunnable, runtime::Grunning);
  return gp;
}

}  // namespace

as_m::as_m(runtime::runtime& rt, runtime::p* pp)
    : mp(runtime::allocm(rt, nullptr)), gp(running_on(mp)) {
  if (pp == nullptr) return;
  // relaxed, all: nobody else is there yet
  mp->p.store(pp, std::memory_order_relaxed);
  pp->m.store(mp, std::memory_order_relaxed);
  pp->status.store(runtime::Prunning, std::memory_order_relaxed);
}

void as_m::enter() const { runtime::setm(mp); }

void as_m::leave() const { runtime::setm(nullptr); }

world::world(const options& how, std::function<void()> main)
    : rt(*platform::create<runtime::runtime>(1)), main_(std::move(main)) {
  runtime::options all = how.more;
  all.procs = how.procs;
  all.sysmon = how.sysmon || (platform::real() && !how.monitored);
  if (all.sysmon && !how.sysmon) platform::mark("world/real");
  if (!all.sysmon && !platform::real()) rt.stop_again_after = -1;
  runtime::start(
      rt, all,
      [](void* argument) {
        auto* self = static_cast<world*>(argument);
        self->main_();
        self->ended();
      },
      this);
}

void from_start_to_end(const runtime::options& how, void (*main)(void*), void* argument) {
  auto* rt = platform::create<runtime::runtime>(1);
  if (!platform::real()) rt->stop_again_after = -1;
  runtime::start(*rt, how, main, argument);
  runtime::wait(*rt);
  runtime::stop(*rt);
  platform::destroy(rt);
}

world::~world() { platform::destroy(&rt); }

void world::ended() {
  if (!is_native()) return;
  // acq_rel: what each goroutine did, to whoever finishes
  if (left_.fetch_add(~0u, std::memory_order_acq_rel) == 1) runtime::notewakeup(all_ended_);
}

void world::go(std::function<void()> f) {
  if (is_native()) left_.fetch_add(1, std::memory_order_relaxed);  // counted by one that is
  runtime::go([this, f = std::move(f)] {
    f();
    ended();
  });
}

void world::go_daemon(std::function<void()> f) { runtime::go(std::move(f)); }

void world::finish() {
  if (!platform::quiesce()) {
    runtime::notesleep(all_ended_);
    runtime::wait(rt);
    runtime::stop(rt);
  }
  // relaxed: everybody else has ended
  platform::check(rt.mainReturned.load(std::memory_order_relaxed) != 0,
                  "the main goroutine comes to its end");
}

int idle_entries(const runtime::runtime& rt, const runtime::p* pp) {
  int n = 0;
  // relaxed: everybody else has ended
  for (runtime::p* one = rt.sched.pidle.load(std::memory_order_relaxed); one != nullptr;
       one = one->link.get()) {
    if (one == pp) n++;
  }
  return n;
}

namespace {

// Of a runtime that is quiet, and not stopped.
void check_places(runtime::runtime& rt) {
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);
  // relaxed, all: everybody else has ended
  for (std::int32_t i = 0; i < procs; i++) {
    const runtime::p* pp = rt.allp[static_cast<std::size_t>(i)];
    platform::check(pp->status.load(std::memory_order_relaxed) == runtime::Pidle &&
                        pp->m.load(std::memory_order_relaxed) == nullptr,
                    "every P is idle when all is quiet");
    platform::check(idle_entries(rt, pp) == 1, "an idle P is in the list, once");
  }
  for (const runtime::m* mp = rt.allm.load(std::memory_order_relaxed); mp != nullptr;
       mp = mp->alllink) {
    platform::check(mp->p.load(std::memory_order_relaxed) == nullptr,
                    "no M has a P when all is quiet");
  }
  for (runtime::g* gp : rt.allgs) {
    const std::uint32_t status = runtime::readgstatus(gp);
    platform::check(status == runtime::Gdead || status == runtime::Gwaiting ||
                        status == runtime::Gsyscall,
                    "every goroutine waits or is dead when all is quiet");
  }
}

}  // namespace

void world::check_quiet() {
  // relaxed, all: everybody else has ended
  if (!is_native()) {  // there Ms may have ended while they looked for work
    platform::check(rt.sched.nmspinning.load(std::memory_order_relaxed) == 0,
                    "nobody spins when all is quiet");
    for (runtime::m* mp = rt.allm.load(std::memory_order_relaxed); mp != nullptr;
         mp = mp->alllink) {
      platform::check(mp->spinning.load(std::memory_order_relaxed) == 0,
                      "no M thinks that it spins when all is quiet");
    }
  }
  if (!is_native()) {  // there Ms ended with their Ps
    const auto procs = static_cast<std::uint32_t>(rt.gomaxprocs.load(std::memory_order_relaxed));
    platform::check(rt.sched.npidle.load(std::memory_order_relaxed) == procs,
                    "npidle counts the idle Ps");
    check_places(rt);
  }
  platform::check(rt.sched.runqsize.load(std::memory_order_relaxed) == 0,
                  "no goroutine is left in the global queue");
  const std::int32_t procs = rt.gomaxprocs.load(std::memory_order_relaxed);
  for (std::int32_t i = 0; i < procs; i++) {
    platform::check(runtime::runqempty(rt.allp[static_cast<std::size_t>(i)]),
                    "no goroutine is left in a local queue");
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
