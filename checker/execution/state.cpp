// The state of an execution, as a number.
#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {
namespace {

// Numbers in one order.
class Digest {
 public:
  void add(std::uint64_t number) {
    hash_.low = mix(hash_.low, number);
    hash_.high = mix(number + 1, hash_.high);
  }
  GraphHash hash() const { return hash_; }

 private:
  GraphHash hash_{1, 2};
};

}  // namespace

// The graph says what each thread has read, so what the program made of it, and which waits ended
// for no reason. The rest decides who may act next: where each thread is, how it spins, signals.
bool Execution::state(GraphHash& hash) const {
  if (graphs_) return false;
  Digest all;
  all.add(graph_.low);
  all.add(graph_.high);
  all.add(spun_);
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    all.add(t.path_hash);
    all.add(t.started);
    all.add(static_cast<std::uint64_t>(t.state) | static_cast<std::uint64_t>(t.pending.kind) << 8 |
            std::uint64_t{t.futex_answer} << 16 | std::uint64_t{t.masked} << 24 |
            std::uint64_t{t.in_handler} << 25 | std::uint64_t{t.interrupted} << 26 |
            std::uint64_t{t.ended} << 27 | std::uint64_t{t.signals_left} << 32);
    all.add(t.acts);
    all.add(t.signalled);
    all.add(t.events);
    all.add(t.state == ThreadState::joining ? threads_[t.joins]->path_hash : 0);
    all.add(t.buffer.size() - t.flushed);
    all.add(t.repeats | std::uint64_t{t.iteration.size()} << 32);
    all.add(t.previous.size());
    all.add(static_cast<std::uint64_t>(t.now_ns));
    for (const HotLoop& loop : t.loops) {
      all.add(loop.turns | std::uint64_t{loop.pauses} << 32);
      for (const std::uint32_t other : live_) all.add(threads_[other]->acted <= loop.turn_began);
    }
  }
  // the order of each queue; that of the queues is nobody's
  GraphHash queues;
  for (const FutexQueue& q : queues_) {
    if (q.waiters.empty()) continue;
    Digest queue;
    queue.add(reinterpret_cast<std::uintptr_t>(q.cell));
    for (const std::uint32_t slot : q.waiters) queue.add(threads_[slot]->path_hash);
    queues.low += queue.hash().low;
    queues.high += queue.hash().high;
  }
  all.add(queues.low);
  all.add(queues.high);
  hash = all.hash();
  return true;
}

}  // namespace tenterhook::checker
