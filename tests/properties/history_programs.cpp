#include "tests/properties/history_programs.hpp"

#include <algorithm>
#include <ostream>

#include "checker/explore/explorer.hpp"
#include "properties/scenario.hpp"

namespace tenterhook::tests {
namespace {

constexpr int most_ops = 4;  // of a thread

const checker::program& scenario(const std::string& name) {
  static const checker::catalogue all = hooked::properties::catalogue();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const checker::program& p) { return p.name == name; });
  RC_ASSERT(found != all.end());
  return *found;
}

rc::Gen<std::vector<int>> operations(int kinds) {
  return rc::gen::resize(most_ops, rc::gen::container<std::vector<int>>(rc::gen::resize(
                                       rc::kNominalSize, rc::gen::inRange(1, kinds + 1))));
}

// Below n, the simplest first. (gen::elementOf does not shrink.)
rc::Gen<std::size_t> up_to(std::size_t n) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::size_t>(0, n));
}

}  // namespace

const protocol runq = {"history/runq",
                       4,
                       3,
                       {{"filled", {0, 1, 2, 3, 4}},
                        {"next", {0, 1}},
                        {"go14", {0, 0, 0, 1}},
                        {"start", {0, 0xffff'fffe}}}};
const protocol globrunq = {"history/globrunq", 6, 6, {}};
const protocol lfstack = {"history/lfstack", 3, 3, {{"stacked", {2, 1, 0, 3}}, {"held", {0, 1}}}};
const protocol sema = {"history/sema", 4, 4, {}};

std::size_t history_program::ops() const {
  std::size_t sum = 0;
  for (const auto& thread : threads) sum += thread.size();
  return sum;
}

std::ostream& operator<<(std::ostream& out, const history_program& program) {
  out << program.scenario;
  for (const auto& [name, value] : program.values) out << " -p " << name << "=" << value;
  return out;
}

// A tuple, not gen::exec: that would not shrink a first value again after a later one.
rc::Gen<history_program> programs(const protocol& of) {
  const auto index = [&of](std::size_t choice) {
    return up_to(choice < of.choices.size() ? of.choices[choice].values.size() : 1);
  };
  return rc::gen::map(rc::gen::tuple(rc::gen::nonEmpty(operations(of.first_ops)),
                                     operations(of.other_ops), operations(of.other_ops),
                                     rc::gen::tuple(index(0), index(1), index(2), index(3))),
                      [&of](const auto& drawn) {
                        const auto& [first, second, third, choices] = drawn;
                        const auto [a, b, c, d] = choices;
                        const std::size_t chosen[] = {a, b, c, d};
                        history_program result{of.scenario, {first, second, third}, {}};
                        result.values["program"] = properties::encode_program(result.threads);
                        for (std::size_t i = 0; i < of.choices.size(); i++) {
                          result.values[of.choices[i].name] = of.choices[i].values.at(chosen[i]);
                        }
                        return result;
                      });
}

std::optional<broken> explore(const history_program& program, const std::vector<way>& ways,
                              const std::string& defect, effort& spent) {
  const checker::program& what = scenario(program.scenario);
  spent.programs++;
  for (const way& w : ways) {
    checker::cli::Row row;
    row.what = &what;
    row.values = program.values;
    row.target = "-";
    row.model = w.model;
    row.strategy = w.strategy;
    row.defect = defect;
    row.runs = w.runs;
    row.budget = what.budget;
    const checker::Result result = checker::explore(task_of(row));
    spent.executions += result.executions;
    spent.verified += result.verdict == checker::Verdict::verified ? 1 : 0;
    if (!result.failures.empty()) return broken{row, result.failures.front()};
  }
  return std::nullopt;
}

}  // namespace tenterhook::tests
