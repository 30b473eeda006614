// A started runtime for a test: runs a main goroutine to its end, then stops everything.
#pragma once

#include <atomic>
#include <functional>

#include "runtime/lifecycle.hpp"
#include "runtime/park.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/start.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::native::runtime {

// Runs main() as the main goroutine of a runtime with so many Ps; returns when it has returned and
// every M has ended.
inline void run_main(const options& how, std::function<void(runtime&)> main) {
  struct call {
    runtime rt{1};
    std::function<void(runtime&)> main;
  } mine{.main = std::move(main)};
  start(
      mine.rt, how,
      [](void* argument) {
        auto* self = static_cast<call*>(argument);
        self->main(self->rt);
      },
      &mine);
  wait(mine.rt);
  stop(mine.rt);
}

// Counts goroutines down; the main one waits for the last.
class group {
 public:
  explicit group(int count) : left_(count) {}
  void done() {
    if (left_.fetch_sub(1) == 1) semrelease(*rt_, zero_);
  }
  void wait() { semacquire(zero_); }
  void of(runtime& rt) { rt_ = &rt; }

 private:
  runtime* rt_ = nullptr;
  std::atomic<int> left_;
  semaphore zero_{0, "zero"};
};

}  // namespace tenterhook::native::runtime
