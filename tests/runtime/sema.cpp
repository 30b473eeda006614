#include "runtime/sync/sema.hpp"

#include "runtime/runtime2.hpp"
#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

std::uint32_t value(semaphore& sema) {
  return sema.load(std::memory_order_relaxed);  // one thread
}

TEST(Semaphore, CountsWithoutWaiters) {
  runtime rt(1);
  m self(rt, 0);
  semaphore sema(2, "sema");
  semacquire(self, sema);
  semacquire(self, sema);
  EXPECT_EQ(value(sema), 0u);
  semrelease(rt, sema);
  EXPECT_EQ(value(sema), 1u);
  semacquire(self, sema);
  EXPECT_EQ(value(sema), 0u);
}

TEST(Semaphore, WakesAWaiterWhoTakesTheCount) {
  runtime rt(1);
  semaphore sema(0, "sema");
  m parked(rt, 1);  // outlives its wakers: their futex call may come after the waiter has gone
  std::thread waiter([&] { semacquire(parked, sema); });
  while (semroot(rt, sema).nwait.load(std::memory_order_relaxed) == 0) {  // a hint
    std::this_thread::yield();
  }
  semrelease(rt, sema);
  waiter.join();
  EXPECT_EQ(value(sema), 0u);
  EXPECT_EQ(semroot(rt, sema).nwait.load(std::memory_order_relaxed), 0u);  // one thread again
}

// Where the table has one bucket they collide anyway; with Go's 251 these do by their distance.
TEST(Semaphore, WakesTheWaiterOfItsOwnAddress) {
  runtime rt(1);
  constexpr std::size_t row = platform::config::sema_table_size * 8 / sizeof(semaphore) + 1;
  std::deque<m> ms;
  std::vector<std::uint64_t> raw((row + 1) * sizeof(semaphore) / 8 + 2);
  auto* cells = reinterpret_cast<semaphore*>(raw.data());
  semaphore* a = new (cells) semaphore(0, "a");
  semaphore* b = new (cells + row - 1) semaphore(0, "b");
  ASSERT_EQ(&semroot(rt, *a), &semroot(rt, *b));
  for (int i = 0; i < 2; i++) ms.emplace_back(rt, i);
  std::atomic<int> first{0};
  std::thread on_a([&] {
    semacquire(ms[0], *a);
    first += 1;
  });
  while (semroot(rt, *a).nwait.load(std::memory_order_relaxed) != 1) {  // a hint
    std::this_thread::yield();
  }
  std::thread on_b([&] {
    semacquire(ms[1], *b);
    first += 10;
  });
  while (semroot(rt, *a).nwait.load(std::memory_order_relaxed) != 2) {  // a hint
    std::this_thread::yield();
  }
  semrelease(rt, *b);
  on_b.join();
  EXPECT_EQ(first, 10);
  semrelease(rt, *a);
  on_a.join();
}

TEST(Semaphore, AdmitsNoMoreThanItsCountOnRealThreads) {
  for (const std::uint32_t permits : {1u, 2u}) {
    constexpr int threads = 4;
    runtime rt(1);
    std::deque<m> ms;
    for (int i = 0; i < threads; i++) ms.emplace_back(rt, i);
    semaphore sema(permits, "sema");
    std::atomic<std::uint32_t> inside{0};
    std::atomic<int> too_many{0};
    on_threads(threads, [&](int i) {
      for (int n = 0; n < 20'000; n++) {
        semacquire(ms[static_cast<std::size_t>(i)], sema);
        if (++inside > permits) too_many++;
        if (n % 64 == 0) std::this_thread::yield();
        inside--;
        semrelease(rt, sema);
      }
    });
    EXPECT_EQ(too_many, 0);
    EXPECT_EQ(value(sema), permits);
  }
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
