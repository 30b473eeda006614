// Builds with the address sanitizer are slow: long comparisons do less there.
#pragma once

namespace tenterhook::tests {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool sanitized = true;
#else
inline constexpr bool sanitized = false;
#endif

// Of long comparisons a quarter.
constexpr int cases_of(int all) { return sanitized ? all / 4 : all; }

}  // namespace tenterhook::tests
