// `audit lowering`: the table of arch/lowering.hpp, in instructions and in events.
#include "arch/lowering.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "arch/instructions.hpp"
#include "checker/build_id.hpp"
#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {
namespace {

using arch::lowering_row;
using arch::outcome;
using arch::target_info;

struct Line {
  lowering_row row;
  outcome how;
  arch::lowering low;
};

std::vector<Line> lines_of(const target_info& port) {
  std::vector<Line> lines;
  arch::for_each_row([&](const lowering_row& row) {
    for (const outcome how : {outcome::done, outcome::differs, outcome::spurious}) {
      if (how != outcome::done && !is_compare_exchange(row.what)) continue;
      if (how == outcome::spurious && !fails_spuriously(port, row.what)) continue;
      lines.push_back({row, how, lowered(port, row.what, row.width, row.order, row.failure, how)});
    }
  });
  return lines;
}

std::string order_of(const lowering_row& row) {
  if (!is_compare_exchange(row.what)) return std::string(arch::name_of(row.order));
  return fmt::format("{}/{}", arch::name_of(row.order), arch::name_of(row.failure));
}

std::string event_text(const arch::lowering& low, arch::hardware event) {
  const bool depends = event == arch::hardware::store_conditional &&
                       low.write_depends != arch::dependency::none;
  if (!depends) return std::string(arch::name_of(event));
  return fmt::format("{}({})", arch::name_of(event), arch::name_of(low.write_depends));
}

std::string instructions_text(const target_info& port, const Line& line) {
  std::string out;
  for (const arch::hardware event : line.low) {
    out += fmt::format("{}{}", out.empty() ? "" : "; ", instruction_of(port, line.row, event));
  }
  return out.empty() ? "none" : out;
}

std::string events_text(const Line& line) {
  std::string out;
  for (const arch::hardware event : line.low) {
    out += fmt::format("{}{}", out.empty() ? "" : " ", event_text(line.low, event));
  }
  if (line.low.loops) out += ", in a loop";
  return out.empty() ? "none" : out;
}

// consume is acquire everywhere, and would double the table.
bool consumes(const lowering_row& row) {
  return row.order == std::memory_order_consume || row.failure == std::memory_order_consume;
}

// Is a failed compare-exchange compiled below the failure order that it was given?
bool loses_acquire(const target_info& port) {
  const arch::steps failed = steps_of(
      lowered(port, arch::atomic_operation::compare_exchange, port.word_size,
              std::memory_order_release, std::memory_order_acquire, outcome::differs));
  return failed.access == arch::access_kind::load && failed.after == arch::barrier::none;
}

void print(const target_info& port) {
  fmt::print("{}: {}, model {}\n", port.name, port.about, port.model_name);
  const unsigned shift = arch::lane_shift(port.byte_order, 0);
  fmt::print("  byte 0 of a word, to load8 and or8, is its bits {} to {}\n", shift, shift + 7);
  if (loses_acquire(port)) {
    fmt::print("  a compare_exchange release/acquire that fails is no acquire: GCC's gap\n");
  }
  const std::vector<Line> lines = lines_of(port);
  std::vector<bool> printed(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& first = lines[i];
    if (printed[i] || consumes(first.row)) continue;
    // the orders that are the same instructions share a line
    std::string orders;
    bool all = true;
    for (std::size_t k = 0; k < lines.size(); ++k) {
      const Line& other = lines[k];
      const bool here = other.row.what == first.row.what && other.row.width == first.row.width &&
                        other.how == first.how && !consumes(other.row);
      if (here && other.low == first.low) {
        printed[k] = true;
        orders += (orders.empty() ? "" : " ") + order_of(other.row);
      }
      all = all && (!here || other.low == first.low);
    }
    const std::string width =
        first.row.width == 0 ? "" : fmt::format(" {}", first.row.width * 8);
    const std::string how =
        is_compare_exchange(first.row.what) ? fmt::format(", {}", arch::name_of(first.how)) : "";
    fmt::print("  {}{}{}: {}\n", arch::name_of(first.row.what), width, how,
               all ? "any order" : orders);
    fmt::print("      {:<44} {}\n", instructions_text(port, first), events_text(first));
  }
}

nlohmann::ordered_json json_of(const target_info& port, const Line& line) {
  nlohmann::ordered_json instructions = nlohmann::ordered_json::array();
  nlohmann::ordered_json events = nlohmann::ordered_json::array();
  for (const arch::hardware event : line.low) {
    instructions.push_back(instruction_of(port, line.row, event));
    events.push_back(arch::name_of(event));
  }
  nlohmann::ordered_json failure;
  if (is_compare_exchange(line.row.what)) failure = arch::name_of(line.row.failure);
  return {{"target", port.name},
          {"operation", arch::name_of(line.row.what)},
          {"width", line.row.width},
          {"order", arch::name_of(line.row.order)},
          {"failure", failure},
          {"outcome", arch::name_of(line.how)},
          {"instructions", instructions},
          {"events", events},
          {"write_depends", arch::name_of(line.low.write_depends)},
          {"loops", line.low.loops}};
}

std::vector<target_info> targets_of(const Settings& s) {
  if (s.target.empty() || s.target == "all") return {arch::targets.begin(), arch::targets.end()};
  if (const target_info* found = arch::find_target(s.target)) return {*found};
  std::vector<std::string> names;
  for (const target_info& t : arch::targets) names.emplace_back(t.name);
  throw UsageError(
      fmt::format("--target: there is no target '{}'{}", s.target, hint(s.target, names)));
}

}  // namespace

int audit_lowering(const Settings& s) {
  const std::vector<target_info> targets = targets_of(s);
  if (!s.json.empty()) {
    nlohmann::ordered_json out{{"schema", 1}, {"build", build_id()}, {"command", s.command}};
    out["lowering"] = nlohmann::ordered_json::array();
    for (const target_info& port : targets) {
      for (const Line& line : lines_of(port)) out["lowering"].push_back(json_of(port, line));
    }
    write_text("--json", s.json, out.dump(2) + "\n");
  }
  if (s.quiet) return kPass;
  fmt::print("what GCC 12 makes of each operation: its width in bits, the orders that are alike,\n"
             "its instructions, and the events that the models see; consume is acquire\n");
  for (const target_info& port : targets) print(port);
  return kPass;
}

}  // namespace tenterhook::checker::cli
