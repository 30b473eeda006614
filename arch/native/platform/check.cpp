#include "platform/check.hpp"

#include <atomic>
#include <cstdio>
#include <cstdlib>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace {

std::atomic<bool> held{true};

[[noreturn]] void die(const char* kind, const char* text, const std::source_location& where) {
  std::fprintf(stderr, "%s: %s\n    %s:%u in %s\n", kind, text, where.file_name(),
               static_cast<unsigned>(where.line()), where.function_name());
  std::fflush(stderr);
  std::abort();
}

}  // namespace

void begin_run() {
  held.store(true, std::memory_order_seq_cst);  // before the run's threads start
}

bool assumptions_held() {
  return held.load(std::memory_order_seq_cst);  // after the run's threads are joined
}

namespace detail {

void promise_broken(const char* promise, const std::source_location& where) {
  // Sees the flag of any thread whose unfinished work this one has seen.
  if (!held.load(std::memory_order_seq_cst)) throw assumption_failed{};
  die("promise broken", promise, where);
}

void assumption_broken() {
  held.store(false, std::memory_order_seq_cst);  // before the thread's work is seen unfinished
  throw assumption_failed{};
}

}  // namespace detail

void fatal(const char* message, std::source_location where) {
  die("fatal error", message, where);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
