#include "checker/report/seen.hpp"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "checker/execution/hash.hpp"
#include "checker/graph/robust.hpp"
#include "checker/report/dot.hpp"
#include "checker/report/graph_text.hpp"

namespace tenterhook::checker {
namespace {

constexpr std::size_t kMostStates = 1'000;

// An access of the program's own to an atomic.
bool access(const Event& e) {
  return (e.kind == EventKind::read || e.kind == EventKind::write) && !e.ghost && !e.queue &&
         !e.silent;
}

GraphHash hash_of(const std::string& text) {
  GraphHash hash;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    hash = {mix(hash.low, byte), mix(byte, hash.high)};
  }
  return hash;
}

}  // namespace

std::string outcome_text(const Graph& graph, const Execution& execution) {
  const GraphMachine& machine = execution.machine();
  std::string text;
  std::map<std::uint32_t, std::string> named;  // the locations that were accessed
  for (std::uint32_t t = 0; t < graph.threads(); ++t) {
    std::string reads;
    for (std::uint32_t i = 0; i < graph.length(t); ++i) {
      const EventId id = graph.at(t, i);
      const Event& e = graph[id];
      if (!access(e)) continue;
      const std::string& name =
          named.try_emplace(e.location, machine.name_of_location(e.location)).first->second;
      if (e.kind != EventKind::read || e.modify == Modify::store) continue;
      reads += fmt::format(" {}={};", name, machine.value_text(e.location, graph.value_read(id)));
    }
    if (!reads.empty()) text += fmt::format("{}:{} ", execution.thread(t).name, reads);
  }
  std::multiset<std::string> finals;
  for (const auto& [location, name] : named) {
    const EventId last = graph.newest(location);
    const std::uint64_t bits = last == kInitial ? graph.initial(location) : graph[last].value;
    finals.insert(fmt::format("[{}]={};", name, machine.value_text(location, bits)));
  }
  return text + fmt::format("{}", fmt::join(finals, " "));
}

void Seen::visit(const Graph& graph, const Execution& execution) {
  ++graphs_;
  const bool failed = execution.outcome() == Outcome::failed;
  if (wanted_.dot && failed && failing_dot_.empty()) {
    failing_dot_ = dot_text(graph, execution, title_ + ", the failing execution");
  }
  if (wanted_.dot && !failed && first_dot_.empty()) {
    first_dot_ = dot_text(graph, execution, title_);
  }
  if (wanted_.robust || wanted_.dot) look_for_weak(graph, execution);
  if (failed) return;
  ++complete_;
  if (complete_ <= wanted_.dump) {
    dumped_ += fmt::format("execution {} of {}:\n{}", complete_, title_,
                           graph_text(graph, execution));
  }
  if (wanted_.outcomes) count_outcome(graph, execution);
}

void Seen::look_for_weak(const Graph& graph, const Execution& execution) {
  if (sequentially_consistent(graph)) return;
  ++weak_;
  if (weak_events_ != 0 && weak_events_ <= graph.size()) return;
  weak_events_ = graph.size();
  if (wanted_.robust) weak_text_ = graph_text(graph, execution);
  if (wanted_.dot) weak_dot_ = dot_text(graph, execution, title_);
}

// The last of the texts is dropped when there are too many. It does not come back, since what stays
// only gets lower: so the counts of what stays are right.
void Seen::count_outcome(const Graph& graph, const Execution& execution) {
  const std::string state = outcome_text(graph, execution);
  states_.insert(hash_of(state));
  const auto known = outcomes_.find(state);
  if (known != outcomes_.end()) {
    ++known->second;
  } else if (outcomes_.size() < kMostStates) {
    outcomes_.emplace(state, 1);
  } else if (state < outcomes_.rbegin()->first) {
    outcomes_.erase(std::prev(outcomes_.end()));
    outcomes_.emplace(state, 1);
  }
}

std::string Seen::outcomes_text() const {
  std::string out = fmt::format("States {}\n", states_.size());
  for (const auto& [state, times] : outcomes_) out += fmt::format("{:<8}:> {}\n", times, state);
  if (states_.size() > outcomes_.size()) {
    out += fmt::format("({} more states are left out)\n", states_.size() - outcomes_.size());
  }
  return out + fmt::format("Observation {}: {} states in {} executions\n", title_, states_.size(),
                           complete_);
}

std::string Seen::robust_text(bool whole) const {
  if (weak_ != 0) {
    return fmt::format("NOT robust: {} of {} graphs are none of sc's; the smallest has {} events\n",
                       weak_, graphs_, weak_events_) +
           weak_text_;
  }
  if (whole) return "robust: every graph is one of sc's too\n";
  return fmt::format("robust or not: unknown; {} graphs are sc's too, the others were not seen\n",
                     graphs_);
}

std::string Seen::text(bool whole) const {
  std::string out = dumped_;
  if (wanted_.outcomes) out += outcomes_text();
  if (wanted_.robust) out += robust_text(whole);
  return out;
}

}  // namespace tenterhook::checker
