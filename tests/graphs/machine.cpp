#include "tests/graphs/machine.hpp"

#include <utility>

namespace tenterhook::graphs {
namespace {

struct processor {
  std::size_t at = 0;
  int last = 0;  // value read
  std::vector<std::pair<int, int>> buffer;
  auto operator<=>(const processor&) const = default;
};

struct state {
  std::vector<int> memory;
  std::vector<processor> processors;
  std::vector<std::vector<int>> reads;
  auto operator<=>(const state&) const = default;
};

class machine {
 public:
  machine(const program& p, bool buffered) : program_(p), buffered_(buffered) {}

  std::set<outcome> run() {
    visit({std::vector<int>(static_cast<std::size_t>(program_.variables)),
           std::vector<processor>(program_.threads.size()),
           std::vector<std::vector<int>>(program_.threads.size())});
    return outcomes_;
  }

 private:
  void visit(const state& s) {
    if (!seen_.insert(s).second) return;
    bool over = true;
    for (std::size_t t = 0; t < program_.threads.size(); ++t) {
      if (!s.processors[t].buffer.empty()) {
        over = false;
        state next = s;
        auto& buffer = next.processors[t].buffer;
        next.memory[static_cast<std::size_t>(buffer.front().first)] = buffer.front().second;
        buffer.erase(buffer.begin());
        visit(next);
      }
      if (s.processors[t].at < program_.threads[t].size()) {
        over = false;
        execute(s, t);
      }
    }
    if (over) outcomes_.insert({s.reads, s.memory});
  }

  // Locked instructions, seq_cst stores and seq_cst fences wait for an empty buffer.
  static bool waits(const instruction& i) {
    if (is_rmw(i.what)) return true;
    return (i.what == op::store || i.what == op::fence) && i.order == seq_cst;
  }

  void execute(const state& s, std::size_t t) {
    const instruction& i = program_.threads[t][s.processors[t].at];
    if (waits(i) && !s.processors[t].buffer.empty()) return;
    state next = s;
    processor& p = next.processors[t];
    int& cell = next.memory[static_cast<std::size_t>(i.variable)];
    const int value = i.value + (i.dependent ? p.last : 0);
    int seen = cell;
    p.at++;
    switch (i.what) {
      case op::load:
        for (const auto& [variable, buffered] : p.buffer) {
          if (variable == i.variable) seen = buffered;
        }
        break;
      case op::store:
        if (buffered_ && i.order != seq_cst) {
          p.buffer.emplace_back(i.variable, value);
        } else {
          cell = value;
        }
        break;
      case op::fetch_add: cell += value; break;
      case op::exchange: cell = value; break;
      case op::compare_exchange:
        if (cell == i.expected) cell = value;
        break;
      case op::fence: break;
      case op::skip_if: p.at += p.last == i.value ? 1 : 0; break;
    }
    if (i.what == op::load || is_rmw(i.what)) {
      p.last = seen;
      next.reads[t].push_back(seen);
    }
    visit(next);
  }

  const program& program_;
  bool buffered_;
  std::set<state> seen_;
  std::set<outcome> outcomes_;
};

}  // namespace

std::set<outcome> machine_outcomes(const program& p, bool buffered) {
  return machine(p, buffered).run();
}

}  // namespace tenterhook::graphs
