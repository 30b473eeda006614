// While one lives, the checker's own code runs on a virtual thread's stack: operator new means the
// process's heap, not the execution's arena.
#pragma once

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {

struct Inside {
  Inside(Execution& execution, Thread& thread) : execution_(execution), thread_(thread) {
    execution_.user_ = nullptr;
  }
  ~Inside() { execution_.user_ = &thread_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  Execution& execution_;
  Thread& thread_;
};

// Equal for two operations at one place in the source, in every build.
inline std::uint64_t site_of(const Op& op) {
  std::uint64_t key = mix(op.site.line(), op.site.column());
  for (const char* c = op.site.file_name(); *c != 0; ++c) {
    key = key * 31 + static_cast<unsigned char>(*c);
  }
  return key;
}

// "runtime/runq.cpp:57 (runqput)"
std::string site_text(std::source_location site);
// "runqput" of a pretty function name
std::string function_text(std::source_location site);

}  // namespace tenterhook::checker
