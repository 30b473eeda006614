// The optimal explorer against the brute force, on one program.
#pragma once

#include <rapidcheck.h>

#include <set>
#include <string>
#include <type_traits>

#include "tests/checker/explored.hpp"
#include "tests/graphs/hooked_program.hpp"
#include "tests/graphs/translation.hpp"

namespace tenterhook::graphs {

// Of the alternatives at each event, of the threads.
struct order {
  bool backwards = false, last_first = false;
};

// Within a property: it visits the graphs that are expected, each once.
template <class Program>
void meets(const Program& p, const std::string& model, order how, const std::set<graph>& expected) {
  const checker::program what =
      hooked::tests::program_of([&p](hooked::properties::run& t) { run_hooked(p, t); });
  checker::Task task = hooked::tests::task_of(what, "dpor", model);
  task.options.names = true;  // for translated()
  task.backwards = how.backwards;
  task.last_first = how.last_first;
  task.options.graphs = true;
  std::set<graph> visited;
  task.visited = [&](const checker::Graph& g, checker::Execution& x) {
    visited.insert(translated(g, x, p.threads.size(), p.variables));
  };
  const checker::Result result = explore(task);
  RC_ASSERT(hooked::tests::failure_of(result) == "");
  RC_ASSERT(result.verdict == checker::Verdict::verified);
  for (const graph& g : visited) {
    if (!expected.contains(g)) RC_FAIL("visited, but the model forbids it:\n" + text(g));
  }
  for (const graph& g : expected) {
    if (!visited.contains(g)) RC_FAIL("the model allows it, but it is not visited:\n" + text(g));
  }
  RC_ASSERT(result.executions == expected.size());  // none twice
  RC_ASSERT(result.graphs == expected.size());      // the hash tells them apart
  // a store-conditional that must fail was chosen to succeed
  if (!std::is_same_v<Program, assembly_program>) RC_ASSERT(result.blocked == 0u);
}

}  // namespace tenterhook::graphs
