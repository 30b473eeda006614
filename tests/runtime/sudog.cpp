#include "runtime/sudog.hpp"

#include <gtest/gtest.h>

#include <set>

#include "runtime/stubs.hpp"
#include "tests/runtime/running.hpp"

namespace tenterhook::native::runtime {
namespace {

TEST(Sudogs, AreUsedAgain) {
  run_main({.procs = 1, .sysmon = false}, [](runtime&) {
    sudog* first = acquireSudog();
    sudog* second = acquireSudog();
    EXPECT_NE(first, second);
    releaseSudog(first);
    EXPECT_EQ(acquireSudog(), first);
    releaseSudog(first);
    releaseSudog(second);
    EXPECT_EQ(getp()->sudogcount.get(), 2);
  });
}

// A P that has many gives half of them away, and fetches them when it has none.
TEST(Sudogs, OfAFullCacheAreThereForAll) {
  constexpr std::int32_t full = platform::config::sudog_cache;
  run_main({.procs = 1, .sysmon = false}, [](runtime& rt) {
    std::set<sudog*> all;
    for (std::int32_t i = 0; i <= full; i++) all.insert(acquireSudog());
    EXPECT_EQ(all.size(), static_cast<std::size_t>(full + 1));
    for (sudog* s : all) releaseSudog(s);
    EXPECT_EQ(getp()->sudogcount.get(), full / 2 + 1);
    EXPECT_NE(rt.sched.sudogcache.get(), nullptr);
    for (std::int32_t i = 0; i <= full; i++) EXPECT_TRUE(all.contains(acquireSudog()));
    EXPECT_EQ(rt.sched.sudogcache.get(), nullptr);
    for (sudog* s : all) releaseSudog(s);
  });
}

}  // namespace
}  // namespace tenterhook::native::runtime
