#include "runtime/sync/parfor.hpp"

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "platform/thread.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::uint32_t minus_one = static_cast<std::uint32_t>(-1);

struct range {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
};

constexpr range unpack(std::uint64_t pos) {
  return {static_cast<std::uint32_t>(pos), static_cast<std::uint32_t>(pos >> 32)};
}

constexpr std::uint64_t pack(range r) { return r.begin | std::uint64_t{r.end} << 32; }

// One thread's way through the operation. What is only its own is no cell.
class worker {
 public:
  worker(parfor* desc, std::uint32_t tid) : desc_(desc), tid_(tid), me_(*desc->thr[tid]) {}

  void run() {
    do {
      run_own();
    } while (find_work());
    leave();
  }

 private:
  void run_own();
  bool find_work();
  range cut(parforthread& victim);
  void take(range stolen);
  bool back_off(std::uint32_t tries);
  void leave();

  parfor* const desc_;
  const std::uint32_t tid_;
  parforthread& me_;
  bool idle_ = false;  // are we counted in desc->done?

  std::uint64_t nsteal_ = 0;
  std::uint64_t nstealcnt_ = 0;
  std::uint64_t nprocyield_ = 0;
  std::uint64_t nosyield_ = 0;
  std::uint64_t nsleep_ = 0;
};

// Runs iterations from the bottom of our range, until thieves and we have used it up.
void worker::run_own() {
  for (;;) {
    // acquire: a thief whose cut we see has left `done` before, so our count there follows its own
    const range r = unpack(me_.pos.fetch_add(1, std::memory_order_acquire));
    if (r.begin >= r.end) return;
    desc_->body(desc_, r.begin);
  }
}

// Steals, or finds out that there is nothing left: false.
//
// The race: `done` has counted every thread, so they all go home, while a thread that was counted
// has just found work. Closed by the order: a counted thread leaves `done` before its cut, and its
// victim, which has run dry only after the cut, is counted after that; so while somebody has work,
// somebody is missing in `done`. Under weak memory the cut must carry this: release by the thief,
// acquire by the victim's next count. Checked by: parfor/*.
bool worker::find_work() {
  const std::uint32_t nthr = desc_->nthr;
  for (std::uint32_t tries = 0;; tries++) {
    if (tries > nthr * desc_->patience && !idle_) {
      idle_ = true;
      platform::mark("parfor/idle");
      desc_->done.fetch_add(1, std::memory_order_release);  // our bodies, to who sees all done
    }
    // acquire: with all threads counted, all their bodies
    if (desc_->done.load(std::memory_order_acquire) + (idle_ ? 0 : 1) == nthr) return false;

    std::uint32_t victim = platform::fastrandn(nthr - 1);
    if (victim >= tid_) victim++;
    const range stolen = cut(*desc_->thr[victim]);
    if (stolen.begin < stolen.end) {
      if (idle_) platform::fatal("parfor: should not be idle");
      take(stolen);
      return true;
    }
    if (!back_off(tries)) return false;
  }
}

// The upper half of what the victim has left, cut off; empty if that is less than two iterations.
range worker::cut(parforthread& victim) {
  for (;;) {
    // relaxed: the CAS confirms it, and a range tells of itself only
    std::uint64_t pos = victim.pos.load(std::memory_order_relaxed);
    const range r = unpack(pos);
    if (r.begin >= r.end || r.begin + 1 == r.end) return {};
    const bool late = platform::defect(platform::defect_id("parfor-done-late"));
    if (idle_ && !late) {
      idle_ = false;
      platform::mark("parfor/not-idle");
      desc_->done.fetch_add(minus_one, std::memory_order_relaxed);  // before the cut, which says so
    }
    const std::uint32_t middle = r.begin + (r.end - r.begin) / 2;
    // release: that we have left `done`, to the victim's count
    if (victim.pos.compare_exchange(
            pos, pack({r.begin, middle}),
            relaxed_by(platform::defect_id("parfor-cut-relaxed"), std::memory_order_release),
            std::memory_order_relaxed)) {
      if (idle_) {
        idle_ = false;
        desc_->done.fetch_add(minus_one, std::memory_order_relaxed);  // the defect: after the cut
      }
      platform::mark("parfor/steal");
      return {middle, r.end};
    }
    platform::mark("parfor/cut-failed");
  }
}

