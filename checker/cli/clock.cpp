#include "checker/cli/clock.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <ctime>

namespace tenterhook::checker::cli {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double seconds(const timeval& t) {
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
}

}  // namespace

double wall_seconds() { return seconds(CLOCK_MONOTONIC); }

double cpu_seconds() {
  rusage children{};
  ::getrusage(RUSAGE_CHILDREN, &children);
  return seconds(CLOCK_PROCESS_CPUTIME_ID) + seconds(children.ru_utime) +
         seconds(children.ru_stime);
}

long memory_mib() {
  rusage self{}, children{};
  ::getrusage(RUSAGE_SELF, &self);
  ::getrusage(RUSAGE_CHILDREN, &children);
  return std::max(self.ru_maxrss, children.ru_maxrss) / 1024;
}

}  // namespace tenterhook::checker::cli
