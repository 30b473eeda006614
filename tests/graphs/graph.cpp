#include "tests/graphs/graph.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenterhook::graphs {
namespace {

std::string text(write_id w) {
  return w == initial ? "init" : fmt::format("t{}.{}", w.thread, w.access);
}

char name(std::size_t location) { return location < 6 ? "xyzuvw"[location] : '?'; }

}  // namespace

outcome outcome_of(const graph& g) {
  outcome o;
  for (const auto& thread : g.threads) {
    auto& reads = o.reads.emplace_back();
    for (const access& a : thread) {
      if (a.what == access_kind::read) reads.push_back(a.value);
    }
  }
  for (const auto& writes : g.coherence) {
    if (writes.empty()) {
      o.memory.push_back(0);
      continue;
    }
    const auto [thread, access] = writes.back();
    o.memory.push_back(
        g.threads.at(static_cast<std::size_t>(thread)).at(static_cast<std::size_t>(access)).value);
  }
  return o;
}

std::set<outcome> outcomes_of(const std::set<graph>& all) {
  std::set<outcome> outcomes;
  for (const graph& g : all) outcomes.insert(outcome_of(g));
  return outcomes;
}

bool shows_more(const std::set<graph>& weak, const std::set<graph>& strong) {
  const std::set<outcome> known = outcomes_of(strong);
  return std::any_of(weak.begin(), weak.end(),
                     [&](const graph& g) { return !known.contains(outcome_of(g)); });
}

std::string text(const graph& g) {
  std::string all;
  for (std::size_t t = 0; t < g.threads.size(); ++t) {
    all += fmt::format("t{}:", t);
    for (const access& a : g.threads[t]) {
      const bool read = a.what == access_kind::read;
      all += fmt::format(" {}{}={}", read ? 'R' : 'W', name(static_cast<std::size_t>(a.location)),
                         a.value);
      if (read) all += fmt::format("({})", text(a.source));
    }
    all += "\n";
  }
  for (std::size_t l = 0; l < g.coherence.size(); ++l) {
    all += fmt::format("{}: init", name(l));
    for (const write_id w : g.coherence[l]) all += fmt::format(" {}", text(w));
    all += "\n";
  }
  return all;
}

}  // namespace tenterhook::graphs
