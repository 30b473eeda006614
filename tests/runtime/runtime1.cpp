#include "runtime/runtime1.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

TEST(Runtime1, TheStartUpChecksPass) {
  check_cells cells;
  check(cells);
}

// Against the division that it replaces, at every power of two and beside it.
TEST(Runtime1, TimedivIsDivisionWhereTheQuotientFits) {
  for (const std::int32_t div : {1, 2, 3, 1'000, 1'000'000'000, 2'147'483'647}) {
    for (int bit = 0; bit < 63; bit++) {
      for (const std::int64_t off : {-1, 0, 1}) {
        const std::int64_t v = (std::int64_t{1} << bit) + off;
        std::int32_t rem = -1;
        const std::int32_t res = timediv(v, div, &rem);
        constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
        const bool fits = v / div <= most;
        EXPECT_EQ(res, fits ? v / div : most) << v << "/" << div;
        EXPECT_EQ(rem, fits ? v % div : 0) << v << "/" << div;
        EXPECT_EQ(timediv(v, div, nullptr), res);
      }
    }
  }
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
