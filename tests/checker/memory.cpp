// Memory of an execution: what is released in time, too early, twice or never.
#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

struct record {
  platform::atomic<int> field{0, "field"};
  platform::plain<int> data{0, "data"};
};

TEST(memory, operator_new_in_a_cut_execution_leaks_nothing) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("a", [&x] {
      std::vector<std::string> much(100, std::string(1'000, 'a'));
      platform::assume(x.load(relaxed) == 1);  // often it ends here, and never unwinds
      platform::check(much.size() == 100 && much[99][999] == 'a', "it is all there");
    });
    t.go("b", [&x] { x.store(1, relaxed); });
    t.join();
  });
  Task task = task_of(p, "random");
  task.runs = 200;
  explore(task);  // what the checker itself keeps is there now
  const auto before = ::mallinfo2().uordblks;
  task.runs = 5'000;
  const Result r = explore(task);
  const auto after = ::mallinfo2().uordblks;
  EXPECT_GT(r.blocked, 1'000U);
  EXPECT_GT(r.executions, 1'000U);
  EXPECT_LT(after, before + (std::size_t{1} << 20)) << "0.5 GB went through operator new";
}

TEST(memory, a_thread_that_allocates_without_end_is_reported) {
  const Result r = exhaust([](run& t) {
    t.go("glutton", [] {
      std::vector<std::string> all;
      for (;;) all.emplace_back(std::size_t{1} << 20, 'x');
    });
    t.join();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::misuse)) << failure_of(r);
}

TEST(memory, addresses_are_the_same_in_every_execution) {
  std::uintptr_t last = 0, first = 0;
  const checker::program p = program_of([&last](run& t) {
    word x(0, "x");
    t.go("a", [&x] { x.fetch_add(1, relaxed); });
    t.go("b", [&] {
      x.fetch_add(1, relaxed);
      auto* r = platform::create<record>();
      last = reinterpret_cast<std::uintptr_t>(r);
      platform::destroy(r);
    });
    t.join();
  });
  Task task = task_of(p);
  task.stop = [&] {
    if (first == 0) first = last;
    EXPECT_EQ(last, first);
    return false;
  };
  explore(task);
  EXPECT_NE(first, 0U);
}

TEST(memory, a_leak_says_where_its_block_came_from) {
  const Result r = exhaust([](run&) { platform::label(platform::create<record>(), 8, "r", 4); });
  EXPECT_TRUE(fails_with(r, FailureKind::leak)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("1 block(s) never released, the first r4"), std::string::npos)
      << failure_of(r);
}

TEST(memory, a_use_after_free_is_found_whoever_is_explored_first) {
  for (const bool backwards : {false, true}) {
    for (const bool swapped : {false, true}) {
      const checker::program p = program_of([swapped](run& t) {
        auto* r = platform::create<record>();
        const auto use = [r] { (void)r->field.load(seq_cst); };
        const auto destroy = [r] { platform::destroy(r); };
        t.go("a", swapped ? std::function<void()>(use) : destroy);
        t.go("b", swapped ? std::function<void()>(destroy) : use);
        t.join();
      });
      Task task = task_of(p);
      task.backwards = backwards;
      EXPECT_TRUE(fails_with(explore(task), FailureKind::use_after_free));
    }
  }
}

// The plain access is no step of its own: it goes with the load before it.
TEST(memory, a_plain_cell_destroyed_while_another_uses_it_is_found) {
  for (const bool backwards : {false, true}) {
    for (const bool swapped : {false, true}) {
      const checker::program p = program_of([swapped](run& t) {
        auto* r = platform::create<record>();
        word other(0, "other");
        const auto use = [r, &other] {
          (void)other.load(seq_cst);
          (void)r->data.get();
        };
        const auto destroy = [r] { platform::destroy(r); };
        t.go("a", swapped ? std::function<void()>(use) : destroy);
        t.go("b", swapped ? std::function<void()>(destroy) : use);
        t.join();
      });
      Task task = task_of(p);
      task.backwards = backwards;
      const Result r = explore(task);
      EXPECT_EQ(r.verdict, Verdict::bug) << "backwards " << backwards << " swapped " << swapped;
    }
  }
}

// An atomic on the stack of a thread that does not wait for those to whom it told its address.
// Whatever else comes to lie there says nothing of its end.
[[gnu::noinline]] void tell_and_leave(platform::atomic<word*>& shared) {
  word mine(0, "mine");
  shared.store(&mine, seq_cst);
}

[[gnu::noinline]] void lie_there(int byte, word& other) {
  volatile char frame[1024];
  for (volatile char& c : frame) c = static_cast<char>(byte);
  (void)other.load(seq_cst);
}

TEST(memory, a_cell_on_a_stack_that_is_left_too_early_is_found) {
  for (const int byte : {-1, 0, 0x17, 0xbe}) {  // -1: whatever the checker leaves there
    for (const bool swapped : {false, true}) {
      const checker::program p = program_of([byte, swapped](run& t) {
        platform::atomic<word*> shared(nullptr, "shared");
        word other(0, "other");
        const auto owner = [byte, &shared, &other] {
          tell_and_leave(shared);
          if (byte != -1) lie_there(byte, other);
        };
        const auto user = [&shared] {
          word* theirs = shared.load(seq_cst);
          if (theirs != nullptr) (void)theirs->load(seq_cst);
        };
        t.go("a", swapped ? std::function<void()>(user) : owner);
        t.go("b", swapped ? std::function<void()>(owner) : user);
        t.join();
      });
      for (const char* model : {"sc", "tso", "power", "rc11"}) {
        for (const char* strategy : {"exhaustive", "dpor", "random"}) {
          for (const bool backwards : {false, true}) {
            Task task = task_of(p, strategy, model);
            task.backwards = backwards;
            task.runs = 2'000;
            const Result r = explore(task);
            EXPECT_TRUE(fails_with(r, FailureKind::use_after_free))
                << failure_of(r) << " byte " << byte << " swapped " << swapped << " " << model
                << " " << strategy << " backwards " << backwards;
          }
        }
      }
    }
  }
}

// A wake takes an address and looks at nothing there, as in the kernel: the woken may have left.
TEST(memory, a_wake_of_a_cell_that_is_gone_is_no_access) {
  const checker::program p = program_of([](run& t) {
    platform::atomic<word*> shared(nullptr, "shared");
    t.go("owner", [&shared] {
      word mine(0, "mine");
      shared.store(&mine, seq_cst);
      while (mine.load(acquire) == 0) platform::futex_wait(mine, 0, -1);
    });
    t.go("waker", [&shared] {
      word* theirs = shared.load(seq_cst);
      platform::assume(theirs != nullptr);
      theirs->store(1, release);
      platform::futex_wake(*theirs, 1);
    });
    t.join();
  });
  for (const char* strategy : {"exhaustive", "dpor"}) {
    const Result r = explore(task_of(p, strategy));
    EXPECT_EQ(r.verdict, Verdict::verified) << strategy << ": " << failure_of(r);
  }
}

[[gnu::noinline]] void store_and_leave(platform::atomic<int>& other) {
  platform::atomic<int> mine(0, "mine");
  mine.store(0x5a5a5a5a, relaxed);
  other.store(1, relaxed);
}

[[gnu::noinline]] int sum_over_the_same_stack(platform::atomic<int>& other) {
  volatile int frame[64];
  for (int i = 0; i < 64; ++i) frame[i] = i;
  (void)other.load(relaxed);  // a step: the stores may reach memory now
  int sum = 0;
  for (int i = 0; i < 64; ++i) sum += frame[i];
  return sum;
}

// The store of a cell that is gone reaches memory later: it must hit nobody else's.
TEST(memory, a_buffered_store_does_not_outlive_its_cell) {
  const checker::program p = program_of([](run& t) {
    platform::atomic<int> other(0, "other");
    t.go("a", [&other] {
      store_and_leave(other);
      platform::check(sum_over_the_same_stack(other) == 64 * 63 / 2, "the frame is intact");
    });
    t.join();
  });
  const Result r = explore(task_of(p, "exhaustive", "tso"));
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
