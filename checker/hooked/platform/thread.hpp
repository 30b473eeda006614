// Hooked threads are virtual threads; time is the thread's own; a signal is a choice.
#pragma once

#include "platform/atomic.hpp"
#include "platform/config.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

struct thread_handle {
  std::uint32_t slot = 0;
};

inline thread_handle start_thread(const char* name, void (*run)(void*), void* argument,
                                  site at = site::current()) {
  return {engine().start(name, run, argument, at)};
}
inline void join_thread(thread_handle thread, site at = site::current()) {
  engine().join(thread.slot, at);
}
inline void procyield(std::uint32_t, site at = site::current()) { engine().yield(0, at); }
inline void osyield(site at = site::current()) {
  engine().gives_way();
  engine().yield(0, at);
}
inline void usleep(std::uint32_t microseconds, site at = site::current()) {
  engine().gives_way();
  engine().yield(std::int64_t{microseconds} * 1000, at);
}
inline std::int64_t nanotime() { return engine().now(); }
inline std::uint32_t fastrandn(std::uint32_t n, site at = site::current()) {
  return engine().choose(n, checker::ChoiceKind::random, at);
}
inline void on_signal(void (*handler)(void*), void* argument) {
  engine().on_signal(handler, argument);
}
inline bool mask_signals(bool masked) { return engine().mask_signals(masked); }

inline void* get_slot() { return engine().thread_value(); }
inline void set_slot(void* value) { engine().thread_value() = value; }
inline std::uint32_t* ghosts() { return &engine().thread_ghosts(); }
inline std::uint32_t ncpu() { return config::ncpu; }

inline bool real() { return engine().real(); }

inline bool quiesce(site at = site::current()) { return engine().quiesce(at); }

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
