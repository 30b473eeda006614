#include "platform/stack.hpp"

#include <gtest/gtest.h>

#include <cfenv>
#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "platform/atomic.hpp"
#include "platform/check.hpp"
#include "platform/thread.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {
namespace {

// A coroutine on a stack of its own: enough to say in each test what runs where.
struct routine {
  routine(stack_pool& from, std::function<void(routine&)> f)
      : pool(from), on(pool.allocate()), body(std::move(f)) {
    self.make(on, [](void* message) {
      auto& r = *static_cast<routine*>(message);
      r.body(r);
      r.done = true;
      leave(r.self, *r.caller, nullptr);
    });
  }
  ~routine() { pool.release(on); }

  void* enter(void* message = nullptr) {
    context here;
    caller = &here;
    return switch_to(here, self, first ? (first = false, this) : message);
  }
  void* yield(void* message = nullptr) { return switch_to(self, *caller, message); }

  stack_pool& pool;
  stack on;
  std::function<void(routine&)> body;
  context self;
  context* caller = nullptr;
  bool first = true;
  bool done = false;
};

TEST(Stack, MessagesGoThereAndBack) {
  stack_pool pool;
  int a = 0;
  int b = 0;
  void* seen = nullptr;
  routine r(pool, [&](routine& me) { seen = me.yield(&a); });
  EXPECT_EQ(r.enter(), &a);
  EXPECT_EQ(r.enter(&b), nullptr);
  EXPECT_EQ(seen, &b);
  EXPECT_TRUE(r.done);
}

TEST(Stack, TheEntryRunsOnTheStackThatWasGiven) {
  stack_pool pool;
  std::uintptr_t local_at = 0;
  routine r(pool, [&](routine&) {
    local_at = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  });
  r.enter();
  const auto low = reinterpret_cast<std::uintptr_t>(r.on.low);
  EXPECT_GE(local_at, low);
  EXPECT_LT(local_at, low + r.on.bytes);
}

TEST(Stack, ManyTakeTurnsAndKeepTheirLocals) {
  stack_pool pool;
  std::string log;
  std::vector<std::unique_ptr<routine>> all;
  for (char c = 'a'; c <= 'c'; ++c) {
    all.push_back(std::make_unique<routine>(pool, [&log, c](routine& me) {
      for (int i = 0; i < 3; ++i) {
        log += c;
        log += static_cast<char>('0' + i);
        me.yield();
      }
    }));
  }
  for (int round = 0; round < 4; ++round) {
    for (auto& r : all) r->enter();
  }
  EXPECT_EQ(log, "a0b0c0a1b1c1a2b2c2");
}

TEST(Stack, AnExceptionIsThrownAndCaughtWithinOne) {
  stack_pool pool;
  std::string caught;
  routine r(pool, [&](routine&) {
    try {
      throw std::runtime_error("inside");
    } catch (const std::exception& e) {
      caught = e.what();
    }
  });
  r.enter();
  EXPECT_EQ(caught, "inside");
}

// Each leaves in the middle of a catch block, and they finish in the order in which they began, not
// the reverse: without the saved globals the chain of caught exceptions is the other's.
TEST(Stack, CatchBlocksOnTwoStacksOverlap) {
  stack_pool pool;
  const auto body = [](std::string& out, const char* text) {
    return [&out, text](routine& me) {
      try {
        throw std::runtime_error(text);
      } catch (const std::exception&) {
        me.yield();
        try {
          throw;  // what this stack caught, not what was caught last
        } catch (const std::exception& e) {
          out = e.what();
        }
      }
      out += std::current_exception() == nullptr ? "." : "!";
    };
  };
  std::string first;
  std::string second;
  routine one(pool, body(first, "one"));
  routine two(pool, body(second, "two"));
  one.enter();
  EXPECT_EQ(std::current_exception(), nullptr) << "its catch block is not ours";
  two.enter();
  one.enter();
  two.enter();
  EXPECT_EQ(first, "one.");
  EXPECT_EQ(second, "two.");
}

TEST(Stack, AnExceptionInFlightOnOneIsNoneOnTheOther) {
  stack_pool pool;
  int inside = -1;
  int again = -1;
  routine r(pool, [&](routine& me) {
    struct unwinding {
      routine& me;
      int& inside;
      int& again;
      ~unwinding() {
        inside = std::uncaught_exceptions();
        me.yield();
        again = std::uncaught_exceptions();
      }
    };
    try {
      const unwinding u{me, inside, again};
      throw 1;
    } catch (int) {
    }
  });
  r.enter();
  EXPECT_EQ(inside, 1);
  EXPECT_EQ(std::uncaught_exceptions(), 0);
  r.enter();
  EXPECT_EQ(again, 1);
  EXPECT_EQ(std::uncaught_exceptions(), 0);
}

// A goroutine that moves between Ms: left inside a catch block on one thread, entered on another.
TEST(Stack, MovesToAnotherThreadWithItsCaughtException) {
  stack_pool pool;
  std::string caught;
  bool finished = false;
  routine r(pool, [&](routine& me) {
    try {
      throw std::runtime_error("carried");
    } catch (const std::exception&) {
      me.yield();
      try {
        throw;
      } catch (const std::exception& e) {
        caught = e.what();
      }
    }
    finished = std::uncaught_exceptions() == 0;
  });
  const auto enter = [](void* routine_) { static_cast<routine*>(routine_)->enter(); };
  join_thread(start_thread("first", enter, &r));
  join_thread(start_thread("second", enter, &r));
  EXPECT_EQ(caught, "carried");
  EXPECT_TRUE(finished);
}

// What runs on the stack asks for the slot of whichever thread runs it.
TEST(Stack, FindsTheSlotOfTheThreadThatItRunsOn) {
  stack_pool pool;
  int first = 0, second = 0;
  void* before = nullptr;
  void* after = nullptr;
  routine r(pool, [&](routine& me) {
    before = get_slot();
    me.yield();
    after = get_slot();
    set_slot(&me);
  });
  struct entering {
    routine& r;
    int& slot;
    void* left = nullptr;
  };
  const auto enter = [](void* e_) {
    auto& e = *static_cast<entering*>(e_);
    check(get_slot() == nullptr, "a slot is null at first");
    set_slot(&e.slot);
    e.r.enter();
    e.left = get_slot();
  };
  entering one{r, first}, two{r, second};
  join_thread(start_thread("first", enter, &one));
  join_thread(start_thread("second", enter, &two));
  EXPECT_EQ(before, &first);
  EXPECT_EQ(after, &second);
  EXPECT_EQ(one.left, &first);
  EXPECT_EQ(two.left, &r);
  EXPECT_EQ(get_slot(), nullptr);
}

TEST(Stack, KeepsItsRoundingMode) {
  stack_pool pool;
  int inside = -1;
  routine r(pool, [&](routine& me) {
    std::fesetround(FE_UPWARD);
    me.yield();
    inside = std::fegetround();
  });
  r.enter();
  const int outside = std::fegetround();
  r.enter();
#if defined(__x86_64__) || defined(__i386__)
  EXPECT_EQ(outside, FE_TONEAREST);
  EXPECT_EQ(inside, FE_UPWARD);
#else
  (void)outside;  // Boost keeps the control word on x86 alone
#endif
  std::fesetround(FE_TONEAREST);
}

TEST(Stack, IsUsedAgainByAFreshContext) {
  stack_pool pool;
  int runs = 0;
  for (int i = 0; i < 1000; ++i) {
    routine r(pool, [&](routine& me) {
      char deep[8000];
      deep[0] = 1;
      asm volatile("" : : "r"(deep) : "memory");
      ++runs;
      if (runs % 2 == 0) me.yield();  // half are dropped where they stand
    });
    r.enter();
  }
  EXPECT_EQ(runs, 1000);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(StackDeathTest, ARunningStackCannotBeEntered) {
  stack_pool pool;
  routine r(pool, [](routine& me) {
    context here;
    switch_to(here, me.self, nullptr);
  });
  EXPECT_DEATH(r.enter(), "a stack is entered that is running, or was never left");
}

TEST(StackDeathTest, AStackThatWasLeftForGoodCannotBeEntered) {
  stack_pool pool;
  routine r(pool, [](routine&) {});
  r.enter();
  EXPECT_DEATH(r.enter(), "a stack is entered that is running, or was never left");
}

TEST(StackDeathTest, AnEntryFunctionMustNotReturn) {
  stack_pool pool;
  context here;
  context there;
  there.make(pool.allocate(), [](void*) {});
  EXPECT_DEATH(switch_to(here, there, nullptr), "the entry function of a stack returned");
}

TEST(StackDeathTest, AnExceptionDoesNotPassTheBottom) {
  stack_pool pool;
  context here;
  context there;
  there.make(pool.allocate(), [](void*) { throw std::runtime_error("too far"); });
  EXPECT_DEATH(switch_to(here, there, nullptr), "too far");
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
