#include "runtime/sync/note.hpp"

#include "platform/thread.hpp"
#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int64_t ms = 1'000'000;

TEST(Note, LetsThroughWhoComesAfterTheWakeup) {
  note n;
  notewakeup(n);
  notesleep(n);
  EXPECT_TRUE(notetsleep(n, -1));
  EXPECT_TRUE(notetsleep(n, 0));
  EXPECT_TRUE(notetsleep(n, 1000 * ms));
}

TEST(Note, TimesOutNoEarlierThanTold) {
  note n;
  const std::int64_t start = platform::nanotime();
  EXPECT_FALSE(notetsleep(n, 20 * ms));
  EXPECT_GE(platform::nanotime() - start, 20 * ms);
  EXPECT_FALSE(notetsleep(n, 0));
}

TEST(Note, EndsATimedSleepByTheWakeup) {
  note n;
  std::thread waker([&] {
    platform::usleep(1000);
    notewakeup(n);
  });
  EXPECT_TRUE(notetsleep(n, 60'000 * ms));
  waker.join();
}

TEST(Note, KnowsADoubleWakeup) {
  note n;
  notewakeup(n);
  EXPECT_DEATH(notewakeup(n), "notewakeup - double wakeup");
}

TEST(Note, LosesNoWakeupInManyCyclesOnRealThreads) {
  note there;
  note back;
  std::int64_t ball = 0;
  on_threads(2, [&](int i) {
    for (int n = 0; n < 20'000; n++) {
      if (i == 0) {
        ball++;
        notewakeup(there);
        notesleep(back);
        noteclear(back);
      } else {
        if (n % 2 == 0) {
          notesleep(there);
        } else {
          while (!notetsleep(there, 1000)) {
          }
        }
        noteclear(there);
        ball++;
        notewakeup(back);
      }
    }
  });
  EXPECT_EQ(ball, 40'000);
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
