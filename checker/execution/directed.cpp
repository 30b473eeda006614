// What an execution does when it is run along a graph.
#include <exception>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {

Outcome Execution::run_directed(const std::function<void()>& body, Graph& graph,
                                GraphDriver& driver) {
  every_step_ = watched_ = false;
  directed_ = graphs_ = true;
  reset();
  machine_.begin(graph, driver, true);
  const Outcome outcome = go(body);
  steps_ = machine_.order().size();
  if (options_.graphs && outcome == Outcome::complete) graph_ = machine_.hash();
  return outcome;
}

void Execution::block() {
  if (!directed_) finish(Outcome::blocked);
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  self.state = ThreadState::halted;
  machine_.give_way(self);
  std::terminate();  // nobody chooses it again
}

// Nobody can act in a directed run. A thread that waits for an assumption, for a value that it
// might have read already, or for its timeout goes on in another graph.
void Execution::graph_ended() {
  bool over = true, elsewhere = false, spinning = false;
  Thread& main = *threads_[0];
  const bool quiescing = main.state == ThreadState::quiescing;
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    if (t.state != ThreadState::finished) over = false;
    if (t.state == ThreadState::halted) elsewhere = true;
    if (t.state == ThreadState::blocked && t.timeout_ns >= 0 && !quiescing) elsewhere = true;
    if (t.state != ThreadState::awaiting) continue;
    spinning = true;
    if (t.chose || !machine_.up_to_date(t)) elsewhere = true;
  }
  if (over) finish(Outcome::complete);
  if (elsewhere) finish(Outcome::blocked);
  if (quiescing) {
    main.state = ThreadState::ready;
    machine_.started();
    return;
  }
  if (spinning && spin_again()) {
    machine_.started();
    return;
  }
  stuck();
}

}  // namespace tenterhook::checker
