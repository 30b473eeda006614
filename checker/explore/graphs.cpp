// Exploration of graphs in one process.
#include "checker/explore/estimate.hpp"
#include "checker/explore/exploration.hpp"
#include "checker/explore/graph_replay.hpp"

namespace tenterhook::checker {
namespace {

// The execution's graph as decisions of a stepwise run.
void graph_failed(Exploration& e, const Graph& graph) {
  Execution& x = e.execution();
  if (Found* known = e.known()) {
    known->times++;
    return;
  }
  const Failure failure = x.failure();
  GraphReplay replay(graph, x.machine().order(), x.running());
  replay.begin();
  const Outcome outcome = x.run(e.body(), replay);
  const std::uint64_t fingerprint = x.fingerprint();
  const std::vector<std::uint32_t> decisions = x.decisions();
  if (outcome != Outcome::failed) x.set_failure(failure);  // not confirmed, then
  e.failed(decisions, fingerprint);
}

// The execution is too long. Step by step, and in the end with everybody in turn, it shows whether
// it is only slow.
void graph_cut(Exploration& e, const Graph& graph) {
  Execution& x = e.execution();
  GraphReplay replay(graph, x.machine().order(), x.running());
  replay.begin();
  if (x.run(e.body(), replay) != Outcome::failed) return;
  if (Found* known = e.known()) {
    known->times++;
    return;
  }
  if (e.task().visited) e.task().visited(x.step_graph(), x);
  e.failed(x.decisions(), x.fingerprint());
}

}  // namespace

bool explore_next(Exploration& e, Dpor& dpor) {
  if (!dpor.next()) return false;
  Execution& x = e.execution();
  Outcome outcome = x.run_directed(e.body(), dpor.graph(), dpor);
  // on the way to others only; what it ends with is not known to happen within the bound
  const bool ended = outcome != Outcome::blocked && outcome != Outcome::redundant;
  if (ended && dpor.beyond()) outcome = Outcome::redundant;
  e.ended(outcome);
  if (e.task().visited && (outcome == Outcome::complete || outcome == Outcome::failed)) {
    e.task().visited(dpor.graph(), x);
  }
  if (outcome == Outcome::failed) graph_failed(e, dpor.graph());
  if (outcome == Outcome::cut) graph_cut(e, dpor.graph());
  return true;
}

Result explore_graphs(const Task& task, const Options& options) {
  Exploration e(task, options);
  GraphModel model = GraphModel::sc;
  graph_model(options.model, model);
  Dpor dpor(model, e.execution().width(), task.backwards);
  if (task.bounded) dpor.bound(task.preemptions);
  Estimate estimate(task, model, e.execution().width());
  bool exhausted = false;
  while (!e.over() && !e.execution().unsupported()) {
    exhausted = !explore_next(e, dpor);
    if (exhausted) break;
    estimate.look_up(e, e.part_runs());
    e.result().explored = dpor.explored();
    set_explored(e.result());
    e.look_up();
  }
  const bool unsupported = e.execution().unsupported();
  Result result = e.finish("dpor", exhausted);
  if (exhausted) result.explored = 1;
  if (unsupported) {
    result.verdict = Verdict::unsupported;
    result.bound = kNoPlaceForSignals;
  }
  return result;
}

}  // namespace tenterhook::checker
