// What no table of ../shared asks: small tests whose answer follows from a definition.
#include <gtest/gtest.h>

#include "checker/litmus/run.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {
namespace {

std::string verdict_of(const std::string& contents) {
  const auto test = parse_test("t.litmus", contents);
  const Ran ran = run(test, model_of(test.arch));
  EXPECT_EQ(ran.problem, "");
  return verdict(test, ran);
}

// S+sync+ctrl is forbidden; the second branch depends on nothing, and the first still counts.
// Herding cats, section 5.2.2: a control dependency reaches every later access.
TEST(semantics, a_branch_orders_what_comes_after_later_branches) {
  const auto shape = [](const std::string& branches) {
    return "PPC t\n{ 0:r10=x; 0:r11=y; 1:r10=x; 1:r11=y; }\n P0 | P1 ;\n"
           " li r1,2 | lwz r1,0(r11) ;\n stw r1,0(r10) | " +
           branches +
           " ;\n sync | li r3,1 ;\n li r2,1 | stw r3,0(r10) ;\n stw r2,0(r11) | ;\n"
           "exists (x=2 /\\ 1:r1=1)\n";
  };
  EXPECT_EQ(verdict_of(shape("li r4,0 ;\n | cmpw r4,r4 ;\n | beq L ;\n | L:")), "Sometimes");
  EXPECT_EQ(verdict_of(shape("cmpw r1,r1 ;\n | beq K ;\n | K: li r4,0 ;\n | cmpw r4,r4 ;\n"
                             " | beq L ;\n | L:")),
            "Never");
}

// RC11 (PLDI 2017), figure 1: only relaxed reads and writes and stronger ones synchronise.
TEST(semantics, a_non_atomic_access_synchronises_by_no_fence) {
  const auto shape = [](const std::string& write, const std::string& read) {
    return "C t\n{}\nP0(atomic_int* x, atomic_int* z) {\n"
           "  atomic_store_explicit(x, 1, memory_order_relaxed);\n"
           "  atomic_thread_fence(memory_order_release);\n  " +
           write + "\n}\nP1(atomic_int* x, atomic_int* z) {\n  int r0 = " + read +
           ";\n  atomic_thread_fence(memory_order_acquire);\n"
           "  int r1 = atomic_load_explicit(x, memory_order_relaxed);\n}\n"
           "exists (1:r0=1 /\\ 1:r1=0)\n";
  };
  const std::string store = "atomic_store_explicit(z, 1, memory_order_relaxed);";
  const std::string load = "atomic_load_explicit(z, memory_order_relaxed)";
  EXPECT_EQ(verdict_of(shape(store, load)), "Never");
  EXPECT_EQ(verdict_of(shape(store, "*z")), "Sometimes");
  EXPECT_EQ(verdict_of(shape("*z = 1;", load)), "Sometimes");
  const auto race = [&](const std::string& write, const std::string& read) {
    const auto test = parse_test("t.litmus", shape(write, read));
    return run(test, "rc11-2017").race;
  };
  EXPECT_FALSE(race(store, load));
  EXPECT_TRUE(race(store, "*z"));
  EXPECT_TRUE(race("*z = 1;", load));
  EXPECT_TRUE(race("*z = 1;", "*z"));
}

// A reservation is of the last load-reserve, and one store-conditional uses it up.
TEST(semantics, two_increments_by_load_reserve_and_store_conditional_are_atomic) {
  const std::string increment = " lwarx r1,r0,r10 | lwarx r1,r0,r10 ;\n"
                                " addi r1,r1,1 | addi r1,r1,1 ;\n"
                                " stwcx. r1,r0,r10 | stwcx. r1,r0,r10 ;\n"
                                " bne F | bne F ;\n li r2,1 | li r2,1 ;\n F: | F: ;\n";
  EXPECT_EQ(verdict_of("PPC t\n{ 0:r10=x; 1:r10=x; }\n P0 | P1 ;\n" + increment +
                       "exists (0:r2=1 /\\ 1:r2=1 /\\ not (x=2))\n"),
            "Never");
  EXPECT_EQ(verdict_of("PPC t\n{ 0:r10=x; 1:r10=x; }\n P0 | P1 ;\n" + increment +
                       "exists (0:r2=1 /\\ 1:r2=1 /\\ x=2)\n"),
            "Sometimes");
}

}  // namespace
}  // namespace tenterhook::checker::litmus
