#include "runtime/runq.hpp"

#include <array>

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/thread.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/places.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::uint32_t size = platform::config::runq_size;
static_assert(size >= 2 && (size & (size - 1)) == 0,
              "index % size is continuous where the 32-bit index wraps only for powers of two");

platform::atomic<g*>& slot(p* pp, std::uint32_t index) { return pp->runq[index % size]; }

// Puts gp into runnext; returns who was there, whom the caller must queue.
//
// The race: a thief takes the old runnext while we replace it, and it would run twice. Closed by
// the CAS: we queue exactly the one that we removed. Checked by: runq/*.
g* replace_runnext(p* pp, g* gp) {
  g* old = pp->runnext.load(std::memory_order_relaxed);  // the CAS confirms it
  if (platform::defect(platform::defect_id("runqput-runnext-plain"))) {
    pp->runnext.store(gp, std::memory_order_release);  // gp's contents, to a thief's acquire
    return old;
  }
  // release: gp's contents, to a thief's acquire
  while (!pp->runnext.compare_exchange(
      old, gp,
      relaxed_by(platform::defect_id("runqput-runnext-relaxed"), std::memory_order_release),
      std::memory_order_relaxed)) {
    platform::mark("runqput/next-stolen");
  }
  return old;
}

// Empties runnext; nullptr if a thief has. We put it there ourselves, so there is nothing to
// acquire.
g* take_runnext(p* pp) {
  g* next = pp->runnext.load(std::memory_order_relaxed);  // the CAS confirms it
  if (next == nullptr) return nullptr;
  if (platform::defect(platform::defect_id("runqget-runnext-plain"))) {
    pp->runnext.store(nullptr, std::memory_order_release);  // as below
    return next;
  }
  // release: the tail that our runqput moved when it kicked, to runqempty's acquire. A failure
  // means that a thief took it: only we put, so it stays empty.
  if (pp->runnext.compare_exchange(
          next, nullptr,
          relaxed_by(platform::defect_id("runqget-runnext-relaxed"), std::memory_order_release),
          std::memory_order_relaxed)) {
    return next;
  }
  platform::mark("runqget/next-stolen");
  return nullptr;
}

// Takes `next`, found in pp's runnext; false if it is gone.
//
// The race: the thief takes the goroutine that the owner is about to run. It costs nothing but
// speed, as the CAS lets only one have it; but a goroutine that readies another is often about to
// block, so the thief gives an owner that runs 3 us first, as later Go does (1.6: 100 us to any,
// which was most of the time until a goroutine that is readied alone runs: L16). That runnext may
// hold the same goroutine a second time by then does no harm: it is ready either way.
// Checked by: runq/*.
bool steal_runnext(p* pp, g* next) {
  // relaxed: a hint
  if (pp->status.load(std::memory_order_relaxed) == Prunning) platform::usleep(3);
  if (platform::defect(platform::defect_id("runqgrab-runnext-plain"))) {
    pp->runnext.store(nullptr, std::memory_order_relaxed);  // the defect: unconditionally
    return true;
  }
  // acquire: next's contents, from the owner's release
  return pp->runnext.compare_exchange(
      next, nullptr,
      relaxed_by(platform::defect_id("runqgrab-runnext-relaxed"), std::memory_order_acquire),
      std::memory_order_relaxed);
}

void copy(p* from, std::uint32_t h, std::uint32_t n, const runq_batch& batch) {
  for (std::uint32_t i = 0; i < n; i++) {
    // relaxed: filled before the tail that we acquired; what it is now, the CAS of head decides
    batch.set(i, slot(from, h + i).load(std::memory_order_relaxed));
  }
}

}  // namespace

void runq_batch::set(std::uint32_t i, g* gp) const {
  if (thief_ != nullptr) {
    slot(thief_, first_ + i).store(gp, std::memory_order_relaxed);  // published by runqsteal's tail
    return;
  }
  platform::check(i < capacity_, "a batch index is in range");
  own_[i] = gp;
}

g* runq_batch::get(std::uint32_t i) const {
  if (thief_ != nullptr) {
    return slot(thief_, first_ + i).load(std::memory_order_relaxed);  // our own store
  }
  platform::check(i < capacity_, "a batch index is in range");
  return own_[i];
}

