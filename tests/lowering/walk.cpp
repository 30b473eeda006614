#include "tests/lowering/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace tenterhook::tests {
namespace {

using arch::dependency;
using arch::hardware;

constexpr std::size_t kMostInstructions = 100;
constexpr std::size_t kMostWays = 1'000;
const std::string kDiffers = "differs: ";

bool is_branch(hardware event) {
  return event == hardware::branch_value || event == hardware::branch_success;
}

std::string spelled(hardware event, dependency depends, const std::string& instruction) {
  const std::string_view name = arch::name_of(event);
  if (is_branch(event)) return std::string(name);
  if (event != hardware::store_conditional) return fmt::format("{}:{}", name, instruction);
  return fmt::format("{}({}):{}", name, name_of(depends), instruction);
}

std::string joined(std::vector<std::string> events) {
  while (!events.empty() && events.back().starts_with("branch_")) events.pop_back();
  std::string out;
  for (const std::string& event : events) out += (out.empty() ? "" : " ") + event;
  return out;
}

// Where a register or the flags come from.
enum class origin { elsewhere, value, success };

// One way so far.
struct state {
  std::size_t at = 0;
  std::set<std::size_t> seen;  // instructions: to come back to one is a loop
  std::vector<std::string> events;
  std::map<std::string, origin> registers;
  origin flags = origin::elsewhere;
  bool tested_value = false;   // a condition on the value read was met
  bool wrote = false;
};

class walker {
 public:
  walker(const std::vector<instruction>& code, arch::memory_model model) {
    for (const instruction& what : code) {
      index_[what.address] = steps_.size();
      steps_.push_back({what, meaning_of(what, model)});
    }
    locked_ = model == arch::memory_model::tso;
  }

  ways all() {
    if (steps_.size() > kMostInstructions) return {{"too long"}, false};
    todo_.push_back({});
    for (std::size_t n = 0; !todo_.empty() && n < kMostWays; ++n) {
      state s = std::move(todo_.back());
      todo_.pop_back();
      follow(std::move(s));
    }
    if (!todo_.empty()) out_.lines.insert("too many ways");
    return labelled();
  }

 private:
  struct step {
    instruction what;
    meaning does;
  };

  origin of(const state& s, const std::string& operand) const {
    origin most = origin::elsewhere;
    for (const std::string& r : registers_in(operand)) {
      const auto found = s.registers.find(r);
      if (found != s.registers.end() && found->second > most) most = found->second;
    }
    return most;
  }

  // Operands [from, to).
  origin of(const state& s, const instruction& what, std::size_t from, std::size_t to) const {
    origin most = origin::elsewhere;
    for (std::size_t i = from; i < to && i < what.operands.size(); ++i) {
      most = std::max(most, of(s, what.operands[i]));
    }
    return most;
  }

  static void set(state& s, const std::string& operand, origin from) {
    for (const std::string& r : registers_in(operand)) s.registers[r] = from;
  }

  // To the end of the way, or of what is known of it.
  void follow(state s) {
    while (true) {
      if (s.at >= steps_.size()) {
        s.events.push_back("falls off the end");
        return finish(s);
      }
      if (!s.seen.insert(s.at).second) {
        out_.loops |= s.wrote;
        return;
      }
      const step& now = steps_[s.at];
      if (!now.does.unknown.empty()) s.events.push_back("unknown:" + now.does.unknown);
      if (now.does.compares) compare(s, now.what, now.does);
      if (now.does.event != hardware::nothing) {
        if (now.does.skips) {
          branch(s);
          state other = s;
          ++other.at;
          todo_.push_back(std::move(other));
        }
        happen(s, now);
      } else if (now.does.goes == flow::next && !now.does.compares && !locked_) {
        compute(s, now.what);
      }
      if (!go_on(s, now)) return;
    }
  }

  bool go_on(state& s, const step& now) {
    const bool conditional =
        now.does.goes == flow::conditional || now.does.goes == flow::conditional_leave;
    if (conditional) {
      branch(s);
      state other = s;
      ++other.at;
      todo_.push_back(std::move(other));
    }
    switch (now.does.goes) {
      case flow::next: ++s.at; return true;
      case flow::leave:
      case flow::conditional_leave: finish(s); return false;
      case flow::jump:
      case flow::conditional: break;
    }
    const auto found = index_.find(now.does.target);
    if (found == index_.end()) {
      s.events.push_back("unknown:" + now.what.text);
      finish(s);
      return false;
    }
    s.at = found->second;
    return true;
  }

