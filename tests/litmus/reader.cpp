// What the reader of litmus files understands, and how it says what it does not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "checker/litmus/run.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {
namespace {

std::string error_of(const std::string& contents) {
  try {
    parse_test("t.litmus", contents);
  } catch (const FileError& e) {
    return e.what();
  }
  return "none";
}

std::string x86(const std::string& instruction, const std::string& end = "exists (x=0)") {
  return "X86 t\n{\n}\n P0 ;\n MOV [x],$1 ;\n " + instruction + " ;\n" + end + "\n";
}

std::string power(const std::string& rows, const std::string& end = "exists (x=0)") {
  return "PPC t\n{ 0:r1=x; 0:r2=y; }\n P0 ;\n" + rows + end + "\n";
}

std::string c(const std::string& statement, const std::string& end = "exists (x=0)") {
  return "C t\n{ }\nP0(atomic_int* x, atomic_int* y) {\n  " + statement + "\n}\n" + end + "\n";
}

// The one final state of a test that has no other.
std::string only_state(const std::string& contents) {
  const auto test = parse_test("t.litmus", contents);
  const Ran ran = run(test, "sc");
  EXPECT_EQ(ran.problem, "");
  EXPECT_EQ(ran.unsupported, "");
  EXPECT_EQ(ran.states.size(), 1U);
  return ran.states.empty() ? "" : text(test, ran.states.begin()->first);
}

TEST(reader, errors_name_the_file_and_the_line) {
  EXPECT_EQ(error_of("MIPS t\n{\n}\n"),
            "t.litmus:1: the first line is no architecture (X86, X86_64, PPC, ARM, C, AArch64) "
            "and name");
  EXPECT_EQ(error_of("X86 t\n\"no more\"\n"), "t.litmus:3: no '{' with initial values");
  EXPECT_EQ(error_of(x86("FROB [x]")), "t.litmus:6: 'FROB [x]' is not read");
  EXPECT_EQ(error_of(x86("MOV [x],[y]")), "t.litmus:6: two operands in memory");
  EXPECT_EQ(error_of(x86("MOV EAX,[RBX]")), "t.litmus:6: 'RBX' is no location");
  EXPECT_EQ(error_of(x86("MOV EAX,$1 | MFENCE")),
            "t.litmus:6: 2 columns where there are 1 threads");
  EXPECT_EQ(error_of(x86("JE nowhere")), "t.litmus:6: no label nowhere");
  EXPECT_EQ(error_of(x86("L: MOV EAX,[x] ;\n JE L")),
            "t.litmus:7: a branch back to L: loops are not read");
  EXPECT_EQ(error_of(x86("MFENCE", "exists (1:EAX=0)")), "t.litmus:7: there is no P1");
  EXPECT_EQ(error_of(x86("MFENCE", "exists (w=0)")), "t.litmus:7: there is no location 'w'");
  EXPECT_EQ(error_of(x86("MFENCE", "exists (x=0) also")),
            "t.litmus:7: there is something behind the proposition");
  EXPECT_EQ(error_of(x86("MFENCE", "exists (x=0")), "t.litmus:8: ')' is expected, not ''");
  EXPECT_EQ(error_of(x86("MFENCE", "(* open")), "t.litmus:7: the comment does not end");
}

TEST(reader, functions_of_c_come_in_order) {
  EXPECT_EQ(error_of("C t\n{ }\nP1(atomic_int* x) {\n}\nexists (x=0)\n"),
            "t.litmus:3: no function P0");
  const std::string apart = "C t\n{ }\nP0 (atomic_int* x) { *x = 1; }\n\nP1\n(atomic_int* x) { }\n";
  EXPECT_EQ(only_state(apart + "exists (x=1)\n"), "[x]=1;");
}

// Dependencies are masks of 64 events: one more would be lost.
TEST(reader, a_thread_of_too_many_accesses_is_an_error) {
  std::string rows;
  for (int i = 0; i < 64; ++i) rows += "lwz r3,0(r1) ;\n";
  EXPECT_EQ(error_of(power(rows)), "none");
  EXPECT_EQ(error_of(power(rows + "lwz r3,0(r1) ;\n")),
            "t.litmus:68: the thread is too long: at most 64 accesses and fences");
}

TEST(reader, levels_without_end_are_an_error) {
  const std::string many(100'000, '(');
  EXPECT_EQ(error_of(x86("MFENCE", "exists " + many)),
            "t.litmus:7: too many levels within each other");
  EXPECT_EQ(error_of(c("int r = " + many)), "t.litmus:4: too many levels within each other");
}

TEST(reader, errors_of_the_other_dialects) {
  EXPECT_EQ(error_of(power(" lwz r3,0(r1) ;\n mtspr r3 ;\n")),
            "t.litmus:5: 'mtspr r3' is not read");
  EXPECT_EQ(error_of(power(" lwz r99,0(r1) ;\n")), "t.litmus:4: 'r99' is no register");
  EXPECT_EQ(error_of("ARM t\n{ %x0=x; }\n P0 ;\n STR Q1,[%x0] ;\nexists (x=0)\n"),
            "t.litmus:4: 'Q1' is no register");
  EXPECT_EQ(error_of("ARM t\n{ 3:R0=x; }\n P0 ;\n DMB ;\nexists (x=0)\n"),
            "t.litmus:2: there is no P3");
  EXPECT_EQ(error_of("X86_64 t\n{ }\n P0 ;\n movq $1,(x) ;\n movl $1,(x) ;\nexists (x=0)\n"),
            "t.litmus:5: accesses of 8 and 4 bytes to x: mixed sizes are not read");
  EXPECT_EQ(error_of(c("while (1) {}")), "t.litmus:4: '=' is expected, not '(1) {}'");
  EXPECT_EQ(error_of(c("x = 1;")), "t.litmus:4: statement 'x = 1;' is not read");
  EXPECT_EQ(error_of(c("int r = 1 - 1;")), "t.litmus:4: ';' is expected, not '- 1;'");
  EXPECT_EQ(error_of(c("int r = x;")), "t.litmus:4: expression 'x;' is not read");
  EXPECT_EQ(error_of(c("int r = atomic_load_explicit(x, memory_order_consume);")),
            "t.litmus:4: 'memory_order_consume' is no memory order that is read");
  EXPECT_EQ(error_of(c("int r = atomic_load_explicit(z, memory_order_relaxed);")),
            "t.litmus:4: 'z' is no parameter");
  for (const std::string call : {"atomic_store_explicit(x, 1, memory_order_acquire)",
                                 "int r = atomic_load_explicit(x, memory_order_release)",
                                 "int r = atomic_compare_exchange_strong_explicit(x, y, 1, "
                                 "memory_order_acq_rel, memory_order_release)"}) {
    const std::string said = error_of(c(call + ";"));
    EXPECT_TRUE(said.starts_with("t.litmus:4: 'memory_order_")) << said;
    EXPECT_TRUE(said.ends_with("' is no order for it")) << said;
  }
  EXPECT_EQ(error_of(c("int r = 0;\n int s = r + q;")), "t.litmus:5: 'q' has no value yet");
  EXPECT_EQ(error_of("PPC t\n{ 0:r1=x; 0:r1=y; }\n P0 ;\n sync ;\nexists (x=0)\n"),
            "t.litmus:2: the value of r1 is given twice");
}

TEST(reader, instructions_of_x86_do_what_they_say) {
  EXPECT_EQ(only_state(x86("MOV EAX,$7 ;\n XCHG [x],EAX ;\n ADD [x],$2 ;\n LOCK DEC [x] ;\n"
                           " MOV EBX,[x] ;\n CMP EBX,$8 ;\n JNE L ;\n MOV [y],EBX ;\n L:",
                           "locations [x; y; 0:EAX;] exists (0:EBX=8)")),
            "0:EAX=1; 0:EBX=8; [x]=8; [y]=8;");
  EXPECT_EQ(only_state("X86_64 t\n{ uint64_t x=5; uint64_t 0:rax=4; uint64_t 0:rbx=6; }\n P0 ;\n"
                       " lock cmpxchgq (x),%rbx ;\n jne L ;\n movq $1,(y) ;\n L: ;\n"
                       "exists (x=5 /\\ 0:rax=5 /\\ y=0)\n"),
            "0:rax=5; [x]=5; [y]=0;");
}

TEST(reader, instructions_of_ppc_and_arm_do_what_they_say) {
  EXPECT_EQ(only_state(power(" li r3,-1 ;\n xor r4,r3,r3 ;\n addi r4,r4,2 ;\n stwx r4,r0,r2 ;\n"
                             " cmpwi r4,2 ;\n beq L ;\n stw r3,0(r1) ;\n L: lwz r5,0(r2) ;\n",
                             "exists (0:r3=-1 /\\ 0:r5=2 /\\ x=0 /\\ [y]=2)")),
            "0:r3=-1; 0:r5=2; [x]=0; [y]=2;");
  EXPECT_EQ(only_state("ARM t\n{ %p=x; 0:R1=y; }\n P0 ;\n MOV R0,#3 ;\n STR R0,[%p] ;\n"
                       " EOR R2,R0,#1 ;\n STR R2,[R1] ;\n CMP R0,R2 ;\n BNE L ;\n"
                       " STR R0,[R1] ;\n L: ;\n DMB ;\nexists (x=3 /\\ y=2)\n"),
            "[x]=3; [y]=2;");
}

TEST(reader, statements_of_c_do_what_they_say) {
  EXPECT_EQ(only_state(c("int r = 1 + 1; *x = r; int s = *x + r;\n"
                         "  int ok = atomic_compare_exchange_strong_explicit(x, y, 5,"
                         " memory_order_seq_cst, memory_order_relaxed);\n"
                         "  if (ok == 0) { r = atomic_fetch_add_explicit(x, 1,"
                         " memory_order_relaxed); } else { r = 9; } // not this\n"
                         "  if (s != 4) r = 8;",
                         "locations [x; y; 0:s; 0:ok;]\nexists (0:r=2)")),
            "0:r=2; 0:s=4; 0:ok=0; [x]=3; [y]=2;");
}

TEST(reader, propositions_bind_as_herd_binds_them) {
  const auto holds_for = [](const std::string& proposition) {
    const auto test = parse_test("t.litmus", x86("MFENCE", proposition));
    return holds(test, run(test, "sc").states.begin()->first);
  };
  EXPECT_TRUE(holds_for("exists (x=1)"));
  EXPECT_TRUE(holds_for("exists x=1 \\/ x=2 /\\ x=3"));
  EXPECT_FALSE(holds_for("exists (x=1 \\/ x=2) /\\ x=3"));
  EXPECT_TRUE(holds_for("exists not (x=2) /\\ [x]=1"));
  EXPECT_FALSE(holds_for("exists (not (x=2 \\/ x=1))"));
  EXPECT_TRUE(holds_for("(* a (* nested *) remark *) ~exists (x=1) (* end *)"));
  EXPECT_TRUE(holds_for("forall (true)"));
  EXPECT_FALSE(holds_for("forall (false)"));
}

// By choice, or since there is no reservation of the location.
TEST(reader, a_store_conditional_may_fail_and_must_without_a_reservation) {
  const auto states = [](const std::string& rows) {
    const auto test = parse_test("t.litmus", power(rows, "locations [x; y;] exists (true)"));
    const Ran ran = run(test, "sc");
    std::string all;
    for (const auto& [state, count] : ran.states) all += text(test, state) + " ";
    return all;
  };
  const std::string pair = " li r3,1 ;\n lwarx r4,r0,r1 ;\n stwcx. r3,r0,r1 ;\n";
  EXPECT_EQ(states(pair), "[x]=0; [y]=0; [x]=1; [y]=0; ");
  EXPECT_EQ(states(pair + " bne L ;\n stw r3,0(r2) ;\n L: ;\n"),
            "[x]=0; [y]=0; [x]=1; [y]=1; ");
  EXPECT_EQ(states(" li r3,1 ;\n stwcx. r3,r0,r1 ;\n"), "[x]=0; [y]=0; ");
  EXPECT_EQ(states(" li r3,1 ;\n lwarx r4,r0,r2 ;\n stwcx. r3,r0,r1 ;\n"), "[x]=0; [y]=0; ");
  EXPECT_EQ(states(pair + " li r3,2 ;\n stwcx. r3,r0,r1 ;\n"), "[x]=0; [y]=0; [x]=1; [y]=0; ");
}

TEST(reader, an_address_of_no_location_is_a_problem) {
  const auto test = parse_test("t.litmus", power(" li r3,1 ;\n stw r3,4(r1) ;\n"));
  EXPECT_NE(run(test, "sc").problem, "");
}

TEST(reader, other_architectures_are_unsupported_by_name) {
  const auto test = parse_test("t.litmus", "AArch64 t\n{ }\n P0 ;\n DMB SY ;\nexists (x=0)\n");
  EXPECT_EQ(run(test, "sc").unsupported, "AArch64: no target has it");
}

}  // namespace
}  // namespace tenterhook::checker::litmus
