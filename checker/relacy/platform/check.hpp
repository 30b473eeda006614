// Promises, failures, assumptions, coverage marks and defects under Relacy.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

namespace detail {
extern std::uint32_t defect_on;  // defect_id of the one switched on; 0: none
[[noreturn]] void broken(const char* promise, std::source_location where);
[[noreturn]] void not_of_interest();
}  // namespace detail

inline void check(bool holds, const char* promise,
                  std::source_location where = std::source_location::current()) {
  if (!holds) [[unlikely]]
    detail::broken(promise, where);
}

[[noreturn]] void fatal(const char* message,
                        std::source_location where = std::source_location::current());

// false: the execution ends here, all its threads with it, and counts as blocked.
inline void assume(bool holds, std::source_location = std::source_location::current()) {
  if (!holds) [[unlikely]]
    detail::not_of_interest();
}

void mark(const char* branch);

// Relacy has its own livelock: a limit of steps.
inline void hot(const char*, std::source_location = std::source_location::current()) {}
inline void cool(const char*) {}
inline void waits(const char*, std::uint32_t,
                  std::source_location = std::source_location::current()) {}

constexpr std::uint32_t defect_id(const char* defect_name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : std::string_view(defect_name))
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
  return hash;
}

inline bool defect(std::uint32_t id) { return id == detail::defect_on; }

constexpr const char* name() { return "relacy"; }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