// The races: a thief reads a slot before it is filled, closed by filling it before the tail moves
// (release, to the thief's acquire); and we refill a slot that a thief has yet to read, closed by
// the thief's reading before it moves head (release), to our acquire here.
// Checked by: runq/*.
void runqput(p* pp, g* gp, bool next) {
  enqueued(gp);
  if (next && pp->rt.form == runq_form::go16) {
    gp = replace_runnext(pp, gp);
    if (gp == nullptr) return;
    platform::mark("runqput/kick-runnext");
  }
  for (;;) {
    // acquire: the consumers that moved head have read the slots that they left
    const std::uint32_t h = pp->runqhead.load(std::memory_order_acquire);
    const std::uint32_t t = pp->runqtail.load(std::memory_order_relaxed);  // only we write it
    if (t - h < size) {
      const bool early = platform::defect(platform::defect_id("runqput-tail-before-slot"));
      if (!early) slot(pp, t).store(gp, std::memory_order_relaxed);  // published by the tail
      // release: the slot and gp's contents, to the acquire of thieves
      pp->runqtail.store(t + 1, relaxed_by(platform::defect_id("runqput-tail-relaxed"),
                                           std::memory_order_release));
      if (early) slot(pp, t).store(gp, std::memory_order_relaxed);  // the defect: too late
      return;
    }
    platform::mark("runqput/slow");
    if (runqputslow(pp, gp, h, t)) return;
    platform::mark("runqputslow/cas-failed");  // so there is room now
  }
}

// The race: a thief takes what we are moving. Closed by taking it as thieves do, with a CAS of
// head. The batch is linked while nobody else knows it; sched.lock publishes it.
// Checked by: runq/*.
bool runqputslow(p* pp, g* gp, std::uint32_t h, std::uint32_t t) {
  const std::uint32_t n = (t - h) / 2;
  if (n != size / 2) platform::fatal("runqputslow: queue is not full");
  std::array<g*, size / 2 + 1> batch;
  for (std::uint32_t i = 0; i < n; i++) {
    batch[i] = slot(pp, h + i).load(std::memory_order_relaxed);  // our own stores
  }
  if (platform::defect(platform::defect_id("runqputslow-no-cas"))) {
    pp->runqhead.store(h + n, std::memory_order_release);  // the defect: whatever thieves did
  } else if (!pp->runqhead.compare_exchange(h, h + n,
                                            std::memory_order_release,  // keeps tail >= head seen
                                            std::memory_order_relaxed)) {
    return false;
  }
  batch[n] = gp;

  for (std::uint32_t i = 0; i < n; i++) batch[i]->schedlink.set(batch[i + 1]);
  const bool unlocked = platform::defect(platform::defect_id("globrunqputbatch-unlocked"));
  if (!unlocked) lock(pp->rt.sched.lock);
  globrunqputbatch(pp->rt, batch[0], batch[n], static_cast<std::int32_t>(n + 1));
  if (!unlocked) unlock(pp->rt.sched.lock);
  return true;
}

// The race: we and thieves take the same goroutine. Closed by the CAS of head: the slots between
// head and tail are filled and stay so, and whoever moves head has what it read there before.
// Checked by: runq/*.
runqget_result runqget(p* pp, bool next_last) {
  const bool has_next = pp->rt.form == runq_form::go16;
  if (has_next && !next_last) {
    if (g* next = take_runnext(pp); next != nullptr) {
      platform::mark("runqget/runnext");
      return {dequeued(next), true};
    }
  }
  for (;;) {
    // acquire: consumers have read the slots that they left; a steal of ours may refill them
    std::uint32_t h = pp->runqhead.load(std::memory_order_acquire);
    const std::uint32_t t = pp->runqtail.load(std::memory_order_relaxed);  // only we write it
    if (t == h) {
      g* next = has_next && next_last ? take_runnext(pp) : nullptr;
      return {next == nullptr ? nullptr : dequeued(next), false};
    }
    g* gp = slot(pp, h).load(std::memory_order_relaxed);  // our own store
    if (platform::defect(platform::defect_id("runqget-no-cas"))) {
      pp->runqhead.store(h + 1, std::memory_order_release);  // the defect: whatever thieves did
      return {dequeued(gp), false};
    }
    // release: the tail that we know, so whoever acquires this head finds no smaller tail
    if (pp->runqhead.compare_exchange(h, h + 1, std::memory_order_release,
                                      std::memory_order_relaxed)) {
      return {dequeued(gp), false};
    }
    platform::mark("runqget/cas-failed");
  }
}

