#include "stress/native_runner.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "platform/check.hpp"

namespace tenterhook::stress {
namespace {

namespace platform = tenterhook::TENTERHOOK_PLATFORM::platform;
using clock = std::chrono::steady_clock;

constexpr useconds_t watch_every = 2000;

double since(clock::time_point start) {
  return std::chrono::duration<double>(clock::now() - start).count();
}

// Shared by the two processes: the child counts, the parent watches.
struct counters {
  std::atomic<std::uint64_t> complete{0};
  std::atomic<std::uint64_t> blocked{0};

  std::uint64_t all() const { return complete.load() + blocked.load(); }
};

// A page of memory that both processes see.
class shared {
 public:
  shared() {
    void* page =
        mmap(nullptr, sizeof(counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw std::runtime_error("mmap: no page for the counters");
    counters_ = new (page) counters;
  }
  ~shared() { munmap(counters_, sizeof(counters)); }
  shared(const shared&) = delete;
  shared& operator=(const shared&) = delete;
  counters* operator->() const { return counters_; }

 private:
  counters* counters_;
};

void run_once(const checker::program& what, const checker::parameters& values, counters& count) {
  platform::begin_run();
  try {
    what.body(values);
  } catch (const platform::assumption_failed&) {
    // assumptions_held() says it too
  }
  auto& counter = platform::assumptions_held() ? count.complete : count.blocked;
  counter.fetch_add(1);  // the parent's watch reads it at any time
}

// The child. exit() and not _exit(): a leak sanitizer reports then.
[[noreturn]] void run_all(const checker::program& what, const checker::parameters& values,
                          const limits& limits, counters& count, std::FILE* log) {
  dup2(fileno(log), STDERR_FILENO);
  const clock::time_point start = clock::now();
  for (std::uint64_t n = 0; limits.runs == 0 || n < limits.runs; ++n) {
    if (limits.seconds > 0 && n > 0 && since(start) >= limits.seconds) break;
    run_once(what, values, count);
  }
  std::exit(0);
}

std::string text_of(std::FILE* log) {
  std::rewind(log);
  std::string text;
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, log)) > 0;) text.append(part, n);
  return text;
}

// Waits for the child's end, or ends it. Returns its status; a killed one's is the signal's.
int watch(pid_t child, const counters& count, const limits& limits, const volatile int* stop,
          report& result) {
  int status = 0;
  std::uint64_t seen = 0;
  clock::time_point last = clock::now();
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (const std::uint64_t now = count.all(); now != seen) {
      seen = now;
      last = clock::now();
    }
    const bool hung = since(last) >= limits.hang;
    const bool stopped = stop != nullptr && *stop != 0;
    if (hung || stopped) {
      kill(child, SIGKILL);
      waitpid(child, &status, 0);
      result.result = hung ? outcome::hung : outcome::interrupted;
      return status;
    }
    usleep(watch_every);
  }
  result.result = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? outcome::passed : outcome::failed;
  return status;
}

std::string ending(int status) {
  if (WIFSIGNALED(status)) {
    return fmt::format("ended by signal {} ({})\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  return fmt::format("ended with code {}\n", WEXITSTATUS(status));
}

}  // namespace

report run_native(const checker::program& what, const checker::parameters& values,
                  const limits& limits, const volatile int* stop) {
  if (limits.runs == 0 && limits.seconds <= 0) throw std::logic_error("a run without an end");
  report result;
  const shared count;
  std::FILE* log = std::tmpfile();
  if (log == nullptr) throw std::runtime_error("no temporary file for the scenario's messages");
  std::fflush(nullptr);  // or the child prints it again
  const clock::time_point start = clock::now();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork: no process for the scenario");
  if (child == 0) run_all(what, values, limits, *count.operator->(), log);
  const int status = watch(child, *count.operator->(), limits, stop, result);
  result.seconds = since(start);
  result.runs = count->complete.load();
  result.blocked = count->blocked.load();
  result.message = text_of(log);
  std::fclose(log);
  if (result.result == outcome::failed) result.message += ending(status);
  if (result.result == outcome::hung) {
    result.message += fmt::format("run {} did not end within {} s\n",
                                  result.runs + result.blocked + 1, limits.hang);
  }
  if (result.result == outcome::passed && result.runs == 0) result.result = outcome::nothing_ran;
  return result;
}

}  // namespace tenterhook::stress
