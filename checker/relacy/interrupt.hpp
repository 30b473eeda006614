// What ends a search from outside: SIGINT and SIGTERM (the search then reports what it has), the
// time, and crashes of the program under test.
#pragma once

#include <csetjmp>

namespace tenterhook::relacy::engine {

double seconds_now();  // of the steady clock
bool interrupted();    // SIGINT or SIGTERM arrived since the guard below was made

// While one lives, SIGINT and SIGTERM are noted, and a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL)
// jumps to `crashed`. At most one at a time.
class signal_guard {
 public:
  signal_guard();
  ~signal_guard();
  signal_guard(const signal_guard&) = delete;
  signal_guard& operator=(const signal_guard&) = delete;

  static sigjmp_buf crashed;  // REQUIRES: set by sigsetjmp before the program runs
};

}  // namespace tenterhook::relacy::engine
