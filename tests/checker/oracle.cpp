// The exhaustive strategy against a brute force that shares no code with it: random programs over
// two variables, run by a tiny machine over plain arrays in every interleaving.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <vector>

#include "checker/explore/rng.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

enum class what { load, store, add, exchange, swap, fence };

struct instruction {
  what kind;
  int variable;
  int value;
  int expected;  // of a swap: compare-exchange
  bool strong;   // seq_cst; otherwise relaxed
};

using code = std::vector<std::vector<instruction>>;  // by thread

constexpr int variables = 2;
constexpr int most_registers = 8;
// What each instruction read, in program order, then the final memory.
using outcome = std::array<int, most_registers + variables>;

// -- the brute force: x86-TSO's abstract machine, or sc's without its buffers --

struct machine {
  std::array<int, variables> memory{};
  std::vector<std::size_t> at;
  std::vector<std::vector<std::pair<int, int>>> buffers;
  outcome results{};
  auto operator<=>(const machine&) const = default;
};

class brute {
 public:
  brute(const code& program, bool buffered) : program_(program), buffered_(buffered) {
    int first = 0;
    for (const auto& thread : program) {
      registers_.push_back(first);
      first += static_cast<int>(thread.size());
    }
  }

  std::set<outcome> run() {
    machine start;
    start.at.assign(program_.size(), 0);
    start.buffers.resize(program_.size());
    visit(start);
    return outcomes_;
  }

 private:
  void visit(const machine& m) {
    if (!seen_.insert(m).second) return;
    bool over = true;
    for (std::size_t t = 0; t < program_.size(); ++t) {
      if (!m.buffers[t].empty()) {
        over = false;
        machine next = m;
        const auto [variable, value] = next.buffers[t].front();
        next.buffers[t].erase(next.buffers[t].begin());
        next.memory[static_cast<std::size_t>(variable)] = value;
        visit(next);
      }
      if (m.at[t] < program_[t].size()) {
        over = false;
        execute(m, t);
      }
    }
    if (!over) return;
    outcome o = m.results;
    for (std::size_t v = 0; v < variables; ++v) o[most_registers + v] = m.memory[v];
    outcomes_.insert(o);
  }

  void execute(const machine& m, std::size_t t) {
    const instruction& i = program_[t][m.at[t]];
    const bool locked = i.kind == what::add || i.kind == what::exchange || i.kind == what::swap;
    const bool waits = locked || (i.strong && i.kind != what::load);
    if (waits && !m.buffers[t].empty()) return;
    machine next = m;
    int& result = next.results[static_cast<std::size_t>(registers_[t]) + m.at[t]];
    int& cell = next.memory[static_cast<std::size_t>(i.variable)];
    next.at[t]++;
    switch (i.kind) {
      case what::load:
        result = cell;
        for (const auto& [variable, value] : m.buffers[t]) {
          if (variable == i.variable) result = value;
        }
        break;
      case what::store:
        if (buffered_ && !i.strong) {
          next.buffers[t].emplace_back(i.variable, i.value);
        } else {
          cell = i.value;
        }
        break;
      case what::add:
        result = cell;
        cell += i.value;
        break;
      case what::exchange:
        result = cell;
        cell = i.value;
        break;
      case what::swap:
        result = cell;
        if (cell == i.expected) cell = i.value;
        break;
      case what::fence:
        break;
    }
    visit(next);
  }

  const code& program_;
  bool buffered_;
  std::vector<int> registers_;
  std::set<machine> seen_;
  std::set<outcome> outcomes_;
};

// -- the same program, hooked --

using cell = platform::atomic<int>;

int perform(cell& x, const instruction& i) {
  const auto order = i.strong ? seq_cst : relaxed;
  switch (i.kind) {
    case what::load: return x.load(order);
    case what::store: x.store(i.value, order); return 0;
    case what::add: return x.fetch_add(i.value, order);
    case what::exchange: return x.exchange(i.value, order);
    case what::swap: {
      int expected = i.expected;
      x.compare_exchange(expected, i.value, order, relaxed);
      return expected;
    }
    case what::fence: platform::fence(order); return 0;
  }
  return 0;
}

struct observed {
  outcome last{};
  bool complete = false;
  std::set<outcome> all;
};

