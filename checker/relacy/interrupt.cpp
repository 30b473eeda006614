#include "checker/relacy/interrupt.hpp"

#include <signal.h>

#include <chrono>

namespace tenterhook::relacy::engine {

namespace {

volatile sig_atomic_t stop_requested = 0;

constexpr int ends[] = {SIGINT, SIGTERM};
constexpr int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};

struct sigaction before[6];
alignas(16) char handler_stack[64 * 1024];
stack_t stack_before;

void note_end(int) { stop_requested = 1; }
void leave(int signal) { siglongjmp(signal_guard::crashed, signal); }

}  // namespace

sigjmp_buf signal_guard::crashed;

double seconds_now() {
  using clock = std::chrono::steady_clock;
  return std::chrono::duration<double>(clock::now().time_since_epoch()).count();
}

bool interrupted() { return stop_requested != 0; }

signal_guard::signal_guard() {
  stop_requested = 0;
  const stack_t stack{.ss_sp = handler_stack, .ss_flags = 0, .ss_size = sizeof handler_stack};
  sigaltstack(&stack, &stack_before);
  struct sigaction action = {};
  int n = 0;
  action.sa_handler = note_end;
  for (const int signal : ends) sigaction(signal, &action, &before[n++]);
  action.sa_handler = leave;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (const int signal : crashes) sigaction(signal, &action, &before[n++]);
}

signal_guard::~signal_guard() {
  int n = 0;
  for (const int signal : ends) sigaction(signal, &before[n++], nullptr);
  for (const int signal : crashes) sigaction(signal, &before[n++], nullptr);
  sigaltstack(&stack_before, nullptr);
}

}  // namespace tenterhook::relacy::engine
