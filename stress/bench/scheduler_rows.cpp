#include "stress/bench/scheduler_rows.hpp"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <utility>
#include <vector>

#include "platform/check.hpp"
#include "platform/thread.hpp"
#include "runtime/lifecycle.hpp"
#include "runtime/park.hpp"
#include "runtime/start.hpp"
#include "runtime/stubs.hpp"
#include "runtime/sync/lock.hpp"
#include "runtime/sync/sema.hpp"
#include "runtime/syscall.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime::bench {
namespace {

// Runs main() as the main goroutine; returns what it returns, when every M has ended.
double in_runtime(std::int32_t procs, std::function<double(runtime&)> main) {
  struct call {
    runtime rt{1};
    std::function<double(runtime&)> main;
    double result = 0;
  } mine{.main = std::move(main)};
  start(
      mine.rt, {.procs = procs},
      [](void* argument) {
        auto* self = static_cast<call*>(argument);
        self->result = self->main(self->rt);
      },
      &mine);
  wait(mine.rt);
  stop(mine.rt);
  return mine.result;
}

double since(std::int64_t begin) { return static_cast<double>(platform::nanotime() - begin); }

// Go's sync.WaitGroup: the counter in the upper half, who waits in the lower.
class wait_group {
 public:
  explicit wait_group(std::int64_t count) : state_(count << 32) {}
  void done() {
    const std::int64_t now = state_.fetch_sub(one) - one;
    if (now >> 32 != 0 || now == 0) return;
    state_.store(0);
    semrelease(getrt(), sema_);
  }
  void wait() {
    std::int64_t now = state_.load();
    while (now >> 32 != 0) {
      if (!state_.compare_exchange_weak(now, now + 1)) continue;
      semacquire(sema_);
      return;
    }
  }

 private:
  static constexpr std::int64_t one = std::int64_t{1} << 32;
  std::atomic<std::int64_t> state_;
  semaphore sema_{0, "wait_group"};
};

// An unbuffered channel, as far as the rows need one. The waiters are on their goroutines' stacks.
class channel {
 public:
  void send(std::int64_t value) {
    lock(lock_);
    if (waiter* other = take(receivers_)) {
      *other = {.gp = other->gp, .value = value};
      unlock(lock_);
      goready(other->gp);
      return;
    }
    waiter self{.gp = getg(), .value = value};
    append(senders_, self);
    goparkunlock(lock_, "chan send");
  }

  std::int64_t receive() {
    lock(lock_);
    if (waiter* other = take(senders_)) {
      const std::int64_t value = other->value;
      unlock(lock_);
      goready(other->gp);
      return value;
    }
    waiter self{.gp = getg()};
    append(receivers_, self);
    goparkunlock(lock_, "chan receive");
    return self.value;
  }

 private:
  struct waiter {
    g* gp;
    std::int64_t value = 0;
    waiter* next = nullptr;
  };
  struct queue {
    waiter* first = nullptr;
    waiter* last = nullptr;
  };

  static waiter* take(queue& from) {
    waiter* head = from.first;
    if (head != nullptr) from.first = head->next;
    return head;
  }
  static void append(queue& to, waiter& w) {
    (to.first == nullptr ? to.first : to.last->next) = &w;
    to.last = &w;
  }

  mutex lock_{"channel"};
  queue senders_;    // guarded by lock_
  queue receivers_;  // guarded by lock_
};

double spawn(std::int32_t procs, std::int64_t size) {
  constexpr std::int64_t batch = 100;
  return in_runtime(procs, [&](runtime&) {
    std::int64_t begin = 0;
    for (std::int64_t i = -size / 10; i < size; i += batch) {
      if (i >= 0 && begin == 0) begin = platform::nanotime();
      wait_group all(batch);
      for (std::int64_t k = 0; k < batch; k++) {
        go([&all] { all.done(); });
      }
      all.wait();
    }
    return since(begin) / static_cast<double>(size);
  });
}

void yield(std::int64_t times) {
  for (std::int64_t i = 0; i < times; i++) Gosched();
}

double gosched(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime&) {
    yield(size / 10);
    const std::int64_t begin = platform::nanotime();
    yield(size);
    return since(begin) / static_cast<double>(size);
  });
}

double gosched_two(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime&) {
    wait_group other(1);
    go([&] {
      yield(size / 2);
      other.done();
    });
    const std::int64_t begin = platform::nanotime();
    yield(size / 2);
    other.wait();
    return since(begin) / static_cast<double>(size);
  });
}

void skynet_node(channel& to, std::int64_t first, std::int64_t leaves) {
  if (leaves == 1) {
    to.send(first);
    return;
  }
  channel from;
  for (std::int64_t i = 0; i < 10; i++) {
    go([&from, first, leaves, i] {
      skynet_node(from, first + i * (leaves / 10), leaves / 10);
    });
  }
  std::int64_t sum = 0;
  for (int i = 0; i < 10; i++) sum += from.receive();
  to.send(sum);
}

