#include "checker/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenterhook::checker {
namespace {

constexpr std::size_t kColumn = 44;  // longest text of a step; the rest goes to the next line

std::string step_text(const TraceEntry& e) {
  std::string what;
  switch (e.actor.kind) {
    case ActorKind::run: what = text(e.op); break;
    case ActorKind::flush: what = "(flush)"; break;
    case ActorKind::timeout: what = "(timeout)"; break;
    case ActorKind::spurious: what = "(spurious wake)"; break;
    case ActorKind::interrupt: what = "(signal)"; break;
  }
  if (!e.object.empty()) what += " " + e.object;
  if (!e.order.empty() && e.actor.kind == ActorKind::run) what += " " + e.order;
  if (!e.detail.empty()) what += " " + e.detail;
  for (const std::uint32_t v : e.choices) what += fmt::format(" (chose {})", v);
  return what;
}

std::string place_text(const TraceEntry& e) {
  if (e.line == 0) return "";
  return fmt::format("{}:{}{}", e.file, e.line, e.function.empty() ? "" : " " + e.function);
}

}  // namespace

std::string failure_text(const Failure& f) {
  std::string out = fmt::format("{}: {}\n  by {} at {}\n", text(f.kind), f.message, f.thread,
                                f.site);
  std::size_t name = 0, state = 0;
  for (const Position& p : f.positions) {
    name = std::max(name, p.thread.size());
    state = std::max(state, p.state.size());
  }
  for (const Position& p : f.positions) {
    out += fmt::format("    {:<{}}  {:<{}}", p.thread, name, p.state, state);
    if (!p.op.empty()) out += fmt::format("  {}  {}", p.op, p.site);
    out += '\n';
  }
  return out;
}

std::string trace_text(const std::vector<TraceEntry>& trace) {
  std::vector<std::string> threads;
  std::vector<std::uint16_t> slots;
  for (const TraceEntry& e : trace) {
    if (std::find(slots.begin(), slots.end(), e.actor.thread) != slots.end()) continue;
    slots.push_back(e.actor.thread);
    threads.push_back(e.thread);
  }
  std::vector<std::size_t> widths(slots.size());
  const auto column = [&](const TraceEntry& e) {
    return static_cast<std::size_t>(
        std::find(slots.begin(), slots.end(), e.actor.thread) - slots.begin());
  };
  for (std::size_t i = 0; i < slots.size(); ++i) widths[i] = threads[i].size();
  for (const TraceEntry& e : trace) {
    std::size_t& width = widths[column(e)];
    width = std::max(width, std::min(kColumn, step_text(e).size()));
  }
  std::string out = "   step";
  for (std::size_t i = 0; i < slots.size(); ++i) {
    out += fmt::format(" | {:<{}}", threads[i], widths[i]);
  }
  out += " | place\n";
  for (const TraceEntry& e : trace) {
    std::string rest = step_text(e);
    std::string place = place_text(e);
    bool first = true;
    while (first || !rest.empty()) {
      std::size_t cut = std::min(rest.size(), kColumn);
      if (cut < rest.size()) {
        const std::size_t space = rest.rfind(' ', cut);
        if (space != std::string::npos && space > 4) cut = space;
      }
      out += first ? fmt::format("{:>7}", e.step) : std::string(7, ' ');
      for (std::size_t i = 0; i < slots.size(); ++i) {
        out += fmt::format(" | {:<{}}", i == column(e) ? rest.substr(0, cut) : "", widths[i]);
      }
      out += fmt::format(" | {}\n", place);
      place.clear();
      rest.erase(0, cut);
      if (!rest.empty() && rest[0] == ' ') rest = "  " + rest.substr(1);
      first = false;
    }
  }
  return out;
}

}  // namespace tenterhook::checker
