// What a virtual thread is about to do: the hooked operation that it published before it asked who
// runs next. At every decision each thread's next operation is known.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>

#include "checker/execution/cell.hpp"

namespace tenterhook::checker {

enum class OpKind : std::uint8_t {
#define OP(name, text) name,
#include "checker/execution/ops.def"
#undef OP
};

const char* text(OpKind kind);
const char* text(std::memory_order order);
// May the source give the operation that order? Futexes have none.
bool takes(OpKind kind, std::memory_order order);
// One step down: seq_cst, acq_rel, then acquire (loads) or release (stores), then relaxed.
std::memory_order weaker(std::memory_order order, OpKind kind);

enum class Rmw : std::uint8_t { exchange, add, bit_or, bit_and };

struct Op {
  OpKind kind = OpKind::none;
  Rmw rmw = Rmw::exchange;
  std::memory_order order = std::memory_order_seq_cst;
  std::memory_order fail_order = std::memory_order_seq_cst;
  Cell* cell = nullptr;
  std::uint64_t operand = 0;   // value stored; of an rmw the argument; of a wait the expected word
  std::uint64_t expected = 0;  // of a compare-exchange; of a free the block's size
  std::source_location site;
};

// Who acts in a step. A thread runs its pending operation; the rest is the environment's doing.
enum class ActorKind : std::uint8_t {
  run,       // the thread executes its pending operation
  flush,     // the oldest entry of the thread's store buffer reaches memory
  timeout,   // its timed wait ends
  spurious,  // its futex wait returns without a wake
  interrupt, // a signal arrives: its handler runs now
};

const char* text(ActorKind kind);

struct Actor {
  std::uint16_t thread = 0;
  ActorKind kind = ActorKind::run;
  friend bool operator==(const Actor&, const Actor&) = default;
  // A dense number, for tables and the compact recording.
  std::uint32_t code() const { return thread * 8U + static_cast<std::uint32_t>(kind); }
  static Actor from_code(std::uint32_t code) {
    return {static_cast<std::uint16_t>(code / 8), static_cast<ActorKind>(code % 8)};
  }
};

}  // namespace tenterhook::checker
