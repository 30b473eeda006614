#include "runtime/sudog.hpp"

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "runtime/deadlock.hpp"
#include "runtime/stubs.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int32_t full = platform::config::sudog_cache;

sudog* pop(p* pp) {
  sudog* s = pp->sudogcache.get();
  pp->sudogcache.set(s->next.get());
  pp->sudogcount.set(pp->sudogcount.get() - 1);
  s->next.set(nullptr);
  return s;
}

void push(p* pp, sudog* s) {
  s->next.set(pp->sudogcache.get());
  pp->sudogcache.set(s);
  pp->sudogcount.set(pp->sudogcount.get() + 1);
}

// A new one. The P keeps it in mind, since at the end of a runtime goroutines may still have some.
sudog* made(p* pp) {
  sudog* s = platform::create<sudog>();
  s->alllink = pp->sudogs.get();
  pp->sudogs.set(s);
  return s;
}

}  // namespace

sudog* acquireSudog() {
  m* mp = acquirem();
  p* pp = getp();
  sched_t& sched = mp->rt.sched;
  if (pp->sudogcount.get() == 0) {
    lock(sched.sudoglock);
    while (pp->sudogcount.get() < full / 2 && sched.sudogcache.get() != nullptr) {
      platform::mark("sudog/fetched");
      sudog* s = sched.sudogcache.get();
      sched.sudogcache.set(s->next.get());
      push(pp, s);
    }
    unlock(sched.sudoglock);
    if (pp->sudogcount.get() == 0) push(pp, made(pp));
  }
  sudog* s = pop(pp);
  if (s->elem.get() != nullptr) throw_(mp->rt, "acquireSudog: found s.elem != nil in cache");
  releasem(mp);
  return s;
}

void releaseSudog(sudog* s) {
  runtime& rt = getrt();
  if (s->elem.get() != nullptr) throw_(rt, "runtime: sudog with non-nil elem");
  if (s->next.get() != nullptr) throw_(rt, "runtime: sudog with non-nil next");
  if (s->prev.get() != nullptr) throw_(rt, "runtime: sudog with non-nil prev");
  if (getg()->param.get() != nullptr) throw_(rt, "runtime: releaseSudog with non-nil gp.param");
  m* mp = acquirem();  // stays on this P
  p* pp = getp();
  if (pp->sudogcount.get() == full) {
    platform::mark("sudog/sent");
    lock(rt.sched.sudoglock);
    while (pp->sudogcount.get() > full / 2) {
      sudog* moved = pop(pp);
      moved->next.set(rt.sched.sudogcache.get());
      rt.sched.sudogcache.set(moved);
    }
    unlock(rt.sched.sudoglock);
  }
  push(pp, s);
  releasem(mp);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
