// The objects of the scheduler: G, M, P and sched, as Go's runtime2.go (1.6) has them, so far as
// the run queues, the free lists, the goid cache and the semaphores need. Nothing here is global:
// everything hangs on one `runtime` object, so two runtimes can live in one program, and dropping
// the object is the reset.
//
// Thread safety: a comment at each field says who may touch it. Construction and destruction are
// one thread's, before and after all others.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "platform/atomic.hpp"
#include "platform/config.hpp"
#include "platform/plain.hpp"
#include "runtime/sync/lock.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct runtime;

// A goroutine: so far, what the queues link and what the free lists keep. Whoever creates one
// destroys it.
struct g {
  explicit g(std::int64_t id);
  g(const g&) = delete;
  g& operator=(const g&) = delete;

  // Of the list that holds this g: guarded as the list is. Otherwise its holder's.
  platform::plain<g*> schedlink{nullptr, "schedlink"};
  // Written by newproc before the g is published, again after reuse; anybody reads.
  platform::plain<std::int64_t> goid;
};

// A thread of the system that runs goroutines: so far, what it parks on.
struct m {
  m(runtime& owner, std::int64_t number);
  m(const m&) = delete;
  m& operator=(const m&) = delete;

  runtime& rt;            // immutable
  const std::int64_t id;  // immutable
  note park{"park"};      // its own thread sleeps, anybody who finds it in a queue wakes
  sudog waiting;          // see sudog
};

// A processor: the right to run Go code, with its local run queue and caches.
struct p {
  p(runtime& owner, std::int32_t number, std::uint32_t start_index = 0);
  p(const p&) = delete;
  p& operator=(const p&) = delete;

  runtime& rt;            // immutable
  const std::int32_t id;  // immutable

  // The local run queue, a ring: the owner produces at the tail, anyone consumes at the head.
  // Both count up and wrap at 2^32; the queue holds tail - head goroutines. See runq.hpp.
  platform::atomic<std::uint32_t> runqhead;  // owner and thieves, by CAS
  platform::atomic<std::uint32_t> runqtail;  // written by the owner only
  // Written by the owner; read racily: what a thief read counts only if its CAS of head succeeds.
  std::array<platform::atomic<g*>, platform::config::runq_size> runq;
  // The goroutine that the running one readied: next in line, in the same time slice. The owner
  // puts and takes, thieves may take, all by CAS.
  platform::atomic<g*> runnext{nullptr, "runnext"};

  // Dead goroutines for reuse, linked by schedlink; only the owner.
  platform::plain<g*> gfree{nullptr, "p.gfree"};
  platform::plain<std::int32_t> gfreecnt{0, "p.gfreecnt"};

  // The batch of goids that this P hands out: [goidcache, goidcacheend). Only the owner.
  platform::plain<std::uint64_t> goidcache{0, "goidcache"};
  platform::plain<std::uint64_t> goidcacheend{0, "goidcacheend"};
};

// What all Ps share.
struct sched_t {
  platform::atomic<std::uint64_t> goidgen{0, "sched.goidgen"};  // the last id given to a batch

  mutex lock{"sched.lock"};

  // The global run queue, guarded by lock. The size is atomic because it is looked at without.
  platform::plain<g*> runqhead{nullptr, "sched.runqhead"};
  platform::plain<g*> runqtail{nullptr, "sched.runqtail"};
  platform::atomic<std::int32_t> runqsize{0, "sched.runqsize"};

  // Dead goroutines, linked by schedlink, guarded by gflock. Both are atomic because they are
  // looked at without it: gfree before taking the lock, ngfree for the count of goroutines.
  mutex gflock{"sched.gflock"};
  platform::atomic<g*> gfree{nullptr, "sched.gfree"};
  platform::atomic<std::int32_t> ngfree{0, "sched.ngfree"};
};

// Which document the local run queue follows.
enum class runq_form : std::uint8_t {
  // November 2014: no runnext; a thief grabs into a batch of its own and copies from there.
  go14,
  // Go 1.6: runnext; a thief grabs right into its own ring.
  go16,
};

struct runtime {
  // start_index: where the run queues' indices start, so that their wrap at 2^32 is within reach.
  // REQUIRES: procs > 0.
  explicit runtime(std::int32_t procs, runq_form which = runq_form::go16,
                   std::uint32_t start_index = 0);
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  const std::int32_t gomaxprocs;  // changes with procresize, later: then only while the world stops
  const runq_form form;           // immutable
  std::vector<p*> allp;           // immutable after construction; owned
  sched_t sched;
  sema_table semtable;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
