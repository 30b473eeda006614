// counts/*: the shapes by which POWER and ARM are told apart. See counts.hpp.
//
// Accesses are relaxed. Between the two accesses of a thread stands nothing, an acq_rel fence (on
// POWER lwsync) or a seq_cst fence (sync; on ARM dmb): `-p fence=0|1|2`.
#include <string_view>
#include <vector>

#include "properties/counts.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts {
namespace {

// One access: a load of x[variable], or a store of `value` to it.
struct access {
  int variable;
  int value;  // 0: a load
};

constexpr access read(int variable) { return {variable, 0}; }
constexpr access write(int variable, int value) { return {variable, value}; }

using code = std::vector<access>;  // of one thread
enum { x, y, z, variables };       // NOLINT: the litmus names

// A `char c[]` would not be a name in a trace; one row "v" holds x, y and z as v[0], v[1], v[2].
void execute(run& t, const std::vector<code>& threads) {
  const auto fence = t["fence"];
  row v("v", variables, 0);
  for (std::size_t i = 0; i < threads.size(); i++) {
    t.go(thread_names[i], [&v, fence, mine = threads[i]] {
      for (std::size_t k = 0; k < mine.size(); k++) {
        if (k > 0 && fence == 1) platform::fence(acq_rel);
        if (k > 0 && fence == 2) platform::fence(seq_cst);
        if (mine[k].value == 0) {
          (void)v[mine[k].variable].load(relaxed);
        } else {
          v[mine[k].variable].store(mine[k].value, relaxed);
        }
      }
    });
  }
  t.join();
}

void sb(run& t) { execute(t, {{write(x, 1), read(y)}, {write(y, 1), read(x)}}); }
void r(run& t) { execute(t, {{write(x, 1), write(y, 1)}, {write(y, 2), read(x)}}); }
void mp(run& t) { execute(t, {{write(x, 1), write(y, 1)}, {read(y), read(x)}}); }
void s(run& t) { execute(t, {{write(x, 2), write(y, 1)}, {read(y), write(x, 1)}}); }
void w22(run& t) { execute(t, {{write(x, 1), write(y, 2)}, {write(y, 1), write(x, 2)}}); }
void lb(run& t) { execute(t, {{read(x), write(y, 1)}, {read(y), write(x, 1)}}); }
void wrc(run& t) { execute(t, {{write(x, 1)}, {read(x), write(y, 1)}, {read(y), read(x)}}); }
void isa2(run& t) {
  execute(t, {{write(x, 1), write(y, 1)}, {read(y), write(z, 1)}, {read(z), read(x)}});
}
void rwc(run& t) { execute(t, {{write(x, 1)}, {read(x), read(y)}, {write(y, 1), read(x)}}); }
void iriw(run& t) {
  execute(t, {{write(x, 1)}, {read(x), read(y)}, {write(y, 1)}, {read(y), read(x)}});
}
void corr(run& t) { execute(t, {{write(x, 1)}, {read(x), read(x)}}); }

}  // namespace

void add_hardware(checker::catalogue& all) {
  const checker::parameter fence{"fence", 0, 0, 2, "0 none, 1 lwsync (acq_rel), 2 sync (seq_cst)"};
  const auto add = [&all, &fence](const char* name, const char* about, unsigned threads,
                                  void (*scenario)(run&)) {
    all.push_back(program_of(name, about, threads, {fence}, scenario));
  };
  add("SB", "store buffering", 3, sb);
  add("R", "write order against a store and a load", 3, r);
  add("MP", "message passing", 3, mp);
  add("S", "message passing whose reader writes", 3, s);
  add("2+2W", "two threads write the same two in opposite orders", 3, w22);
  add("LB", "load buffering", 3, lb);
  add("WRC", "write-to-read causality", 4, wrc);
  add("ISA2", "message passing over an intermediary", 4, isa2);
  add("RWC", "read-to-write causality", 4, rwc);
  add("IRIW", "independent reads of independent writes", 5, iriw);
  add("CoRR", "two loads of one location stay in order", 3, corr);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties::counts
