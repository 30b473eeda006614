// A cell: one shared variable of the program under test, with what the checker knows of it. The
// hooked atomic<T>, plain<T> and ghost<T> are a cell each.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <string>

namespace tenterhook::checker {

enum class CellKind : std::uint8_t { atomic, plain, ghost };

// Turns a cell's bits into text for traces.
using Describe = std::string (*)(std::uint64_t bits);

struct Cell {
  static constexpr std::uint32_t kAlive = 0x7e11a11fU;
  static constexpr std::uint32_t kDead = 0xdeadce11U;

  std::uint64_t bits = 0;
  std::uint32_t tag = kAlive;   // kDead after its destructor ran: any access is a use after free
  CellKind kind = CellKind::atomic;
  bool initialised = false;
  std::uint16_t size = 0;       // bytes of the value
  std::uint64_t writer = 0;     // the event whose write is newest in coherence; 0: the initial one
  std::uint32_t writer_step = 0;  // its step number, for traces; 0: the initial value
  // atomic: the clock that the newest write released (null: nothing).
  // plain: the clock of the reads since the newest write, if more than one thread read.
  const std::uint32_t* clock = nullptr;
  // plain: last write and last read as (thread, component); time 0: none.
  std::uint32_t write_thread = 0, write_time = 0;
  std::uint32_t read_thread = 0, read_time = 0;
  const char* name = "";
  std::int32_t index = -1;      // element of an array; -1: none
  Describe describe = nullptr;
  std::uint32_t location = 0;   // its location in the execution graph, plus one; 0: none yet
  std::uint32_t queue = 0;      // likewise its futex's queue
  // plain: where the newest write and read were; the read is read_thread's
  std::source_location write_site, read_site;
};

}  // namespace tenterhook::checker