void execute_hooked(run& t, const code& program, observed& seen) {
  seen.complete = false;
  seen.last = {};
  cell x(0, "x"), y(0, "y");
  std::size_t first = 0;
  for (const auto& thread : program) {
    t.go("t", [&x, &y, &thread, &seen, first] {
      for (std::size_t i = 0; i < thread.size(); ++i) {
        seen.last[first + i] = perform(thread[i].variable == 0 ? x : y, thread[i]);
      }
    });
    first += thread.size();
  }
  t.join();
  seen.last[most_registers] = x.load(relaxed);
  seen.last[most_registers + 1] = y.load(relaxed);
  seen.complete = true;
}

Result explore_all(const code& program, const std::string& model, bool reduction, bool backwards,
                   std::set<outcome>& outcomes) {
  observed seen;
  const checker::program p =
      program_of([&program, &seen](run& t) { execute_hooked(t, program, seen); });
  Task task = task_of(p, "exhaustive", model);
  task.reduction = reduction;
  task.backwards = backwards;
  task.stop = [&seen] {  // between executions, where memory outlives them
    if (seen.complete) seen.all.insert(seen.last);
    return false;
  };
  const Result r = explore(task);
  outcomes = seen.all;
  return r;
}

code random_code(checker::Rng& rng, unsigned most_length) {
  code program(2 + rng.below(2));
  unsigned left = program.size() == 2 ? most_length + 1 : most_length;
  for (auto& thread : program) {
    const unsigned share = left - 2 * static_cast<unsigned>(&program.back() - &thread);
    const unsigned length = std::min({2 + rng.below(3), share, 4U});
    left -= length;
    for (unsigned i = 0; i < length; ++i) {
      static constexpr what kinds[] = {what::load,  what::load,     what::load, what::store,
                                       what::store, what::store,    what::add,  what::exchange,
                                       what::swap,  what::fence};
      thread.push_back({kinds[rng.below(10)], static_cast<int>(rng.below(variables)),
                        1 + static_cast<int>(rng.below(3)), static_cast<int>(rng.below(3)),
                        rng.below(4) == 0});
    }
  }
  return program;
}

std::string text_of(const code& program) {
  static const char* const names[] = {"load", "store", "add", "exchange", "swap", "fence"};
  std::string text;
  for (const auto& thread : program) {
    text += "\n  thread:";
    for (const instruction& i : thread) {
      text += std::string(" ") + names[static_cast<int>(i.kind)] + (i.strong ? ".sc " : " ") +
              "xy"[i.variable] + " " + std::to_string(i.value) + "/" + std::to_string(i.expected) +
              ";";
    }
  }
  return text;
}

// The unreduced exploration is complete by construction; the reduced one must meet the same graphs.
void compare(const std::string& model, unsigned most_length, std::uint64_t seed) {
  checker::Rng rng(seed);
  std::uint64_t reduced = 0, unreduced = 0;
  constexpr int programs = TENTERHOOK_SANITIZED ? 60 : 300;  // there they take ten times as long
  for (int i = 0; i < programs; ++i) {
    const code program = random_code(rng, most_length);
    SCOPED_TRACE(model + " seed " + std::to_string(seed) + " program " + std::to_string(i) +
                 text_of(program));
    const std::set<outcome> expected = brute(program, model == "tso").run();
    std::set<outcome> outcomes;
    const Result with = explore_all(program, model, true, false, outcomes);
    ASSERT_EQ(with.verdict, Verdict::verified) << failure_of(with);
    ASSERT_EQ(outcomes, expected);
    const Result backwards = explore_all(program, model, true, true, outcomes);
    ASSERT_EQ(backwards.graphs, with.graphs);
    ASSERT_EQ(outcomes, expected);
    const Result without = explore_all(program, model, false, false, outcomes);
    ASSERT_EQ(without.graphs, with.graphs);
    ASSERT_EQ(outcomes, expected);
    ASSERT_GE(with.executions, with.graphs);
    if (model == "sc") {  // there a trace is a graph
      ASSERT_EQ(with.executions, with.graphs);
      ASSERT_EQ(backwards.executions, with.graphs);
    }
    reduced += with.executions;
    unreduced += without.executions;
  }
  std::cout << model << ": " << reduced << " executions, " << unreduced
            << " without the reduction\n";
  EXPECT_LT(reduced * 4, unreduced);
}

TEST(oracle, exhaustive_meets_every_outcome_of_random_programs_under_sc) { compare("sc", 7, 1); }

TEST(oracle, exhaustive_meets_every_outcome_of_random_programs_under_tso) { compare("tso", 6, 2); }

}  // namespace
}  // namespace tenterhook::hooked::tests
