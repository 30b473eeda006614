#include "checker/graph/robust.hpp"

#include <algorithm>
#include <queue>

namespace tenterhook::checker {

std::vector<std::vector<Edge>> edges_of(const Graph& graph) {
  std::vector<std::vector<Edge>> edges(graph.size());
  const auto add = [&](EventId from, EventId to, Relation relation) {
    if (from < graph.size() && to < graph.size()) edges[from].push_back({from, to, relation});
  };
  for (EventId id = 0; id < graph.size(); ++id) {
    const Event& e = graph[id];
    if (e.index + 1 < graph.length(e.thread)) {
      add(id, graph.at(e.thread, e.index + 1), Relation::po);
    }
    if (e.index == 0) add(graph.start_of(e.thread), id, Relation::po);
    if (e.kind == EventKind::join) add(e.source, id, Relation::po);
    if (e.kind == EventKind::resume) add(e.source, id, Relation::rf);
    if (e.ghost) continue;
    if (e.kind == EventKind::write) add(id, e.co_next, Relation::co);
    if (e.kind == EventKind::read && e.source != kPending) {
      add(e.source, id, Relation::rf);
      add(id, graph.newer(e.location, e.source), Relation::fr);
    }
  }
  return edges;
}

// Depth first, without recursion: a graph may have thousands of events.
bool sequentially_consistent(const Graph& graph) {
  enum : char { unseen, open, closed };
  const std::vector<std::vector<Edge>> edges = edges_of(graph);
  std::vector<char> state(graph.size(), unseen);
  std::vector<std::size_t> taken(graph.size(), 0);
  std::vector<EventId> path;
  for (EventId root = 0; root < graph.size(); ++root) {
    if (state[root] != unseen) continue;
    path.push_back(root);
    state[root] = open;
    while (!path.empty()) {
      const EventId id = path.back();
      if (taken[id] == edges[id].size()) {
        state[id] = closed;
        path.pop_back();
        continue;
      }
      const EventId to = edges[id][taken[id]++].to;
      if (state[to] == open) return false;
      if (state[to] == closed) continue;
      state[to] = open;
      path.push_back(to);
    }
  }
  return true;
}

namespace {

// The shortest way from `root` back to itself with fewer than `most` edges; none: empty.
std::vector<Edge> way_back(const std::vector<std::vector<Edge>>& edges, EventId root,
                           std::size_t most) {
  std::vector<Edge> by(edges.size(), Edge{kInitial, kInitial, Relation::po});
  std::vector<std::size_t> length(edges.size(), 0);
  std::queue<EventId> next;
  next.push(root);
  while (!next.empty()) {
    const EventId id = next.front();
    next.pop();
    if (length[id] + 1 >= most) return {};
    for (const Edge& edge : edges[id]) {
      if (by[edge.to].from != kInitial) continue;
      by[edge.to] = edge;
      length[edge.to] = length[id] + 1;
      if (edge.to != root) {
        next.push(edge.to);
        continue;
      }
      std::vector<Edge> cycle;
      for (EventId at = root; cycle.empty() || at != root; at = by[at].from) {
        cycle.push_back(by[at]);
      }
      std::reverse(cycle.begin(), cycle.end());
      return cycle;
    }
  }
  return {};
}

}  // namespace

std::vector<Edge> shortest_cycle(const Graph& graph) {
  const std::vector<std::vector<Edge>> edges = edges_of(graph);
  std::vector<Edge> best;
  for (EventId root = 0; root < graph.size(); ++root) {
    const std::size_t most = best.empty() ? edges.size() + 1 : best.size();
    std::vector<Edge> cycle = way_back(edges, root, most);
    if (!cycle.empty()) best = std::move(cycle);
  }
  return best;
}

}  // namespace tenterhook::checker