// The race: between our reading head and tail, and again until the CAS, the owner and other thieves
// go on. Head, then tail: an outdated head with a newer tail looks like more than a full queue,
// which is why more than half a queue is never taken (with a batch for half a queue, it would write
// past the end before the CAS fails). What is copied counts only if head has not moved.
// Checked by: runq/*.
std::uint32_t runqgrab(p* pp, const runq_batch& batch, bool stealRunNextG) {
  const bool late = platform::defect(platform::defect_id("runqgrab-copy-after-cas"));
  for (;;) {
    // acquire: a tail that is not smaller, from whoever moved head
    std::uint32_t h = pp->runqhead.load(std::memory_order_acquire);
    // acquire: the slots below it and the contents of their goroutines, from the owner
    const std::uint32_t t = pp->runqtail.load(
        relaxed_by(platform::defect_id("runqgrab-tail-relaxed"), std::memory_order_acquire));
    const std::uint32_t n = (t - h) - (t - h) / 2;
    if (n == 0) {
      if (!stealRunNextG || pp->rt.form == runq_form::go14) return 0;
      g* next = pp->runnext.load(std::memory_order_relaxed);  // the CAS confirms it
      if (next == nullptr) return 0;
      if (!steal_runnext(pp, next)) {
        platform::mark("runqgrab/runnext-gone");
        continue;
      }
      platform::mark("runqgrab/runnext");
      batch.set(0, next);
      return 1;
    }
    if (n > size / 2 && !platform::defect(platform::defect_id("runqgrab-no-consistency-check"))) {
      platform::mark("runqgrab/inconsistent");
      continue;
    }
    if (!late) copy(pp, h, n, batch);
    // release: our reading of the slots, to the owner that refills them
    if (pp->runqhead.compare_exchange(h, h + n, std::memory_order_release,
                                      std::memory_order_relaxed)) {
      if (late) copy(pp, h, n, batch);  // the defect: the owner may have refilled them
      if (n > 1) platform::mark("runqgrab/half");
      return n;
    }
    platform::mark("runqgrab/cas-failed");
  }
}

// The stolen goroutines appear in our ring all at once, with the tail: until then no one but us
// knows them, and thieves of ours see the queue empty. Checked by: runq/*.
g* runqsteal(p* pp, p* p2, bool stealRunNextG) {
  const std::uint32_t t = pp->runqtail.load(std::memory_order_relaxed);  // only we write it
  const bool direct = pp->rt.form == runq_form::go16;
  std::array<g*, size / 2> own;
  const runq_batch batch = direct ? runq_batch(pp, t) : runq_batch(own.data(), size / 2);

  std::uint32_t n = runqgrab(p2, batch, stealRunNextG);
  if (n == 0) return nullptr;
  n--;
  g* gp = dequeued(batch.get(n));
  if (n == 0) return gp;

  // acquire: thieves of ours have read the slots that they left
  const std::uint32_t h = pp->runqhead.load(std::memory_order_acquire);
  if (t - h + n >= size) platform::fatal("runqsteal: runq overflow");
  const bool early = platform::defect(platform::defect_id("runqsteal-tail-before-items"));
  if (early) pp->runqtail.store(t + n, std::memory_order_release);  // the defect: too early
  if (!direct) {
    for (std::uint32_t i = 0; i < n; i++) {
      slot(pp, t + i).store(own[i], std::memory_order_relaxed);  // published by the tail
    }
  }
  // release: the slots and, handed on, their goroutines' contents, to the acquire of thieves
  pp->runqtail.store(
      t + n, relaxed_by(platform::defect_id("runqsteal-tail-relaxed"), std::memory_order_release));
  platform::mark("runqsteal/more-than-one");
  return gp;
}

// The race (L01): one reads head and tail, and then runnext, of a queue that is never empty.
// Meanwhile runqput replaces runnext and moves the old one to the ring, and runqget takes the new
// one: the ring was looked at before the move, runnext after the get. Closed by looking at the tail
// again: it only grows, so unchanged it was the same when runnext was read; and head, between the
// value that we read and this tail, was equal to it too. Go 1.6 does not look again.
// Checked by: runq/*.
bool runqempty(p* pp) {
  for (;;) {
    // acquire: a tail that is not smaller, from whoever moved head
    const std::uint32_t h = pp->runqhead.load(std::memory_order_acquire);
    const std::uint32_t t = pp->runqtail.load(std::memory_order_acquire);  // before runnext
    // acquire: the tail that the owner moved before it emptied runnext
    g* next = pp->runnext.load(std::memory_order_acquire);
    if (platform::defect(platform::defect_id("runqempty-go16"))) return h == t && next == nullptr;
    // relaxed: after runnext, by its acquire
    if (pp->runqtail.load(std::memory_order_relaxed) == t) return h == t && next == nullptr;
    platform::mark("runqempty/retry");
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
