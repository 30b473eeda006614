#include "checker/report/graph_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace tenterhook::checker {
namespace {

constexpr std::size_t kPlaceColumn = 52;

const char* short_text(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed: return "rlx";
    case std::memory_order_consume:
    case std::memory_order_acquire: return "acq";
    case std::memory_order_release: return "rel";
    case std::memory_order_acq_rel: return "ar";
    case std::memory_order_seq_cst: return "sc";
  }
  return "?";
}

std::string barrier_text(Barrier barrier) {
  switch (barrier) {
    case Barrier::none: return "no barrier";
    case Barrier::full: return "sync or dmb";
    case Barrier::store: return "dmb st";
    case Barrier::light: return "lwsync";
    case Barrier::eieio: return "eieio";
    case Barrier::instruction: return "isync or isb";
  }
  return "?";
}

std::uint32_t location_of(const Event& e) {
  return e.ghost && e.expected != 0 ? static_cast<std::uint32_t>(e.expected) - 1 : e.location;
}

// ".acq", ".ghost", ".rel.cas": what there is to know of an access.
std::string manner(const Event& e) {
  if (e.ghost) return ".ghost";
  if (e.silent) return ".futex";
  switch (e.modify) {
    case Modify::enqueue: return ".wait";
    case Modify::wake: return ".wake";
    case Modify::remove: return ".unwait";
    case Modify::cas:
    case Modify::cas_weak:
      return fmt::format(".{}.cas", short_text(order_of(e)));
    case Modify::none: return fmt::format(".{}", short_text(e.order));
    default: return fmt::format(".{}.rmw", short_text(e.order));
  }
}

std::string name_of(const Graph& graph, const Execution& execution, EventId id) {
  if (id == kInitial) return "initial";
  if (id == kPending) return "none yet";
  return fmt::format("{}:{}", execution.thread(graph[id].thread).name, graph[id].index);
}

std::string source_text(const Graph& graph, const Execution& execution, EventId source) {
  return fmt::format("  <- {}", name_of(graph, execution, source));
}

std::string edge_text(const Graph& graph, const Execution& execution, EventId id) {
  const Event& e = graph[id];
  switch (e.kind) {
    case EventKind::read: {
      std::string text = source_text(graph, execution, e.source);
      if (e.modify == Modify::cas && e.failed) text += ", fails";
      if (e.spurious) text += ", fails spuriously";
      return text;
    }
    case EventKind::write: return fmt::format("  (co {})", e.rank);
    case EventKind::resume: return source_text(graph, execution, e.source);
    default: return "";
  }
}

}  // namespace

std::string location_text(const Event& event, const Execution& execution) {
  return execution.machine().name_of_location(location_of(event));
}

std::string event_text(const Graph& graph, const Execution& execution, EventId id) {
  const Event& e = graph[id];
  const GraphMachine& machine = execution.machine();
  switch (e.kind) {
    case EventKind::read:
    case EventKind::write: {
      const bool read = e.kind == EventKind::read;
      const std::string text = fmt::format("{}{} {}", read ? 'R' : 'W', manner(e),
                                           location_text(e, execution));
      if (e.queue || (read && e.source == kPending)) return text;
      return fmt::format("{} = {}", text,
                         machine.value_text(location_of(e), read ? machine.value_seen(id)
                                                                 : e.value));
    }
    case EventKind::fence:
      if (e.barrier == Barrier::none) return fmt::format("F.{}", short_text(e.order));
      return barrier_text(e.barrier);
    case EventKind::start:
    case EventKind::join:
      return fmt::format("{} {}", e.kind == EventKind::start ? "start"
                         : e.quiesce                ? "end of"
                                                    : "join",
                         execution.thread(static_cast<std::uint32_t>(e.operand)).name);
    case EventKind::resume: return "woken";
    case EventKind::choice: return fmt::format("choice {} of {}", e.value, e.expected);
    case EventKind::free: return "free";
  }
  return "?";
}

std::string graph_text(const Graph& graph, const Execution& execution) {
  std::string out;
  for (std::uint32_t t = 0; t < graph.threads(); ++t) {
    if (graph.length(t) == 0) continue;
    const EventId start = graph.start_of(t);
    out += "  " + execution.thread(t).name;
    if (start != kInitial) out += ", started by " + name_of(graph, execution, start);
    out += '\n';
    for (std::uint32_t i = 0; i < graph.length(t); ++i) {
      const EventId id = graph.at(t, i);
      std::string line = fmt::format("  {:>4}: {}{}", i, event_text(graph, execution, id),
                                     edge_text(graph, execution, id));
      const std::source_location site = execution.machine().site_of(id);
      if (site.line() != 0) {
        line = fmt::format("{:<{}}  {}:{}", line, kPlaceColumn, site.file_name(), site.line());
      }
      out += line + '\n';
    }
  }
  return out;
}

}  // namespace tenterhook::checker
