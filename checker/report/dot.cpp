#include "checker/report/dot.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "checker/graph/robust.hpp"
#include "checker/report/graph_text.hpp"

namespace tenterhook::checker {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

const char* text(Relation relation) {
  switch (relation) {
    case Relation::po: return "po";
    case Relation::rf: return "rf";
    case Relation::co: return "co";
    case Relation::fr: return "fr";
  }
  return "?";
}

const char* colour(Relation relation) {
  switch (relation) {
    case Relation::po: return "black";
    case Relation::rf: return "darkgreen";
    case Relation::co: return "brown";
    case Relation::fr: return "blue";
  }
  return "black";
}

std::string edge_text(const std::string& from, const std::string& to, Relation relation,
                      bool red) {
  return fmt::format("  {} -> {} [label=\"{}\", color={}, fontcolor={}{}{}];\n", from, to,
                     text(relation), red ? "red" : colour(relation),
                     red ? "red" : colour(relation), red ? ", penwidth=2" : "",
                     relation == Relation::po ? "" : ", constraint=false");
}

std::string node(const Graph& graph, EventId id) {
  return fmt::format("e{}_{}", graph[id].thread, graph[id].index);
}

}  // namespace

std::string dot_text(const Graph& graph, const Execution& execution, const std::string& title) {
  const std::vector<Edge> cycle = shortest_cycle(graph);
  const auto in_cycle = [&](const Edge& e) {
    return std::any_of(cycle.begin(), cycle.end(), [&](const Edge& c) {
      return c.from == e.from && c.to == e.to && c.relation == e.relation;
    });
  };
  std::string out = fmt::format(
      "digraph execution {{\n  label={};\n  node [shape=box, fontname=monospace];\n",
      quoted(title + (cycle.empty() ? "" : ": none of sc's")));
  bool initial = false;
  std::string edges;
  const std::vector<std::vector<Edge>> all = edges_of(graph);
  for (std::uint32_t t = 0; t < graph.threads(); ++t) {
    if (graph.length(t) == 0) continue;
    out += fmt::format("  subgraph cluster_{} {{\n    label={};\n", t,
                       quoted(execution.thread(t).name));
    for (std::uint32_t i = 0; i < graph.length(t); ++i) {
      const EventId id = graph.at(t, i);
      const Event& e = graph[id];
      out += fmt::format("    {} [label={}];\n", node(graph, id),
                         quoted(fmt::format("{}: {}", i, event_text(graph, execution, id))));
      for (const Edge& edge : all[id]) {
        edges += edge_text(node(graph, id), node(graph, edge.to), edge.relation, in_cycle(edge));
      }
      if (e.kind != EventKind::read || e.source != kInitial || e.ghost) continue;
      initial = true;
      edges += edge_text("initial", node(graph, id), Relation::rf, false);
    }
    out += "  }\n";
  }
  if (initial) out += "  initial [shape=plaintext];\n";
  return out + edges + "}\n";
}

}  // namespace tenterhook::checker
