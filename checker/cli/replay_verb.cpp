// `replay FILE`: repeats a failing execution from its schedule file.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "checker/build_id.hpp"
#include "checker/cli/row.hpp"
#include "checker/memory/model.hpp"
#include "checker/replay/step_replay.hpp"
#include "checker/report/text.hpp"

namespace tenterhook::checker::cli {
namespace {

std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::error_code error;
  if (!in || std::filesystem::is_directory(file, error)) {
    throw UsageError(fmt::format("{}: cannot be read", file));
  }
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

int diverged(const Settings& s, const Schedule& schedule, const Divergence& d) {
  const bool same = schedule.build == build_id();
  fmt::print("{}: diverges at step {}: the file says {}, this build would do {}\n", s.file, d.step,
             d.expected, d.found.empty() ? "nothing" : d.found);
  fmt::print("  the file is of build {}, this is build {}\n", schedule.build, build_id());
  if (same) fmt::print("  that is the same build: a fault of the tool\n");
  return same ? kInternal : kDiverged;
}

}  // namespace

int replay(const Settings& s, const Suite& suite) {
  const Schedule schedule = read_schedule(read_file(s.file), s.file);
  const program& what = find_program(suite, schedule.scenario);
  if (make_model(schedule.model) == nullptr) {
    throw UsageError(fmt::format("{}: this build has no model '{}'", s.file, schedule.model));
  }
  Task task;
  task.what = &what;
  task.values = schedule.values;
  for (const parameter& p : what.parameters) {
    const std::int64_t value = task.values.try_emplace(p.name, p.value).first->second;
    if (value < p.least || value > p.most) {
      throw UsageError(fmt::format("{}: {}={}: {} of {} lies in [{}, {}]", s.file, p.name, value,
                                   p.name, what.name, p.least, p.most));
    }
  }
  Options options;
  options.model = schedule.model;
  options.budget = schedule.budget;
  options.max_steps = schedule.max_steps;
  options.threads = std::max(options.threads, what.threads);
  options.orders = schedule.orders;
  options.trace = s.trace;
  options.on_graphs = schedule.strategy == "dpor";
  if (schedule.defect != "-") {
    find_defect(suite, schedule.defect);
    options.defect = defect_hash(schedule.defect);
  }
  Execution execution(options);
  StepReplay strategy(schedule);
  for (unsigned i = 0; i < s.repeat; ++i) {
    if (interrupted != 0) {
      fmt::print("{}: interrupted after {} of {} repetitions\n", s.file, i, s.repeat);
      return kInconclusive;
    }
    strategy.begin();
    const Outcome outcome =
        execution.run([&] { what.body(task.values); }, strategy);
    if (strategy.divergence()) return diverged(s, schedule, *strategy.divergence());
    if (outcome != Outcome::failed) {
      return diverged(s, schedule,
                      {strategy.taken() + 1, "the failure " + schedule.failure, "no failure"});
    }
    const bool same_build = schedule.build == build_id();
    if (same_build && execution.failure().signature() != schedule.failure) {
      return diverged(s, schedule, {strategy.taken(), "the failure " + schedule.failure,
                                    execution.failure().signature()});
    }
  }
  fmt::print("{} {} under {}: the failure comes back ({} of {})\n", s.file, what.name,
             schedule.model, s.repeat, s.repeat);
  if (strategy.moved() != 0) {
    fmt::print("  {} steps are at other lines of the source than in the file's build\n",
               strategy.moved());
  }
  if (!s.quiet) fmt::print("{}", failure_text(execution.failure()));
  if (s.trace) fmt::print("{}", trace_text(execution.trace()));
  return kBug;
}

}  // namespace tenterhook::checker::cli
