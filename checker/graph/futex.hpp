// A futex's wait on a graph looks at the word twice: on its way to the queue, and again with the
// queue locked. Only the first look is a choice. A wait that finds another word there is done, and
// has no part in the order of the queue, so waits that do not sleep multiply nothing. A wait that
// goes on must see the same write again: where the order of the queue forbids that, the wait would
// have come back, which is another graph.
//
// What is lost by that is the order in which the kernel's lock of the queue puts a wait that comes
// back: more behaviours, never fewer.
//
// Thread safety: none.
#pragma once

#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

// The second look: a function of the first, so it is neither revisited nor ever in the way.
inline bool looks_again(const Event& e) { return e.silent && e.locked; }

// Adds the second look. `lock`: the wait's read of the queue, the last event of its thread.
// kInitial: it cannot see what the first look, the event before, saw; nothing is added.
EventId look_again(Graph& graph, EventId lock);

}  // namespace tenterhook::checker
