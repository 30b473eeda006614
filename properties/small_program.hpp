// Small concurrent programs as numbers: the parameter `program` of history/*. Each digit is an
// operation, a 0 begins the next thread: 12304 is a thread that does 1, 2, 3 and one that does 4.
// So a generated program is a parameter of a scenario, and a schedule file can name it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tenterhook::properties {

using small_program = std::vector<std::vector<int>>;  // operations 1 to 9, by thread

inline constexpr std::int64_t largest_program = 999'999'999'999'999'999;  // 18 digits

// Threads without operations are left out. REQUIRES: number > 0.
inline small_program decode_program(std::int64_t number) {
  std::vector<int> digits;
  for (; number > 0; number /= 10) digits.push_back(static_cast<int>(number % 10));
  std::reverse(digits.begin(), digits.end());
  small_program threads(1);
  for (const int digit : digits) {
    if (digit != 0) {
      threads.back().push_back(digit);
    } else if (!threads.back().empty()) {
      threads.emplace_back();
    }
  }
  if (threads.back().empty()) threads.pop_back();
  return threads;
}

// REQUIRES: the number is at most largest_program.
inline std::int64_t encode_program(const small_program& threads) {
  std::int64_t number = 0;
  for (const std::vector<int>& ops : threads) {
    if (ops.empty()) continue;
    if (number != 0) number *= 10;
    for (const int op : ops) number = number * 10 + op;
  }
  return number;
}

}  // namespace tenterhook::properties
