// What Go's two tests of the local queue ask (proc_test.go), in our words, of any Ps: of a bare
// runtime, or beside those of a started one. REQUIRES, of each: the Ps are empty, and the caller's.
#pragma once

#include "runtime/runq.hpp"
#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// testSchedLocalQueue: at every length that does not overflow, who is put first is got first.
inline void expect_first_in_first_out(p* pp) {
  constexpr std::size_t size = platform::config::runq_size;
  goroutines all(size);
  for (std::size_t i = 0; i < size; i++) {
    ASSERT_EQ(runqget(pp).gp, nullptr);
    for (std::size_t j = 0; j < i; j++) runqput(pp, all[j], false);
    for (std::size_t j = 0; j < i; j++) {
      const runqget_result got = runqget(pp);
      ASSERT_EQ(got.gp, all[j]);
      ASSERT_FALSE(got.inheritTime);
    }
    ASSERT_EQ(runqget(pp).gp, nullptr);
  }
}

// testSchedLocalQueueSteal: of every length half is stolen, and nobody lost or taken twice.
inline void expect_half_is_stolen(p* owner, p* thief) {
  for (std::size_t i = 0; i < platform::config::runq_size; i++) {
    goroutines all(i);
    for (std::size_t j = 0; j < i; j++) runqput(owner, all[j], false);
    std::size_t stolen = 0;
    if (all.take(runqsteal(thief, owner, true))) stolen++;
    while (all.take(runqget(thief).gp)) stolen++;
    while (all.take(runqget(owner).gp)) {
    }
    all.expect_each_taken_once();
    EXPECT_TRUE(stolen == i / 2 || stolen == i / 2 + 1) << stolen << " of " << i;
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
