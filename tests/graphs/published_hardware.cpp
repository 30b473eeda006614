// What is published of POWER and ARM: the numbers of executions of the classic shapes, and which
// shapes the models allow (Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 2014; Sarkar,
// Sewell, Alglave, Maranget, Williams, "Understanding POWER multiprocessors", PLDI 2011).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/graphs/brute.hpp"

namespace tenterhook::graphs {
namespace {

enum { x, y, z };  // NOLINT: the litmus names
constexpr auto none = barrier::none, sync = barrier::full, lwsync = barrier::light;
constexpr auto eieio = barrier::eieio, isync = barrier::instruction;
constexpr auto dmb = barrier::full, dmb_st = barrier::store, isb = barrier::instruction;

using threads = std::vector<assembly>;

// With the barrier between the accesses of each thread.
assembly_program shape(const threads& all, barrier what) {
  assembly_program p{3, {}};
  for (const assembly& t : all) {
    assembly& code = p.threads.emplace_back();
    for (const assembly_instruction& i : t) {
      if (!code.empty() && what != none) code.push_back(bar(what));
      code.push_back(i);
    }
  }
  return p;
}

struct counts {
  std::size_t none, lwsync, sync;  // POWER
  std::size_t bare, dmb;           // ARM
};

void meets(const char* name, const threads& all, const counts& published) {
  EXPECT_EQ(executions(shape(all, none), "power").size(), published.none) << name;
  EXPECT_EQ(executions(shape(all, lwsync), "power").size(), published.lwsync) << name;
  EXPECT_EQ(executions(shape(all, sync), "power").size(), published.sync) << name;
  EXPECT_EQ(executions(shape(all, none), "arm").size(), published.bare) << name;
  EXPECT_EQ(executions(shape(all, dmb), "arm").size(), published.dmb) << name;
}

// Where nothing is between, load buffering would be the fourth execution of LB.
TEST(published_hardware, numbers_of_executions) {
  meets("SB", {{st(x, 1), ld(y)}, {st(y, 1), ld(x)}}, {4, 4, 3, 4, 3});
  meets("R", {{st(x, 1), st(y, 1)}, {st(y, 2), ld(x)}}, {4, 4, 3, 4, 3});
  meets("MP", {{st(x, 1), st(y, 1)}, {ld(y), ld(x)}}, {4, 3, 3, 4, 3});
  meets("S", {{st(x, 2), st(y, 1)}, {ld(y), st(x, 1)}}, {4, 3, 3, 4, 3});
  meets("2+2W", {{st(x, 1), st(y, 2)}, {st(y, 1), st(x, 2)}}, {4, 3, 3, 4, 3});
  meets("LB", {{ld(x), st(y, 1)}, {ld(y), st(x, 1)}}, {3, 3, 3, 3, 3});
  meets("WRC", {{st(x, 1)}, {ld(x), st(y, 1)}, {ld(y), ld(x)}}, {8, 7, 7, 8, 7});
  meets("ISA2", {{st(x, 1), st(y, 1)}, {ld(y), st(z, 1)}, {ld(z), ld(x)}}, {8, 7, 7, 8, 7});
  meets("RWC", {{st(x, 1)}, {ld(x), ld(y)}, {st(y, 1), ld(x)}}, {8, 8, 7, 8, 7});
  meets("IRIW", {{st(x, 1)}, {ld(x), ld(y)}, {st(y, 1)}, {ld(y), ld(x)}}, {16, 16, 15, 16, 15});
  meets("CoRR", {{st(x, 1)}, {ld(x), ld(x)}}, {3, 3, 3, 3, 3});
}

// Does the model show the reads, and memory at the end? Empty: whatever it be.
bool shows(const char* model, const threads& all, const std::vector<std::vector<int>>& reads,
           const std::vector<int>& memory = {}) {
  for (const outcome& o : outcomes_of(executions(assembly_program{3, all}, model))) {
    if (o.reads == reads && (memory.empty() || o.memory == memory)) return true;
  }
  return false;
}

assembly writer(barrier what) {
  if (what == none) return {st(x, 1), st(y, 1)};
  return {st(x, 1), bar(what), st(y, 1)};
}

TEST(published_hardware, message_passing) {
  const auto passes = [](const char* model, barrier what, const assembly& reader) {
    return shows(model, {writer(what), reader}, {{}, {1, 0}});
  };
  const assembly po = {ld(y), ld(x)}, addr = {ld(y), ld(x, 1)}, ctrl = {ld(y), br(1), ld(x)},
                 ctrl_isync = {ld(y), br(1), bar(isync), ld(x)}, alone = {ld(y), bar(isync), ld(x)};
  for (const auto& [model, strong] : {std::pair{"power", lwsync}, std::pair{"arm", dmb}}) {
    EXPECT_TRUE(passes(model, strong, po)) << model;
    EXPECT_TRUE(passes(model, strong, ctrl)) << model;
    EXPECT_TRUE(passes(model, strong, alone)) << model;
    EXPECT_TRUE(passes(model, none, addr)) << model;
    EXPECT_FALSE(passes(model, strong, addr)) << model;
    EXPECT_FALSE(passes(model, strong, ctrl_isync)) << model;
  }
  EXPECT_FALSE(passes("power", eieio, addr));
  EXPECT_FALSE(passes("arm", dmb_st, addr));
}

// The reader's loads are tied by what happens within its thread.
TEST(published_hardware, preserved_program_order) {
  const auto passes = [](const char* model, const assembly& reader, const std::vector<int>& reads) {
    return shows(model, {writer(sync), reader}, {{}, reads});
  };
  for (const char* const model : {"power", "arm"}) {
    // PPOCA, PPOAA: a store after a branch may be read before it is committed
    EXPECT_TRUE(passes(model, {ld(y), br(1), st(z, 1), ld(z), ld(x, 1)}, {1, 1, 0})) << model;
    EXPECT_FALSE(passes(model, {ld(y), st(z, 1, 1), ld(z), ld(x, 1)}, {1, 1, 0})) << model;
    // detour: but not if another thread's store to the same was read instead
    const assembly detour = {ld(y), br(1), st(z, 1), ld(z), ld(x, 1)};
    EXPECT_FALSE(shows(model, {writer(sync), detour, {st(z, 2)}}, {{}, {1, 2, 0}, {}})) << model;
    // addr;po
    EXPECT_TRUE(passes(model, {ld(y), ld(z, 1), ld(x)}, {1, 0, 0})) << model;
    EXPECT_FALSE(shows(model, {{st(x, 2), bar(sync), st(y, 1)}, {ld(y), ld(z, 1), st(x, 1)}},
                       {{}, {1, 0}}, {2, 1, 0}))
        << model;
    // RSW, RDW: two loads of one location from one write may go out of order, from two not
    const assembly reader = {ld(y), ld(z, 1), ld(z), ld(x, 1)};
    EXPECT_TRUE(passes(model, reader, {1, 0, 0, 0})) << model;
    EXPECT_FALSE(shows(model, {writer(sync), reader, {st(z, 1)}}, {{}, {1, 0, 1, 0}, {}})) << model;
  }
  // fri-rfi: ARM leaves po-loc out
  const assembly fri_rfi = {ld(y), st(y, 2), ld(y), br(1), bar(isb), ld(x)};
  EXPECT_TRUE(passes("arm", fri_rfi, {1, 2, 0}));
  EXPECT_FALSE(passes("power", fri_rfi, {1, 2, 0}));
}

TEST(published_hardware, barriers_are_cumulative) {
  const auto wrc = [](const char* model, barrier what) {
    return shows(model, {{st(x, 1)}, {ld(x), bar(what), st(y, 1)}, {ld(y), ld(x, 1)}},
                 {{}, {1}, {1, 0}});
  };
  EXPECT_FALSE(wrc("power", lwsync));
  EXPECT_TRUE(wrc("power", eieio));
  EXPECT_FALSE(wrc("arm", dmb));
  EXPECT_TRUE(wrc("arm", dmb_st));
  for (const char* const model : {"power", "arm"}) {
    EXPECT_TRUE(
        shows(model, {{st(x, 1)}, {ld(x), st(y, 1, 1)}, {ld(y), ld(x, 1)}}, {{}, {1}, {1, 0}}));
    EXPECT_TRUE(shows(model, {{st(x, 1)}, {ld(x), ld(y, 1)}, {st(y, 1)}, {ld(y), ld(x, 1)}},
                      {{}, {1, 0}, {}, {1, 0}}));
  }
  const auto r = [](barrier first, barrier second) {
    return shows("power", {{st(x, 1), bar(first), st(y, 1)}, {st(y, 2), bar(second), ld(x)}},
                 {{}, {0}}, {1, 2, 0});
  };
  EXPECT_TRUE(r(lwsync, sync));
  EXPECT_TRUE(r(sync, lwsync));
  EXPECT_FALSE(r(sync, sync));
  const auto w_rwc = [](barrier first) {
    return shows("power", {writer(first), {ld(y), ld(z, 1)}, {st(z, 1), bar(sync), ld(x)}},
                 {{}, {1, 0}, {0}});
  };
  EXPECT_TRUE(w_rwc(eieio));
  EXPECT_FALSE(w_rwc(sync));
}

assembly increment() { return {ll(x), sc(x, 1)}; }

TEST(published_hardware, a_store_conditional_fails_or_is_atomic) {
  for (const char* const model : {"sc", "tso", "power", "arm"}) {
    const assembly_program p{1, {increment(), increment()}};
    // both fail: 1; one fails: 2, times what the other has read: 2 + 1; both succeed: 2
    EXPECT_EQ(executions(p, model).size(), 1U + 2 + 2 + 2) << model;
    // another location, or a second time: it fails
    EXPECT_EQ(executions(assembly_program{2, {{ll(x), sc(y, 1)}}}, model).size(), 1U) << model;
    EXPECT_EQ(executions(assembly_program{1, {{ll(x), sc(x, 1), sc(x, 2)}}}, model).size(), 2U);
    // its own store between does no harm
    EXPECT_TRUE(shows(model, {{ll(x), st(x, 1), sc(x, 2)}}, {{0}}, {2, 0, 0})) << model;
  }
}

// herd7's models order the successful ones of a thread by coherence: with them 2+2W is not weak,
// not even where another thread's store comes between two of them.
TEST(published_hardware, store_conditionals_stay_in_order) {
  const assembly other = {st(x, 3)}, second = {ll(y), sc(y, 1), ll(x), sc(x, 2)};
  for (const char* const model : {"power", "arm"}) {
    const auto weak = [&](const assembly& first) {
      for (const graph& g : executions(assembly_program{2, {first, second, other}}, model)) {
        const bool all_stored = g.coherence[x].size() == 3 && g.coherence[y].size() == 2;
        const outcome o = outcome_of(g);
        if (all_stored && o.reads[0] == std::vector{3, 0} && o.reads[1] == std::vector{2, 0}) {
          return true;
        }
      }
      return false;
    };
    EXPECT_TRUE(weak({ll(x), sc(x, 1), ld(y), st(y, 2)})) << model;
    EXPECT_FALSE(weak({ll(x), sc(x, 1), ll(y), sc(y, 2)})) << model;
  }
}

}  // namespace
}  // namespace tenterhook::graphs