// Our empty range becomes the stolen one. A thief that read a range of ours long ago cannot cut
// this one by mistake: a range is never met twice, as its first iteration is always run by whoever
// holds it.
void worker::take(range stolen) {
  const std::uint64_t pos = pack(stolen);
  if (platform::defect(platform::defect_id("parfor-pos-torn"))) {
    // relaxed, as below. The defect: a 64-bit store in two halves, the upper first
    const std::uint64_t low = me_.pos.load(std::memory_order_relaxed) & 0xffff'ffff;
    me_.pos.store((pos >> 32 << 32) | low, std::memory_order_relaxed);  // the upper half
  }
  me_.pos.store(pos, std::memory_order_relaxed);  // a range tells of itself only
  nsteal_++;
  nstealcnt_ += stolen.end - stolen.begin;
}

// Waits the longer, the more often we looked in vain. False: not worth waiting for the others.
bool worker::back_off(std::uint32_t tries) {
  const std::uint32_t nthr = desc_->nthr;
  const std::uint32_t patience = desc_->patience;
  if (tries < nthr) return true;
  if (tries < patience * nthr) {
    nprocyield_++;
    platform::procyield(20);
  } else if (!desc_->wait) {
    platform::mark("parfor/no-wait");
    return false;
  } else if (tries < (patience + 2) * nthr) {
    nosyield_++;
    platform::osyield();
  } else {
    nsleep_++;
    platform::usleep(1);
  }
  return true;
}

void worker::leave() {
  // release: our bodies, to whoever sees all threads done
  if (!idle_) desc_->done.fetch_add(1, std::memory_order_release);
  const auto flush = [](platform::atomic<std::uint64_t>& sum, std::uint64_t mine) {
    if (mine != 0) sum.fetch_add(mine, std::memory_order_relaxed);  // a statistic
  };
  flush(desc_->nsteal, nsteal_);
  flush(desc_->nstealcnt, nstealcnt_);
  flush(desc_->nprocyield, nprocyield_);
  flush(desc_->nosyield, nosyield_);
  flush(desc_->nsleep, nsleep_);
}

}  // namespace

parfor::parfor(std::uint32_t nthrmax, std::uint32_t patient) : patience(patient) {
  platform::label(this, sizeof *this, "parfor", 0);
  for (std::uint32_t i = 0; i < nthrmax; i++) {
    thr.push_back(platform::create<parforthread>(static_cast<int>(i)));
  }
}

parfor::~parfor() {
  for (parforthread* t : thr) platform::destroy(t);
}

parfor* parforalloc(std::uint32_t nthrmax, std::uint32_t patience) {
  return platform::create<parfor>(nthrmax, patience);
}

void parforfree(parfor* desc) { platform::destroy(desc); }

void parforsetup(parfor* desc, std::uint32_t nthr, std::uint32_t n, void* ctx, bool wait,
                 parforbody body) {
  if (desc == nullptr || nthr == 0 || nthr > desc->thr.size() || body == nullptr) {
    platform::fatal("parfor: invalid args");
  }
  desc->body = body;
  desc->ctx = ctx;
  desc->nthr = nthr;
  desc->cnt = n;
  desc->wait = wait;
  // All relaxed: nobody else is at it, and the caller publishes them to the threads.
  desc->done.store(0, std::memory_order_relaxed);    // published by the caller
  desc->thrseq.store(0, std::memory_order_relaxed);  // published by the caller
  for (auto* sum :
       {&desc->nsteal, &desc->nstealcnt, &desc->nprocyield, &desc->nosyield, &desc->nsleep}) {
    sum->store(0, std::memory_order_relaxed);  // a statistic
  }
  for (std::uint32_t i = 0; i < nthr; i++) {
    const auto share = [&](std::uint64_t k) { return static_cast<std::uint32_t>(n * k / nthr); };
    // published by the caller
    desc->thr[i]->pos.store(pack({share(i), share(i + 1)}), std::memory_order_relaxed);
  }
}

void parfordo(parfor* desc) {
  // relaxed: only that each thread has a number of its own
  const std::uint32_t tid = desc->thrseq.fetch_add(1, std::memory_order_relaxed);
  if (tid >= desc->nthr) platform::fatal("parfor: invalid tid");

  if (desc->nthr == 1) {
    for (std::uint32_t i = 0; i < desc->cnt; i++) desc->body(desc, i);
    return;
  }
  worker(desc, tid).run();
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
