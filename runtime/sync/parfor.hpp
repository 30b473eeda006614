// Parallel for: Go 1.4's parfor.go. The threads share out the iterations [0, n) evenly; one that
// runs dry steals the upper half of another's rest.
//
//   parfor* desc = parforalloc(4);
//   parforsetup(desc, 3, 1000, ctx, true, body);
//   parfordo(desc);                    // on each of exactly 3 threads
//
// Thread safety: parforalloc, parforsetup and parforfree by one thread, ordered with the others'
// parfordo by the caller's own means; parfordo on any thread.
// Promise: body runs once for each i in [0, n). With `wait` every body has happened before any
// parfordo returns; without, a parfordo may return while other threads still work.
// Errors: fatal, "parfor: invalid args" and "parfor: invalid tid" (more threads than agreed).
#pragma once

#include <cstdint>
#include <vector>

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct parfor;
using parforbody = void (*)(parfor*, std::uint32_t);

// One thread's share.
struct parforthread {
  explicit parforthread(int index) : pos(0, "parfor.pos", index) {}
  parforthread(const parforthread&) = delete;
  parforthread& operator=(const parforthread&) = delete;

  // The iterations that are left, [low half, high half), in one word, so that the owner's count up
  // at the bottom and the thieves' cuts at the top exclude each other. Empty when begin >= end:
  // begin runs past end by one at each look of the owner.
  platform::atomic<std::uint64_t> pos;

 private:
  char pad_[128];  // the largest cache line of our targets: owners count without disturbing others
};

struct parfor {
  parfor(std::uint32_t nthrmax, std::uint32_t patience);
  ~parfor();
  parfor(const parfor&) = delete;
  parfor& operator=(const parfor&) = delete;

  // Set by parforsetup, immutable while the threads are at it.
  parforbody body = nullptr;
  void* ctx = nullptr;     // for body
  std::uint32_t nthr = 0;  // threads of this operation
  std::uint32_t cnt = 0;   // iterations
  bool wait = false;

  platform::atomic<std::uint32_t> done{0, "parfor.done"};      // threads that found no work
  platform::atomic<std::uint32_t> thrseq{0, "parfor.thrseq"};  // the next thread's number

  // What it took, summed over the threads as they leave. Statistics: ordered with nothing.
  platform::atomic<std::uint64_t> nsteal{0, "parfor.nsteal"};          // successful steals
  platform::atomic<std::uint64_t> nstealcnt{0, "parfor.nstealcnt"};    // iterations stolen
  platform::atomic<std::uint64_t> nprocyield{0, "parfor.nprocyield"};  // waits, by kind
  platform::atomic<std::uint64_t> nosyield{0, "parfor.nosyield"};
  platform::atomic<std::uint64_t> nsleep{0, "parfor.nsleep"};

  // Immutable after construction.
  std::vector<parforthread*> thr;
  const std::uint32_t patience;  // fruitless looks a thread, before a thread counts itself done
};

// For at most nthrmax threads. Go's patience is 4; fewer make a smaller state space.
parfor* parforalloc(std::uint32_t nthrmax, std::uint32_t patience = 4);
void parforfree(parfor* desc);

void parforsetup(parfor* desc, std::uint32_t nthr, std::uint32_t n, void* ctx, bool wait,
                 parforbody body);

void parfordo(parfor* desc);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
