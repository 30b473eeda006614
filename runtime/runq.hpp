// The local run queue of a P: runqput, runqputslow, runqget, runqgrab, runqsteal, runqempty of Go
// 1.6 (proc.go), and of November 2014 (proc1.go) when the runtime's form says so.
//
// A ring of runq_size slots, its head and tail counting up and wrapping at 2^32. The owner (the
// thread that holds the P) puts at the tail and gets at the head; thieves take half from the head.
// First in, first out, but for runnext, the one slot outside the ring (1.6): the goroutine that the
// running one made ready goes there, and runs next.
//
// Thread safety: at each function. What precedes a put is seen by whoever takes the goroutine.
// Invariants: 0 <= tail - head <= runq_size. A goroutine is in one place: runnext, a slot between
// head and tail, or in the hands of one thread.
// Checked by: runq/*.
#pragma once

#include <cstdint>

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Puts gp at the tail or, if next, into runnext, whose goroutine then goes to the tail. A full
// queue sends half of it and the newcomer to the global queue. In the 2014 form next is ignored.
// REQUIRES: the caller owns pp and does not hold sched.lock.
void runqput(p* pp, g* gp, bool next);

// Moves half of pp's queue, found full with this head and tail, and gp behind it, to the global
// queue. False: a thief was faster and there is room now; nothing is changed.
// REQUIRES: as runqput, and tail - head == runq_size.
bool runqputslow(p* pp, g* gp, std::uint32_t h, std::uint32_t t);

// gp == nullptr: the queue was empty. inheritTime: gp was in runnext, and should run on in the time
// slice of the goroutine that readied it; otherwise it starts a new one.
struct runqget_result {
  g* gp;
  bool inheritTime;
};

// Takes runnext or else the head; with next_last the head or else runnext, which then starts a new
// time slice too. REQUIRES: the caller owns pp.
runqget_result runqget(p* pp, bool next_last = false);

// Where runqgrab puts what it grabs, in order. The 1.6 form grabs right into the ring of the thief,
// from its tail on, where nobody else looks; the 2014 form into a batch on the thief's stack.
class runq_batch {
 public:
  runq_batch(p* thief, std::uint32_t first) : thief_(thief), first_(first) {}      // 1.6
  runq_batch(g** own, std::uint32_t capacity) : own_(own), capacity_(capacity) {}  // 2014
  void set(std::uint32_t i, g* gp) const;
  g* get(std::uint32_t i) const;

 private:
  p* thief_ = nullptr;
  std::uint32_t first_ = 0;
  g** own_ = nullptr;
  std::uint32_t capacity_ = 0;
};

// Takes the older half of pp's queue, rounded up, into batch; from an empty queue runnext, if
// stealRunNextG. Returns how many. Any thread may grab from any P.
std::uint32_t runqgrab(p* pp, const runq_batch& batch, bool stealRunNextG);

// Takes half of p2's queue, puts it into pp's, all but one, which is returned; nullptr: there was
// nothing. Fatal: "runqsteal: runq overflow".
// REQUIRES: the caller owns pp, whose queue is empty, as runqget just told; pp != p2.
g* runqsteal(p* pp, p* p2, bool stealRunNextG);

// True only if pp's ring and runnext were both empty at one instant during the call. (A goroutine
// that runqput has just kicked out of runnext is in neither until it is in the ring.) Any thread.
bool runqempty(p* pp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
