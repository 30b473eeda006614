// Hooked promises: a broken one ends the execution with a report.
#pragma once

#include "platform/atomic.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

inline void check(bool holds, const char* promise, site at = site::current()) {
  if (!holds) engine().fail(checker::FailureKind::assertion, promise, at);
}
[[noreturn]] inline void fatal(const char* message, site at = site::current()) {
  engine().fail(checker::FailureKind::fatal, message, at);
}
inline void assume(bool holds, site = site::current()) {
  if (!holds) engine().block();
}
inline void mark(const char* branch) { engine().mark(branch); }
inline void hot(const char* loop, site at = site::current()) { engine().hot(loop, at); }
inline void cool(const char* loop) { engine().cool(loop); }
inline void waits(const char* loop, std::uint32_t most, site at = site::current()) {
  engine().waits(loop, most, at);
}

// FNV-1a, 32 bits.
constexpr std::uint32_t defect_id(const char* name) {
  std::uint32_t hash = 2166136261U;
  for (; *name != 0; ++name) hash = (hash ^ static_cast<unsigned char>(*name)) * 16777619U;
  return hash;
}
inline bool defect(std::uint32_t id) { return engine().defect(id); }
inline const char* name() { return "hooked"; }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
