#include "checker/graph/preemptions.hpp"

#include <algorithm>

#include "checker/graph/futex.hpp"

namespace tenterhook::checker {
namespace {

bool waits_behind(const Graph& graph, const Event& e) {
  if (e.index == 0) return false;
  const Event& before = graph[graph.at(e.thread, e.index - 1)];
  return before.kind == EventKind::write && before.modify == Modify::enqueue;
}

// Can a revisit that is still to come drop the event? Not if it was not maximal when it was added.
bool droppable(const Graph& graph, EventId id) {
  const Event& e = graph[id];
  if (e.kind == EventKind::choice) return e.value == 0;
  if (e.kind != EventKind::read && e.kind != EventKind::write) return true;
  if (looks_again(e)) return true;
  if (e.spurious) return false;
  const bool read = e.kind == EventKind::read;
  for (EventId r = read ? kInitial : e.readers; r != kInitial; r = graph[r].next_reader) {
    if (r < id) return false;
  }
  EventId w = read ? e.source : id;
  if (w == kPending) return true;
  while ((w = graph.newer(e.location, w)) != kInitial) {
    if (w < id) return false;
  }
  return true;
}

}  // namespace

void Preemptions::add_needs(const Graph& graph, const Event& e) {
  if (e.index == 0) wanted_.push_back(graph.start_of(e.thread));
  if (e.kind != EventKind::write) {
    wanted_.push_back(e.source);
    return;
  }
  if (graph.model() != GraphModel::sc && !e.queue && !e.ghost) return;
  EventId older = e.co_prev;
  while (older != kInitial && !counts(graph, older)) older = graph.older(older);
  wanted_.push_back(older);
  for (EventId r = graph.readers(e.location, older); r != kInitial; r = graph[r].next_reader) {
    if (counts(graph, r)) wanted_.push_back(r);
  }
}

void Preemptions::prepare(const Graph& graph) {
  const std::uint32_t threads = graph.threads();
  steps_.assign(threads, {});
  step_of_.assign(threads, {});
  needs_.clear();
  interrupts_ = false;
  for (std::uint32_t t = 0; t < threads; ++t) {
    for (std::uint32_t i = 0; i < length_[t]; ++i) {
      const Event& e = graph[graph.at(t, i)];
      // the end of a wait by a wake is one step: a choice, where there is one, and the resumption
      const bool woken = e.kind == EventKind::resume && i > 0 && !steps_[t].empty() &&
                         steps_[t].back().leave == Leave::free_until_ready &&
                         graph[graph.at(t, i - 1)].kind == EventKind::choice;
      if (i == 0 || (!e.within && !woken)) steps_[t].emplace_back();
      step_of_[t].push_back(static_cast<std::uint32_t>(steps_[t].size()));
      Step& step = steps_[t].back();
      if (e.kind == EventKind::join || e.kind == EventKind::resume) {
        step.leave = Leave::free_until_ready;
      } else if (e.kind == EventKind::choice && waits_behind(graph, e)) {
        const bool open = e.value == 0 && i + 1 < length_[t];
        step.leave = open ? Leave::free_until_ready : Leave::free;
        interrupts_ = interrupts_ || e.value != 0;
      }
    }
  }
  for (std::uint32_t t = 0; t < threads; ++t) {
    std::uint32_t i = 0;
    for (std::uint32_t s = 0; s < steps_[t].size(); ++s) {
      steps_[t][s].needs = needs_.size();
      wanted_.clear();
      for (; i < length_[t] && step_of_[t][i] == s + 1; ++i) {
        add_needs(graph, graph[graph.at(t, i)]);
      }
      for (const EventId id : wanted_) {
        if (id >= kPending || graph[id].thread == t) continue;
        needs_.emplace_back(graph[id].thread, step_of_[graph[id].thread][graph[id].index]);
      }
      steps_[t][s].end = needs_.size();
    }
  }
}

bool Preemptions::ready(const Place& place, std::uint32_t thread) const {
  const Step& step = steps_[thread][place[thread]];
  for (std::size_t i = step.needs; i < step.end; ++i) {
    if (place[needs_[i].first] < needs_[i].second) return false;
  }
  return true;
}

bool Preemptions::done(const Place& place) const {
  for (std::uint32_t t = 0; t < steps_.size(); ++t) {
    if (place[t] < steps_[t].size()) return false;
  }
  return true;
}

// The thread runs on as far as it can: to stop where it could go on is a preemption, and nobody is
// ready later for it. Where it may be left for nothing, both are tried.
void Preemptions::run(Place place, std::uint32_t thread) {
  place.back() = 0;
  const auto keep = [&](std::vector<Place>& places) {
    found_ = found_ || done(place);
    if (!seen_.contains(place)) places.push_back(place);
  };
  for (;;) {
    ++place[thread];
    if (place[thread] == steps_[thread].size()) return keep(here_);
    const Leave leave = steps_[thread][place[thread]].leave;
    const bool can_go = ready(place, thread);
    if (leave == Leave::free) keep(here_);
    for (std::uint32_t t = 0; interrupts_ && t < steps_.size(); ++t) {
      if (t == thread || place[t] == steps_[t].size() || !ready(place, t)) continue;
      if (steps_[t][place[t]].leave != Leave::free) continue;
      place.back() = static_cast<std::uint16_t>(t + 1);
      keep(here_);
      place.back() = 0;
    }
    if (can_go) continue;
    return keep(leave == Leave::counts ? next_ : here_);
  }
}

unsigned Preemptions::least(const Graph& graph, unsigned most) {
  length_.clear();
  for (std::uint32_t t = 0; t < graph.threads(); ++t) length_.push_back(graph.length(t));
  prepare(graph);
  return search(most);
}

// An event that cannot be dropped stays, with what it depends on: none of those reads is revisited
// either, since the event came later, or a write that it depends on has it as an earlier reader.
unsigned Preemptions::least_of_kept(const Graph& graph, unsigned most) {
  length_.assign(graph.threads(), 0);
  for (EventId id = 0; id < graph.size(); ++id) {
    if (droppable(graph, id)) continue;
    for (std::uint32_t t = 0; t < graph.threads(); ++t) {
      length_[t] = std::max(length_[t], std::min(graph.before(id, t), graph.length(t)));
    }
  }
  prepare(graph);
  return search(most);
}

unsigned Preemptions::search(unsigned most) {
  found_ = false;
  seen_.clear();
  next_.assign(1, Place(steps_.size() + 1, 0));
  if (done(next_.front())) return 0;
  for (unsigned count = 0; count <= most; ++count) {
    std::swap(here_, next_);
    next_.clear();
    while (!here_.empty()) {
      const Place place = std::move(here_.back());
      here_.pop_back();
      if (!seen_.insert(place).second) continue;
      for (std::uint32_t t = 0; t < steps_.size(); ++t) {
        if (place.back() != 0 && place.back() != t + 1) continue;
        if (place[t] < steps_[t].size() && ready(place, t)) run(place, t);
        if (found_) return count;
      }
    }
  }
  return most + 1;
}

}  // namespace tenterhook::checker
