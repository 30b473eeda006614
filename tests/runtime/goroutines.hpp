// What the run-queue tests share: goroutines, and threads that start together.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Goroutines 0 to n - 1, and how often each was taken. take() may be called by any thread.
class goroutines {
 public:
  explicit goroutines(std::size_t n) : times_(n) {
    for (std::size_t i = 0; i < n; i++) all_.emplace_back(static_cast<std::int64_t>(i));
  }
  g* operator[](std::size_t i) { return &all_.at(i); }

  bool take(g* gp) {
    if (gp == nullptr) return false;
    times_.at(static_cast<std::size_t>(gp->goid.get()))++;
    return true;
  }
  void expect_each_taken_once() const {
    for (std::size_t i = 0; i < times_.size(); i++) EXPECT_EQ(times_[i], 1) << "goroutine " << i;
  }

 private:
  std::deque<g> all_;
  std::vector<std::atomic<int>> times_;
};

// Runs body(i) on n threads that start as close together as it goes.
inline void on_threads(int n, const std::function<void(int)>& body) {
  std::atomic<int> waiting{n};
  std::vector<std::thread> threads;
  for (int i = 0; i < n; i++) {
    threads.emplace_back([&, i] {
      waiting--;
      while (waiting != 0) std::this_thread::yield();
      body(i);
    });
  }
  for (std::thread& t : threads) t.join();
}

// Every form and a start index on both sides of the wrap.
struct queue_case {
  runq_form form;
  std::uint32_t start;
};

inline const queue_case queue_cases[] = {
    {runq_form::go14, 0},
    {runq_form::go14, 0xffff'ff80},
    {runq_form::go16, 0},
    {runq_form::go16, 0xffff'ff80},
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
