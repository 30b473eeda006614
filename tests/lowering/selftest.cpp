// The comparison itself: no row of the table can change unnoticed, and no instruction either.
#include <gtest/gtest.h>

#include "tests/lowering/rows.hpp"
#include "tests/lowering/walk.hpp"

namespace tenterhook::tests {
namespace {

using arch::hardware;
using arch::lowering;

bool is_branch(hardware event) {
  return event == hardware::branch_value || event == hardware::branch_success;
}

lowering without(const lowering& of, std::size_t gone) {
  lowering out = of;
  out.size = 0;
  for (std::size_t i = 0; i < of.size; ++i) {
    if (i != gone) out.add(of.events[i]);
  }
  return out;
}

// Everything that can be wrong in one lowering by one thing; branches at its end mean nothing.
std::vector<lowering> corrupted(const lowering& of) {
  std::vector<lowering> all;
  std::size_t end = of.size;
  while (end > 0 && is_branch(of.events[end - 1])) --end;
  for (std::size_t i = 0; i < end; ++i) {
    all.push_back(without(of, i));
    for (unsigned other = 1; other <= unsigned(hardware::branch_success); ++other) {
      if (hardware(other) == of.events[i]) continue;
      all.push_back(of);
      all.back().events[i] = hardware(other);
    }
    if (of.events[i] != hardware::store_conditional) continue;
    for (const auto depends :
         {arch::dependency::none, arch::dependency::data, arch::dependency::control}) {
      if (depends == of.write_depends) continue;
      all.push_back(of);
      all.back().write_depends = depends;
    }
  }
  all.push_back(of);
  all.back().loops = !of.loops;
  for (const hardware extra : {hardware::sync, hardware::lwsync, hardware::isync, hardware::dmb,
                               hardware::locked_fence}) {
    all.push_back(of);
    all.back().add(extra);
  }
  return all;
}

TEST(LoweringSelfTest, EveryCorruptedRowDiffersFromTheCompilersCode) {
  std::size_t tried = 0;
  for (const arch::target_info& port : arch::targets) {
    for (const arch::lowering_row& row : all_rows()) {
      const ways right = expected(port, row);
      const lowerings table = lowerings_of(port, row);
      for (const auto& [how, right_one] : table) {
        for (const lowering& wrong : corrupted(right_one)) {
          // one way of several that loop: the loop is the operation's
          if (table.size() > 1 && wrong.loops != right_one.loops) continue;
          lowerings changed = table;
          changed[how] = wrong;
          EXPECT_NE(ways_of(port, row, changed), right)
              << port.name << ": " << name_of(row) << ", " << name_of(how) << "\n"
              << text(ways_of(port, row, changed));
          ++tried;
        }
      }
    }
  }
  EXPECT_GT(tried, 10'000u);
}

// The ways through one function, from objdump's text of it.
ways of(arch::memory_model model, const std::string& code) {
  return walked(parse_disassembly("00000000 <f>:\n" + code).at("f"), model);
}

using lines = std::set<std::string>;

TEST(LoweringSelfTest, AnIsyncWithoutItsBranchIsSeen) {
  const auto power = arch::memory_model::power;
  EXPECT_EQ(of(power,
               "   0:\tld      r3,0(r3)\n"
               "   4:\tcmpw    r3,r3\n"
               "   8:\tbne-    c <f+0xc>\n"
               "   c:\tisync\n"
               "  10:\tblr\n")
                .lines,
            (lines{"load:ld branch_value isync:isync"}));
  EXPECT_EQ(of(power,
               "   0:\tld      r3,0(r3)\n"
               "   4:\tcmpw    r4,r4\n"
               "   8:\tbne-    c <f+0xc>\n"
               "   c:\tisync\n"
               "  10:\tblr\n")
                .lines,
            (lines{"load:ld isync:isync"}));
}

TEST(LoweringSelfTest, ABarrierOnOneSideOfABranchIsSeen) {
  EXPECT_EQ(of(arch::memory_model::arm,
               "   0:\tldrex\tr4, [r0]\n"
               "   4:\tcmp\tr4, r3\n"
               "   6:\tbne.n\te <f+0xe>\n"
               "   8:\tstrex\tip, r2, [r0]\n"
               "   c:\tdmb\tish\n"
               "   e:\tbx\tlr\n")
                .lines,
            (lines{"differs: load_reserved:ldrex",
                   "load_reserved:ldrex branch_value store_conditional(control):strex dmb:dmb"}));
}

TEST(LoweringSelfTest, AWriteFromTheValueReadHasADataDependency) {
  const auto loop = [](const std::string& stored) {
    return of(arch::memory_model::power,
              "   0:\tldarx   r3,0,r9\n"
              "   4:\tadd     r10,r3,r4\n"
              "   8:\tstdcx.  " +
                  stored +
                  ",0,r9\n"
              "   c:\tbeqlr\n"
              "  10:\tb       0 <f>\n");
  };
  EXPECT_EQ(loop("r10").lines, (lines{"load_reserved:ldarx store_conditional(data):stdcx."}));
  EXPECT_EQ(loop("r4").lines, (lines{"load_reserved:ldarx store_conditional(none):stdcx."}));
  EXPECT_TRUE(loop("r10").loops);
}

TEST(LoweringSelfTest, ALibraryCallOrAStrangeBarrierIsNoInstructionOfTheTable) {
  EXPECT_EQ(of(arch::memory_model::arm, "   0:\tbl\t0 <__atomic_load_8>\n   4:\tbx\tlr\n").lines,
            (lines{"unknown:bl\t0 <__atomic_load_8>"}));
  EXPECT_EQ(of(arch::memory_model::arm, "   0:\tdmb\tishst\n   4:\tbx\tlr\n").lines,
            (lines{"dmb:dmb\tishst"}));
  EXPECT_EQ(of(arch::memory_model::power, "   0:\teieio\n   4:\tblr\n").lines,
            (lines{"unknown:eieio"}));
  EXPECT_EQ(of(arch::memory_model::tso, "   0:\tmfence\n   3:\tret\n").lines,
            (lines{"unknown:mfence"}));
}

TEST(LoweringSelfTest, OnX86TheLockAndTheStackAreSeen) {
  const auto tso = arch::memory_model::tso;
  EXPECT_EQ(of(tso, "   0:\txadd %eax,(%rdi)\n   3:\tret\n").lines, (lines{"store:xadd"}));
  EXPECT_EQ(of(tso, "   0:\tlock xadd %eax,(%rdi)\n   3:\tret\n").lines,
            (lines{"locked_rmw:lock xadd"}));
  EXPECT_EQ(of(tso, "   0:\tmov 0x4(%esp),%eax\n   3:\tlock orl $0x0,(%esp)\n   8:\tret\n").lines,
            (lines{"locked_fence:lock or"}));
}

}  // namespace
}  // namespace tenterhook::tests
