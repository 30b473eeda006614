// Builds a Test while a file is read: names become numbers, labels become places.
//
// Thread safety: none.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "checker/litmus/scanner.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {

class Builder {
 public:
  Builder(Test& test, Scanner& scanner) : test_(test), scanner_(scanner) {}

  Test& test() { return test_; }
  Scanner& scanner() { return scanner_; }

  void threads(std::size_t count);  // so many; those that are there stay
  // Its number; a name that was not met yet is a new location of value 0.
  std::size_t location(const std::string& name);
  bool has_location(const std::string& name) const;
  // An access of so many bytes. Throws FileError if others have another size.
  void access(std::size_t location, unsigned bytes);
  int reg(std::size_t thread, const std::string& name);
  int temporary(std::size_t thread);
  void emit(std::size_t thread, Instruction instruction);
  std::size_t here(std::size_t thread) const { return test_.threads[thread].code.size(); }

  // A label stands before the thread's next instruction; a branch goes to one that comes later.
  void label(std::size_t thread, const std::string& name);
  void branch(std::size_t thread, Op op, const std::string& name);
  // All labels are known. Throws FileError for a branch without one, or back to one.
  void resolve();

  // `P:reg=value`, and `%reg=value` of whichever thread has it (thread kNone).
  void initial(int thread, const std::string& name, std::int64_t value);
  void resolve_initial();

 private:
  struct Jump {
    std::size_t thread, instruction, at;
    std::string label;
  };
  struct Initial {
    int thread;
    std::string name;
    std::int64_t value;
    std::size_t at;
  };

  Test& test_;
  Scanner& scanner_;
  std::map<std::string, std::size_t> places_;
  std::map<std::pair<std::size_t, std::string>, int> registers_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> labels_;
  std::vector<Jump> jumps_;
  std::vector<Initial> initial_;
};

// The name by which a register is known, whatever its width: rax of eax; R1 of r1 on ARM.
std::string canonical(Arch arch, std::string name);

// One instruction of an assembly dialect.
struct Line {
  Builder& to;
  std::size_t thread;
  std::string mnemonic;               // in lower case; "lock inc" with its prefix
  std::vector<std::string> operands;  // as written

  [[noreturn]] void fail(const std::string& what) const { to.scanner().fail(what); }
  void emit(const Instruction& instruction) const { to.emit(thread, instruction); }
  void branch(Op op) const { to.branch(thread, op, operands[0]); }
};

// Each translates the line; false: it knows no such instruction.
bool x86_instruction(Line& line);
bool x86_64_instruction(Line& line);
bool power_instruction(Line& line);
bool arm_instruction(Line& line);

// The functions of a C test, from the scanner's place on. Returns behind the last.
void c_functions(Builder& to);
// The rows of an assembly test, from the scanner's place on.
void assembly_rows(Builder& to);
// `locations [...]` and the proposition, to the end of the file.
void final_section(Builder& to);

}  // namespace tenterhook::checker::litmus
