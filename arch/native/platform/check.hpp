// Promises, natively: a broken one is printed with its source line on standard error, and the
// process aborts. Assertions stay on in every build.
//
// An assumption that fails ends its thread, and makes the run one that does not count. There is no
// stepping back on real threads, so:
//  - assume(false) throws assumption_failed, on which start_thread's trampoline ends the thread;
//    on the main thread it propagates to whoever runs the scenario;
//  - from then on a promise that breaks throws assumption_failed as well instead of aborting: the
//    ended thread may have left its work half done, and what it owed proves nothing;
//  - a thread that waits for the ended one waits for ever: scenarios that assume keep clear of it.
// The runner of scenarios calls begin_run() before each and asks assumptions_held() after it.
// The flag is one a process: run one scenario at a time.
//
// Thread safe.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

constexpr const char* name() { return "native"; }

// Thrown to end a run whose assumption failed. Not an error.
struct assumption_failed {};

// Native only.
void begin_run();
bool assumptions_held();

namespace detail {
[[noreturn]] void promise_broken(const char* promise, const std::source_location& where);
[[noreturn]] void assumption_broken();
}  // namespace detail

inline void check(bool holds, const char* promise,
                  std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]] detail::promise_broken(promise, where);
}

// Go's throw: prints `fatal error: message`, and aborts whatever was assumed.
[[noreturn]] void fatal(const char* message,
                        std::source_location where = std::source_location::current());

inline void assume(bool holds, std::source_location = std::source_location::current()) {
  if (!holds) [[unlikely]] detail::assumption_broken();
}

// Coverage marks count executions of the checker only.
inline void mark(const char*) {}

// Nor can it be known here who could have run.
inline void hot(const char*, std::source_location = std::source_location::current()) {}
inline void cool(const char*) {}
inline void waits(const char*, std::uint32_t,
                  std::source_location = std::source_location::current()) {}

// FNV-1a, 32 bits.
constexpr std::uint32_t defect_id(const char* defect) {
  std::uint32_t hash = 2166136261u;
  for (const char c : std::string_view(defect)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  }
  return hash;
}

// A native runtime has no planted bugs: constant, so that the defective branch folds away.
constexpr bool defect(std::uint32_t) { return false; }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
