// The virtual threads of a litmus test: each interprets its instructions on cells, and knows which
// of its reads each register depends on.
//
// A register depends on the reads whose values were used for it, by syntax: xor r,r,r does. An
// access depends on the reads of its address registers (address), of the stored register (data),
// and of every branch before it, be it past the branch's join (control).
// Source: Alglave, Maranget, Tautschnig, "Herding cats" (TOPLAS 2014), sections 5.2 and 6.
//
// Thread safety: none; belongs to one Execution.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/execution/cell.hpp"
#include "checker/execution/execution.hpp"
#include "checker/graph/graph.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {

class Interpreter {
 public:
  // `plain_cells`: non-atomic accesses of C go to plain cells, which report races; else they are
  // events of the graph, and races are for race() to find. REQUIRES with plain_cells: no
  // mixed locations.
  Interpreter(const Test& test, bool plain_cells);

  // The body of the main virtual thread.
  void body();

  // Of the execution that has just ended on the graph.
  State final_state(const Graph& graph) const;
  bool race(const Graph& graph, Execution& x) const;

 private:
  struct Value {
    std::int64_t number = 0;
    std::uint64_t reads = 0;   // bit i: depends on the thread's event i
  };
  struct Running {
    Interpreter* all;
    std::size_t number;
    std::vector<Value> registers;
    std::uint64_t control;     // reads that branches depended on
    int reserved;              // the location of the last load-reserve; kNone: none
    std::uint32_t reserve;     // that load's place among the thread's events
    std::vector<std::uint32_t> plain;  // events that are non-atomic accesses
  };

  static void enter(void* running);
  void reset_cells();
  void run(Running& t);
  // Returns the index of the next instruction.
  std::size_t step(Running& t, const Instruction& i, std::size_t at);
  void access(Running& t, const Instruction& i);
  void fence(const Running& t, const Instruction& i) const;
  bool store_conditional(Running& t, std::size_t location, std::uint64_t bits,
                         const Dependencies& on);
  bool assembly() const { return test_.arch == Arch::power || test_.arch == Arch::arm; }
  void keep(Running& t, int reg, Value value) const;
  Value value(const Running& t, const Operand& operand) const;
  std::int64_t wrapped(std::int64_t number) const;
  std::int64_t read_as(std::uint64_t bits, unsigned bytes) const;
  std::size_t location(const Running& t, const Instruction& i, std::uint64_t& reads) const;
  std::uint64_t load(Running& t, Cell& cell, const Instruction& i, const Dependencies& on);
  void store(Running& t, Cell& cell, std::uint64_t bits, const Instruction& i,
             const Dependencies& on);

  const Test& test_;
  bool plain_cells_;
  std::vector<Cell> cells_;      // by location
  std::vector<char> plain_;      // by location: it is a plain cell
  std::vector<Running> threads_;
};

}  // namespace tenterhook::checker::litmus
