#include "tests/graphs/brute.hpp"

#include <stdexcept>
#include <string>

#include "tests/graphs/consistent.hpp"

namespace tenterhook::graphs {

predicate consistent(std::string_view model) {
  if (model == "sc") return consistent_sc;
  if (model == "tso") return consistent_tso;
  if (model == "rc11") return consistent_rc11;
  if (model == "rc11-2017") return consistent_rc11_2017;
  if (model == "power") return consistent_power;
  if (model == "arm") return consistent_arm;
  throw std::invalid_argument("no predicate for the model " + std::string(model));
}

std::set<graph> executions(const code& program, std::string_view model) {
  const predicate allows = consistent(model);
  std::set<graph> all;
  for_each_candidate(program, [&](const candidate& c) {
    if (!allows(c)) return;
    if (!all.insert(c.result).second) throw std::logic_error("a candidate was met twice");
  });
  return all;
}

std::set<graph> executions(const program& p, std::string_view model) {
  return executions(code_of(p), model);
}

std::set<graph> executions(const assembly_program& p, std::string_view model) {
  return executions(code_of(p), model);
}

}  // namespace tenterhook::graphs
