#include "checker/graph/futex.hpp"

namespace tenterhook::checker {

EventId look_again(Graph& graph, EventId lock) {
  const Event& queue = graph[lock];
  Event e = graph[graph.at(queue.thread, queue.index - 1)];
  const EventId source = e.source;
  e.locked = e.within = true;
  e.readers = e.next_reader = kInitial;
  if (graph.rank(source) < graph.least_rank(e)) return kInitial;
  const EventId id = graph.add_read(e, source);
  if (graph.newest(e.location) == source || graph.consistent(id)) return id;
  graph.truncate(id);
  return kInitial;
}

}  // namespace tenterhook::checker