double skynet(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime&) {
    const std::int64_t begin = platform::nanotime();
    channel result;
    go([&] { skynet_node(result, 0, size); });
    const std::int64_t sum = result.receive();
    const double took = since(begin);
    platform::check(sum == size * (size - 1) / 2, "skynet adds up its leaves");
    return took / static_cast<double>(size);
  });
}

std::int64_t fib(std::int64_t n) {
  if (n < 2) return n;
  wait_group half(1);
  std::int64_t first = 0;
  go([&] {
    first = fib(n - 1);
    half.done();
  });
  const std::int64_t second = fib(n - 2);
  half.wait();
  return first + second;
}

// fib(n) starts fib(n + 1) - 1 goroutines.
std::int64_t goroutines_of_fib(std::int64_t n) {
  std::int64_t a = 0, b = 1;
  for (std::int64_t i = 0; i < n; i++) b += std::exchange(a, b);
  return b - 1;
}

double recursive(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime&) {
    fib(size - 5);
    const std::int64_t begin = platform::nanotime();
    fib(size);
    return since(begin) / static_cast<double>(goroutines_of_fib(size));
  });
}

// Some 0.2 ms that no compiler can shorten.
std::uint64_t compute(std::uint64_t x) {
  for (int i = 0; i < 100'000; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
  }
  return x;
}

double syscalls(std::int32_t procs, std::int64_t size) {
  constexpr std::int64_t callers = 16;
  return in_runtime(procs, [&](runtime&) {
    std::atomic<std::uint64_t> sum{0};
    wait_group all(callers);
    const std::int64_t begin = platform::nanotime();
    for (std::int64_t i = 0; i < callers; i++) {
      go([&] {
        for (std::int64_t k = 0; k < size; k++) {
          entersyscall();
          platform::usleep(1000);
          exitsyscall();
          sum += compute(static_cast<std::uint64_t>(k) + 1);
        }
        all.done();
      });
    }
    all.wait();
    return since(begin) / 1e6;
  });
}

// The main goroutine readies another and goes on, without a call into the runtime; so the other has
// to be stolen from runnext, by an M that sleeps.
double wake(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime& rt) {
    semaphore turn(0, "turn");
    std::atomic<std::int64_t> ran_at{0};
    std::atomic<bool> over{false};
    wait_group other(1);
    go([&] {
      while (!over.load()) {
        semacquire(turn);
        ran_at.store(platform::nanotime());
      }
      other.done();
    });
    Gosched();
    std::vector<double> took;
    for (std::int64_t i = 0; i < size; i++) {
      const std::int64_t pause = platform::nanotime();
      while (since(pause) < 300'000) {
      }
      ran_at.store(0);
      const std::int64_t begin = platform::nanotime();
      semrelease(rt, turn);
      while (ran_at.load() == 0) {
      }
      took.push_back(static_cast<double>(ran_at.load() - begin) / 1e3);
    }
    over.store(true);
    semrelease(rt, turn);
    other.wait();
    std::nth_element(took.begin(), took.begin() + size / 2, took.end());
    return took[static_cast<std::size_t>(size / 2)];
  });
}

double resident_bytes() {
  std::ifstream in("/proc/self/statm");
  double all = 0, resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double memory(std::int32_t procs, std::int64_t size) {
  return in_runtime(procs, [&](runtime& rt) {
    semaphore gate(0, "gate");
    std::atomic<std::int64_t> here{0};
    wait_group all(size);
    const double before = resident_bytes();
    for (std::int64_t i = 0; i < size; i++) {
      go([&] {
        here.fetch_add(1);
        semacquire(gate);
        all.done();
      });
      if (i % 100 == 0) Gosched();
    }
    while (here.load() < size) Gosched();
    const double after = resident_bytes();
    for (std::int64_t i = 0; i < size; i++) semrelease(rt, gate);
    all.wait();
    return (after - before) / static_cast<double>(size);
  });
}

}  // namespace

using stress::bench_row;

const std::vector<bench_row>& rows() {
  static const std::vector<bench_row> all = {
      {"spawn", "ns", "start and join a goroutine, by hundreds", true, 500'000, {1, 2}, spawn},
      {"gosched", "ns", "Gosched, and nobody else is there", true, 2'000'000, {1, 2}, gosched},
      {"gosched-two", "ns", "Gosched to another goroutine", true, 2'000'000, {1, 2}, gosched_two},
      {"skynet", "ns", "a leaf of a tree of channels", true, 100'000, {1, 2}, skynet},
      {"recursive", "ns", "a goroutine of fork and join", true, 23, {1, 2}, recursive},
      {"syscalls", "ms", "16 x 40 calls of 1 ms, and computing", false, 40, {1, 2}, syscalls},
      {"wake", "us", "from ready to running on another P", false, 500, {2}, wake},
      {"memory", "bytes", "a parked goroutine", false, 100'000, {1, 2}, memory},
  };
  return all;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime::bench

namespace tenterhook::stress {

const std::vector<bench_row>& bench_rows() { return TENTERHOOK_PLATFORM::runtime::bench::rows(); }

}  // namespace tenterhook::stress
