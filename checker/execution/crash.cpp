#include "checker/execution/crash.hpp"

#include <sys/time.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
namespace {

constexpr std::size_t kAlternateStack = 64 * 1024;
alignas(16) char alternate[kAlternateStack];
constexpr int kCaught[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

void on_crash(int signal, siginfo_t* info, void*) {
  if (Execution::exists() && Execution::current().in_virtual_thread()) {
    Execution::current().crashed(signal, info->si_addr);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Every 0.3 s of CPU time; three ticks within one step are a hang. CPU time, not wall time: a
// loaded machine is not mistaken for a loop. The report carries no time.
void on_tick(int signal, siginfo_t*, void*) {
  static std::uint64_t last_step = 0;
  static int ticks = 0;
  if (!Execution::exists() || !Execution::current().in_virtual_thread()) {
    ticks = 0;
    return;
  }
  Execution& execution = Execution::current();
  if (execution.progress() != last_step) {
    last_step = execution.progress();
    ticks = 0;
    return;
  }
  if (++ticks >= 3) {
    ticks = 0;
    execution.crashed(signal, nullptr);
  }
}

}  // namespace

void catch_crashes() {
  stack_t stack{};
  stack.ss_sp = alternate;
  stack.ss_size = kAlternateStack;
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  sigemptyset(&action.sa_mask);
  action.sa_sigaction = on_crash;
  for (const int signal : kCaught) ::sigaction(signal, &action, nullptr);
  action.sa_flags |= SA_RESTART;
  action.sa_sigaction = on_tick;
  ::sigaction(SIGVTALRM, &action, nullptr);
  const itimerval every{{0, 300'000}, {0, 300'000}};
  ::setitimer(ITIMER_VIRTUAL, &every, nullptr);
}

}  // namespace tenterhook::checker