  void branch(state& s) {
    if (s.flags == origin::elsewhere) return;
    const bool value = s.flags == origin::value;
    s.tested_value |= value;
    const hardware event = value ? hardware::branch_value : hardware::branch_success;
    // 64 bits are compared in two halves
    const std::string line = spelled(event, dependency::none, "");
    if (s.events.empty() || s.events.back() != line) s.events.push_back(line);
  }

  // A comparison under a condition adds to the flags, since it needs them.
  void compare(state& s, const instruction& what, const meaning& does) {
    const origin from = of(s, what, 0, what.operands.size());
    s.flags = does.skips ? std::max(s.flags, from) : from;
  }

  void happen(state& s, const step& now) {
    const std::vector<std::string>& operands = now.what.operands;
    dependency depends = dependency::none;
    switch (now.does.event) {
      case hardware::load:
      case hardware::load_reserved:
        for (std::size_t i = 0; i + 1 < operands.size() && !locked_; ++i) {
          if (operands[i].starts_with("[")) break;
          set(s, operands[i], origin::value);
          if (operands[i + 1] == "0") break;  // POWER's base register, which is none
        }
        break;
      case hardware::store_conditional: {
        const bool arm = operands.back().starts_with("[");
        const origin stored = arm ? of(s, now.what, 1, operands.size() - 1) : of(s, now.what, 0, 1);
        if (stored == origin::value) depends = dependency::data;
        if (s.tested_value) depends = dependency::control;
        s.wrote = true;
        if (arm) {
          set(s, operands[0], origin::success);
        } else {
          s.flags = origin::success;
        }
        break;
      }
      case hardware::locked_rmw:
        s.wrote = true;
        s.flags = origin::success;
        break;
      default: break;
    }
    s.events.push_back(spelled(now.does.event, depends, now.does.spelling));
  }

  // The first operand from the others; from itself too if there is but one other.
  void compute(state& s, const instruction& what) {
    if (what.operands.empty()) return;
    const bool moves = what.mnemonic.starts_with("m") || what.operands.size() > 2;
    set(s, what.operands[0], of(s, what, moves ? 1 : 0, what.operands.size()));
  }

  // Where one way has a store_conditional, one without it says so.
  ways labelled() const {
    const auto stores = [](const std::string& line) {
      return line.find(name_of(hardware::store_conditional)) != std::string::npos;
    };
    if (std::none_of(out_.lines.begin(), out_.lines.end(), stores)) return out_;
    ways out{{}, out_.loops};
    for (const std::string& line : out_.lines) {
      out.lines.insert(stores(line) ? line : kDiffers + line);
    }
    return out;
  }

  void finish(const state& s) { out_.lines.insert(joined(s.events)); }

  std::vector<step> steps_;
  std::map<std::uint64_t, std::size_t> index_;
  std::vector<state> todo_;
  bool locked_ = false;
  ways out_;
};

}  // namespace

ways walked(const std::vector<instruction>& code, arch::memory_model model) {
  return walker(code, model).all();
}

lowerings lowerings_of(const arch::target_info& port, const arch::lowering_row& row) {
  lowerings all;
  for (const arch::outcome how :
       {arch::outcome::done, arch::outcome::differs, arch::outcome::spurious}) {
    if (how != arch::outcome::done && !is_compare_exchange(row.what)) continue;
    if (how == arch::outcome::spurious && !fails_spuriously(port, row.what)) continue;
    all[how] = lowered(port, row.what, row.width, row.order, row.failure, how);
  }
  return all;
}

ways ways_of(const arch::target_info& port, const arch::lowering_row& row, const lowerings& all) {
  ways out;
  for (const auto& [how, low] : all) {
    std::vector<std::string> events;
    for (const hardware event : low) {
      events.push_back(spelled(event, low.write_depends,
                               std::string(instruction_of(port, row, event))));
    }
    const bool around = how == arch::outcome::differs && port.rmw == arch::rmw_kind::ll_sc;
    out.lines.insert((around ? kDiffers : "") + joined(std::move(events)));
    out.loops |= low.loops;
  }
  return out;
}

ways expected(const arch::target_info& port, const arch::lowering_row& row) {
  return ways_of(port, row, lowerings_of(port, row));
}

std::string text(const ways& all) {
  std::string out;
  for (const std::string& line : all.lines) {
    out += "    " + (line.empty() ? "no instruction" : line) + "\n";
  }
  return out + (all.loops ? "    in a loop\n" : "");
}

}  // namespace tenterhook::tests
