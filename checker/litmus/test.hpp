// A litmus test as it is run: a few threads of straight-line or forward-branching code over shared
// locations, what is observed in the end, and a proposition about it. Every dialect of the files
// becomes these instructions; registers keep their syntactic dependencies.
//
// Source of the file formats: the herdtools7 manual (Alglave, Maranget), "herd7" and "litmus7".
//
// Pure data.
#pragma once

#include <atomic>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tenterhook::checker::litmus {

// A file that cannot be read: what() is "FILE:LINE: what is wrong".
struct FileError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

enum class Arch : std::uint8_t { x86, x86_64, power, arm, c, aarch64 };

// As in the first line of a file: "X86", "PPC", …
const char* text(Arch arch);
// The memory model of the architecture: "tso", "power", "arm", "rc11-2017"; of AArch64 "".
const char* model_of(Arch arch);

enum class Op : std::uint8_t {
  move,               // dst := a
  add,                // dst := a + b
  exclusive_or,       // dst := a ^ b
  equal, differ,      // dst := 1 or 0
  compare,            // flags := 0 if a == b, else 1
  branch,             // to `target`, always
  branch_equal, branch_differ,  // to `target`, if the flags are zero, or not
  load,               // dst := memory
  store,              // memory := a
  exchange,           // dst := memory, memory := a
  fetch_add,          // dst := memory, memory += a
  compare_exchange,   // memory == old ? (memory := b, dst := 1) : dst := 0; old := memory
  load_reserve,       // load, and keep a reservation
  store_conditional,  // memory := a, dst := 0; or dst := 1, by choice or without a reservation
  fence,
};

// A fence of any dialect. The C++ ones have an order.
enum class Fence : std::uint8_t { full, store, light, eieio, instruction, order };

inline constexpr int kNone = -1;
inline constexpr int kFlags = 0;  // every thread's register 0: what compare leaves

struct Operand {
  int reg = kNone;         // kNone: the number
  std::int64_t number = 0;
};

struct Instruction {
  Op op = Op::move;
  int dst = kNone;         // register; kNone: nothing is kept
  Operand a = {}, b = {};
  int old = kNone;         // compare_exchange: the register with the expected value
  // the address: base + index + number, where an absent register counts 0
  int base = kNone, index = kNone;
  std::int64_t number = 0;
  std::memory_order order = std::memory_order_relaxed;
  std::memory_order fail_order = std::memory_order_relaxed;
  bool plain = false;      // a non-atomic access of C
  Fence fence = Fence::full;
  std::size_t target = 0;  // of branches: index of an instruction, always a later one
};

struct Register {
  std::string name;        // "" for what the reader made up
  std::int64_t initial = 0;
};

struct ThreadCode {
  std::vector<Register> registers;  // [kFlags] are the flags
  std::vector<Instruction> code;
};

struct Location {
  std::string name;
  std::int64_t initial = 0;
  unsigned bytes = 0;      // of its accesses: 4 or 8
};

// The value of a register that holds the location's address; never 0.
inline std::int64_t address_of(std::size_t location) {
  return static_cast<std::int64_t>(location + 1) << 16;
}

// Something whose final value is seen.
struct Observed {
  std::string name;        // "1:r0" or "[x]"
  int thread = kNone;      // kNone: a location
  int place = 0;           // register or location
};

enum class Quantifier : std::uint8_t { exists, not_exists, for_all };

// A proposition: nodes refer to later ones.
struct Node {
  enum Kind : std::uint8_t { all, any, negation, equals, truth } kind = truth;
  std::vector<std::size_t> parts;  // of all, any (none: true, false) and negation (one)
  std::size_t observed = 0;        // of equals
  std::int64_t value = 0;
};

struct Test {
  std::string file, name;
  Arch arch = Arch::x86;
  std::vector<Location> locations;
  std::vector<ThreadCode> threads;
  std::vector<Observed> observed;  // registers by thread and name, then locations by name
  Quantifier quantifier = Quantifier::for_all;
  std::vector<Node> nodes;         // [0] is the whole proposition
  std::string condition;           // as written, in one line: "exists (1:r0=0)"
  bool mixed = false;              // a location has both atomic and non-atomic accesses
  bool plain = false;              // there are non-atomic accesses
};

// The final values of Test::observed, in their order, as signed numbers.
using State = std::vector<std::int64_t>;

bool holds(const Test& test, const State& state);
// "0:r0=1; [x]=2;"
std::string text(const Test& test, const State& state);

// Reads a file. AArch64 tests come back without code: no model of ours has them. Throws FileError
// for what it cannot read, be it one unknown instruction.
Test read_test(const std::string& file);
// The same of a text; `file` is for errors.
Test parse_test(const std::string& file, const std::string& contents);

}  // namespace tenterhook::checker::litmus
