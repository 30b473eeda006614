// Threads, yields, clock and choices over Relacy's. A program starts as many threads as it likes,
// up to the pool that its execution was given (explore.cpp finds the size).
#pragma once

#include <cstdint>
#include <source_location>

namespace tenterhook::TENTERHOOK_PLATFORM::platform {

struct thread_handle {
  std::uint32_t slot = 0;
};

// Start and join synchronise.
thread_handle start_thread(const char* name, void (*run)(void*), void* argument,
                           std::source_location where = std::source_location::current());
void join_thread(thread_handle thread,
                 std::source_location where = std::source_location::current());

// All three are rl::yield: the others may go on, loads see fresh values.
void procyield(std::uint32_t pauses, std::source_location where = std::source_location::current());
void osyield(std::source_location where = std::source_location::current());
void usleep(std::uint32_t microseconds,
            std::source_location where = std::source_location::current());

std::int64_t nanotime();  // the calling thread's own virtual clock
// A choice of Relacy's scheduler in [0, n). 0 for n < 2.
std::uint32_t fastrandn(std::uint32_t n,
                        std::source_location where = std::source_location::current());

// Signals do not arrive under Relacy.
inline void on_signal(void (*)(void*), void*) {}
inline bool mask_signals(bool) { return false; }

void* get_slot();
void set_slot(void* value);
std::uint32_t* ghosts();
std::uint32_t ncpu();
bool real();

// A thread that spins for ever keeps it from returning: Relacy's livelock.
bool quiesce(std::source_location where = std::source_location::current());

}  // namespace tenterhook::TENTERHOOK_PLATFORM::platform
