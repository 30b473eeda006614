// A row of cells of one name: x[0], x[1], … as atomics, plains or ghosts, which can be neither
// copied nor moved. Built and destroyed by one thread, before and after all others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

template <class Cell>
class cells {
 public:
  template <class T>
  cells(const char* name, std::int64_t count, T initial) {
    for (int i = 0; i < count; i++) row_.emplace_back(initial, name, i);
  }
  cells(const char* name, std::int64_t count) {  // of what needs no value: a note
    for (int i = 0; i < count; i++) row_.emplace_back(name, i);
  }
  Cell& operator[](std::int64_t i) { return row_.at(static_cast<std::size_t>(i)); }
  const Cell& operator[](std::int64_t i) const { return row_.at(static_cast<std::size_t>(i)); }

 private:
  std::deque<Cell> row_;
};

// Names of numbered threads: they live as long as the program does.
inline constexpr const char* thread_names[] = {"t0",  "t1",  "t2",  "t3",  "t4",  "t5",  "t6",
                                               "t7",  "t8",  "t9",  "t10", "t11", "t12", "t13",
                                               "t14", "t15", "t16", "t17", "t18", "t19"};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
