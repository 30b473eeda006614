#include "runtime/sync/lock.hpp"

#include "platform/thread.hpp"
#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

TEST(Lock, ExcludesOthersOnRealThreads) {
  for (const int threads : {2, 5}) {
    mutex l;
    std::int64_t plain_count = 0;
    on_threads(threads, [&](int i) {
      for (int n = 0; n < 30'000; n++) {
        lock(l);
        plain_count++;
        if ((n + i) % 1000 == 0) platform::usleep(1);  // hold it while the others fall asleep
        unlock(l);
      }
    });
    EXPECT_EQ(plain_count, threads * 30'000);
    EXPECT_EQ(l.key.load(std::memory_order_relaxed), mutex_unlocked);  // one thread again
  }
}

TEST(Lock, WakesASleeper) {
  mutex l;
  lock(l);
  std::atomic<bool> got{false};
  std::thread sleeper([&] {
    lock(l);
    got = true;
    unlock(l);
  });
  while (l.key.load(std::memory_order_relaxed) != mutex_sleeping) {  // a hint
    std::this_thread::yield();
  }
  EXPECT_FALSE(got);
  unlock(l);
  sleeper.join();
  EXPECT_TRUE(got);
}

TEST(Lock, KnowsAnUnlockOfNothing) {
  mutex l;
  EXPECT_DEATH(unlock(l), "unlock of unlocked lock");
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
