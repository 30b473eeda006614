// The goroutines of a scenario and the account of who took which: "no goroutine is lost, none runs
// twice". The account costs no step of the execution: a thread keeps what it took in a `taken` of
// its own, and the main thread settles it after run::join().
//
//   goroutines all(3);
//   taken owner, thief;
//   t.go("owner", [&] { owner.add(runtime::runqget(p).gp); });
//   ...
//   t.join();
//   all.each_taken_once({&owner, &thief});
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "platform/check.hpp"
#include "platform/memory.hpp"
#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

// The numbers of the goroutines that one thread took, in order. Used by one thread at a time.
class taken {
 public:
  // Takes gp, reading what its maker wrote; false for nullptr, which is not counted.
  bool add(runtime::g* gp) {
    if (gp != nullptr) numbers_.push_back(gp->goid.get());
    return gp != nullptr;
  }
  void append(const taken& later) { numbers_.insert(numbers_.end(), later.begin(), later.end()); }
  std::size_t size() const { return numbers_.size(); }
  std::int64_t operator[](std::size_t i) const { return numbers_.at(i); }
  std::vector<std::int64_t>::const_iterator begin() const { return numbers_.begin(); }
  std::vector<std::int64_t>::const_iterator end() const { return numbers_.end(); }

  // First in, first out. REQUIRES: the numbers follow the order of the puts.
  void ascending() const {
    for (std::size_t i = 1; i < numbers_.size(); i++) {
      platform::check(numbers_[i - 1] < numbers_[i], "goroutines leave in the order they came");
    }
  }

  // Ascending without a gap. REQUIRES: as ascending.
  void consecutive() const {
    for (std::size_t i = 1; i < numbers_.size(); i++) {
      platform::check(numbers_[i - 1] + 1 == numbers_[i], "a batch is taken in one piece");
    }
  }

 private:
  std::vector<std::int64_t> numbers_;
};

// Goroutines numbered from 1. Created and destroyed by the main thread.
class goroutines {
 public:
  explicit goroutines(std::int64_t count) {
    for (std::int64_t number = 1; number <= count; number++) {
      all_.push_back(platform::create<runtime::g>(number));
    }
  }
  goroutines(const goroutines&) = delete;
  goroutines& operator=(const goroutines&) = delete;
  ~goroutines() {
    for (runtime::g* gp : all_) platform::destroy(gp);
  }

  std::int64_t count() const { return static_cast<std::int64_t>(all_.size()); }

  // REQUIRES: 1 <= number <= count.
  runtime::g* operator[](std::int64_t number) const {
    return all_.at(static_cast<std::size_t>(number - 1));
  }

  // The same, made by the calling thread: whoever takes it must see what is written here.
  runtime::g* make(std::int64_t number) const {
    runtime::g* gp = (*this)[number];
    gp->goid.set(number);
    return gp;
  }

  // REQUIRES: all threads are joined, and what they left is in one of the lists.
  void each_taken_once(std::initializer_list<const taken*> lists) const {
    std::vector<int> times(all_.size(), 0);
    for (const taken* list : lists) {
      for (const std::int64_t number : *list) {
        platform::check(number >= 1 && number <= count(), "what is taken was put");
        times[static_cast<std::size_t>(number - 1)]++;
      }
    }
    for (const int n : times) {
      platform::check(n <= 1, "no goroutine runs twice");
      platform::check(n >= 1, "no goroutine is lost");
    }
  }

 private:
  std::vector<runtime::g*> all_;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
