// A started runtime for a test: runs a main goroutine to its end, then stops everything.
#pragma once

#include <atomic>
#include <functional>

#include "runtime/lifecycle.hpp"
#include "runtime/park.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/start.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/sema.hpp"
#include "runtime/syscall.hpp"

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

// Two goroutines for a test of all Ps: one is in a system call, and one runs. Made by the main one.
class others_everywhere {
 public:
  explicit others_everywhere(runtime& rt) {
    both_.of(rt);
    go([this] {
      entersyscall();
      in_call_ = true;
      while (!go_on_) platform::usleep(100);
      exitsyscall();
      both_.done();
    });
    go([this] {
      while (!go_on_) safepoint();
      both_.done();
    });
    while (!in_call_) Gosched();
  }
  void end() {
    go_on_ = true;
    both_.wait();
  }

 private:
  group both_{2};
  std::atomic<bool> in_call_{false};
  std::atomic<bool> go_on_{false};
};

}  // namespace tenterhook::native::runtime
