// Canaries of memory: what an execution's arena and its guard pages notice.
#include <atomic>
#include <cstdint>

#include "properties/scenario.hpp"
#include "tests/canary/canaries.hpp"

namespace tenterhook::hooked::canary {
namespace {

using properties::run;

struct record {
  platform::atomic<std::uint32_t> field{0, "field"};
};

void use_after_free(run& t) {
  auto* shared = platform::create<record>();
  t.go("reader", [&] { (void)shared->field.load(std::memory_order_seq_cst); });
  t.go("destroyer", [&] { platform::destroy(shared); });
  t.join();
}

void double_free(run&) {
  auto* once = platform::create<record>();
  platform::destroy(once);
  platform::destroy(once);
}

void uninitialised(run& t) {
  platform::plain<int> value("value");
  t.go("reader", [&] { (void)value.get(); });
  t.join();
}

void leak(run&) { (void)platform::create<record>(); }

void misuse(run&) {
  record local;
  platform::destroy(&local);  // which create() did not give
}

void crash(run& t) {
  t.go("crasher", [] {
    int* volatile nowhere = nullptr;
    *const_cast<volatile int*>(nowhere) = 1;
  });
  t.join();
}

[[gnu::noinline]] int deepen(volatile int* above) {
  volatile int frame[64];
  frame[0] = *above + 1;
  if (frame[0] < 0) return 0;  // after two thousand million frames
  return deepen(frame) + frame[0];
}

void stack_overflow(run& t) {
  t.go("climber", [] {
    volatile int ground = 0;
    (void)deepen(&ground);
  });
  t.join();
}

}  // namespace

void add_memory(checker::catalogue& all) {
  using properties::body;
  all.push_back(
      canary("use-after-free", "read by one, destroyed by another", 3, body(use_after_free)));
  all.push_back(canary("double-free", "destroyed twice", 1, body(double_free)));
  all.push_back(canary("uninitialised-read", "read before written", 2, body(uninitialised)));
  all.push_back(canary("leak", "created, never destroyed", 1, body(leak)));
  all.push_back(
      canary("misuse-of-the-platform", "destroyed, though never created", 1, body(misuse)));
  all.push_back(canary("crash", "a null pointer is written through", 2, body(crash)));
  all.push_back(canary("stack-overflow", "recursion without an end", 2, body(stack_overflow)));
}

}  // namespace tenterhook::hooked::canary
