// Builds with the address sanitizer are slow: long comparisons do less there.
#pragma once

namespace tenterhook::tests {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// Of long comparisons a part: memory errors show early, and the release build does all.
constexpr int cases_of(int all, int part = 16) { return sanitized ? all / part : all; }

}  // namespace tenterhook::tests
