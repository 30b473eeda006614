// The jump by ucontext, in every build: also where Boost.Context's is the one that is used.
#include <gtest/gtest.h>

#include <cfenv>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "arch/jump/by_ucontext.hpp"

namespace tenterhook::arch::by_ucontext {
namespace {

constexpr std::size_t kBytes = 64 << 10;

struct made {
  explicit made(void (*entry)(transfer_t)) : memory(kBytes) {
    at = make_fcontext(memory.data() + kBytes, kBytes, entry);
  }
  bool holds(const void* address) const {
    return address >= memory.data() && address < memory.data() + kBytes;
  }
  std::vector<char> memory;
  fcontext_t at;
};

class JumpByUcontext : public testing::Test {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "nobody tells the sanitizers of these jumps";
#endif
  }
};

// Adds one to each number that it is sent, and says where its frame is.
struct message {
  int number = 0;
  const void* frame = nullptr;
};

[[noreturn]] void add_one(transfer_t from) {
  for (;;) {
    auto* m = static_cast<message*>(from.data);
    m->number += 1;
    m->frame = __builtin_frame_address(0);
    from = jump_fcontext(from.fctx, m);
  }
}

TEST_F(JumpByUcontext, GoesThereAndBackWithItsData) {
  made other(add_one);
  message m;
  for (int i = 1; i <= 1000; ++i) {
    const transfer_t back = jump_fcontext(other.at, &m);
    ASSERT_EQ(back.data, &m);
    ASSERT_EQ(m.number, i);
    ASSERT_TRUE(other.holds(m.frame));
    other.at = back.fctx;
  }
}

// The target of the first jump may jump on to a third, which comes back to the first.
fcontext_t last;

[[noreturn]] void pass_on(transfer_t from) {
  jump_fcontext(last, from.fctx);
  std::abort();
}

[[noreturn]] void go_home(transfer_t from) {
  jump_fcontext(from.data, const_cast<char*>("home"));
  std::abort();
}

TEST_F(JumpByUcontext, ReturnsWhoeverJumpsBack) {
  made second(pass_on), third(go_home);
  last = third.at;
  const transfer_t back = jump_fcontext(second.at, nullptr);
  EXPECT_STREQ(static_cast<const char*>(back.data), "home");
}

[[noreturn]] void round_up(transfer_t from) {
  std::fesetround(FE_UPWARD);
  for (;;) {
    from = jump_fcontext(from.fctx, nullptr);
    *static_cast<int*>(from.data) = std::fegetround();
  }
}

TEST_F(JumpByUcontext, KeepsTheRoundingModeOfEachStack) {
  made other(round_up);
  fcontext_t at = jump_fcontext(other.at, nullptr).fctx;
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  int inside = -1;
  jump_fcontext(at, &inside);
  EXPECT_EQ(inside, FE_UPWARD);
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
}

[[noreturn]] void throw_and_catch(transfer_t from) {
  std::string caught;
  try {
    throw std::string("within");
  } catch (const std::string& text) {
    caught = text;
  }
  jump_fcontext(from.fctx, caught.data());
  std::abort();
}

TEST_F(JumpByUcontext, ExceptionsAreThrownAndCaughtWithinAStack) {
  made other(throw_and_catch);
  const transfer_t back = jump_fcontext(other.at, nullptr);
  EXPECT_STREQ(static_cast<const char*>(back.data), "within");
}

TEST_F(JumpByUcontext, AStackGoesOnOnAnotherThread) {
  made other(add_one);
  message m;
  fcontext_t at = jump_fcontext(other.at, &m).fctx;
  std::thread([&] { at = jump_fcontext(at, &m).fctx; }).join();
  jump_fcontext(at, &m);
  EXPECT_EQ(m.number, 3);
}

}  // namespace
}  // namespace tenterhook::arch::by_ucontext
