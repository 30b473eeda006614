// Waits for another thread that holds something for a short while without a lock: a few pauses, and
// then the processor is given away, turn by turn. Go 1.6 spins without a pause (L15): on one
// processor, or with as many that spin as there are, for the rest of the time slice; since
// 475d113b53 it pauses for 10 us, then yields.
#pragma once

#include "platform/check.hpp"
#include "platform/config.hpp"
#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// One wait of one thread. Checked by: g_status/*.
class waiting {
 public:
  // loop: who waits, for reports.
  explicit waiting(const char* loop) : loop_(loop) {}
  waiting(const waiting&) = delete;
  waiting& operator=(const waiting&) = delete;
  ~waiting() { lets_go(); }

  // Before the goroutine may give way, after which another one may wait on this thread.
  void lets_go() {
    if (turns_ != 0) platform::cool(loop_);
  }

  // It is not over yet.
  void pause() {
    platform::waits(loop_, platform::config::active_spin + 1);
    if (turns_++ < platform::config::active_spin ||
        platform::defect(platform::defect_id("casgstatus-never-yields"))) {
      platform::procyield(platform::config::active_spin_count);
    } else {
      platform::osyield();
    }
  }

 private:
  const char* const loop_;
  std::uint32_t turns_ = 0;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
