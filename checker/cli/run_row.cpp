// Runs one row and keeps its failure.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "checker/build_id.hpp"
#include "checker/cli/clock.hpp"
#include "checker/cli/row.hpp"
#include "checker/memory/model.hpp"
#include "checker/replay/schedule.hpp"

namespace tenterhook::checker::cli {
namespace {

std::string flags_of(const Row& row) {
  std::string flags;
  for (const parameter& p : row.what->parameters) {
    const std::int64_t value = row.values.at(p.name);
    if (value != p.value) flags += fmt::format(" -p {}={}", p.name, value);
  }
  if (!row.defect.empty()) flags += " --defect " + row.defect;
  if (row.strategy == "bounded") flags += fmt::format(" --preemptions {}", row.preemptions);
  if (sampled(row.strategy) && row.runs != (row.defect.empty() ? row.what->how.runs : 0)) {
    flags += fmt::format(" --runs {}", row.runs);
  }
  if (!row.reduction) flags += " --no-reduction";
  const Row usual;
  if (row.max_steps != usual.max_steps) flags += fmt::format(" --max-steps {}", row.max_steps);
  const budgets& own = row.what->budget;
  const auto add = [&](const char* flag, unsigned n, unsigned otherwise) {
    if (n != otherwise) flags += fmt::format(" {} {}", flag, n);
  };
  add("--timeouts", row.budget.timeouts, own.timeouts);
  add("--spurious", row.budget.spurious, own.spurious);
  add("--weak-cas", row.budget.weak_cas, own.weak_cas);
  return flags;
}

std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

bool passed(const Row& row) { return exit_code(row) == kPass; }

int exit_code(const Row& row) {
  switch (row.result.verdict) {
    case Verdict::verified:
    case Verdict::no_bug:
      if (row.expected_bug && row.strategy != "relacy") return kBug;  // it was to be found
      return row.result.missed.empty() || !row.defaults || !row.defect.empty() ? kPass : kNothing;
    case Verdict::bug:
      return row.expected_bug && row.defect.empty() ? kPass : kBug;
    case Verdict::inconclusive: return kInconclusive;
    case Verdict::unsupported: return kPass;
    case Verdict::nothing_ran: return kNothing;
  }
  return kInternal;
}

void run_row(Row& row, const std::function<bool()>& stop, bool show_progress) {
  if (row.strategy == "relacy") return;  // run_relacy
  if (make_model(row.model) == nullptr) {
    row.result.verdict = Verdict::unsupported;
    row.result.bound = fmt::format("the model {} is not there yet", row.model);
    return;
  }
  if (row.strategy == "exhaustive" && row.model.starts_with("rc11")) {
    row.result.verdict = Verdict::unsupported;
    row.result.bound = "exhaustive walks the steps of a machine, which rc11 has not: use dpor";
    return;
  }
  Task task = task_of(row);
  task.stop = stop;
  if (row.seen.wanted().any()) {
    task.options.names = true;
    task.visited = [&row](const Graph& graph, Execution& x) { row.seen.visit(graph, x); };
  }
  const double wall = wall_seconds(), cpu = cpu_seconds();
  double shown = wall;
  const bool terminal = ::isatty(STDERR_FILENO) == 1;
  if (show_progress) {
    task.progress = [&](std::uint64_t executions) {
      const double now = wall_seconds();
      if (now - shown < (terminal ? 0.25 : 15.0)) return;
      shown = now;
      fmt::print(stderr, "{}{} {} {}: {} executions, {:.0f}/s{}", terminal ? "\r" : "",
                 row.what->name, row.model, row.strategy, executions,
                 static_cast<double>(executions) / (now - wall), terminal ? "   " : "\n");
      std::fflush(stderr);
    };
  }
  row.result = explore(task);
  if (show_progress && terminal && shown != wall) fmt::print(stderr, "\r{:78}\r", "");
  row.seconds = wall_seconds() - wall;
  row.cpu_seconds = cpu_seconds() - cpu;
  row.repeat = fmt::format("tenterhook check {}{} --model {} --explore {} --seed {}",
                           row.what->name, flags_of(row), row.model, row.strategy, row.seed);
}

void prepare_directory(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  const std::string probe = directory + "/.tenterhook-probe";
  std::ofstream out(probe);
  if (error || !out) {
    throw UsageError(fmt::format("--artifact-dir {}: files cannot be written there ({})",
                                 directory, error ? error.message() : std::strerror(errno)));
  }
  out.close();
  std::filesystem::remove(probe, error);
}

std::string save_schedule(const Row& row, const Found& found, const std::string& directory) {
  Schedule s;
  s.build = build_id();
  s.scenario = row.what->name;
  s.values = row.values;
  s.target = row.target;
  s.model = row.model;
  s.strategy = row.strategy;
  s.seed = row.seed;
  s.execution = found.execution;
  s.budget = row.budget;
  s.max_steps = row.max_steps;
  s.defect = row.defect.empty() ? "-" : row.defect;
  s.failure = found.failure.signature();
  s.fingerprint = found.fingerprint;
  for (const TraceEntry& e : found.trace) s.steps.push_back(step_of(e));
  const std::string text = write_schedule(s);
  std::string base = row.what->name + "." + row.model;
  if (!row.defect.empty()) base += "." + row.defect;
  std::replace(base.begin(), base.end(), '/', '-');
  for (unsigned i = 1;; ++i) {
    const std::string path =
        fmt::format("{}/{}{}.schedule", directory, base, i == 1 ? "" : fmt::format("-{}", i));
    if (std::filesystem::exists(path)) {
      if (slurp(path) == text) return path;
      continue;  // another failure's file: it stays
    }
    std::ofstream out(path, std::ios::binary);
    out << text;
    out.close();
    if (!out) {
      throw UsageError(fmt::format("{}: cannot be written ({})", path, std::strerror(errno)));
    }
    return path;
  }
}

}  // namespace tenterhook::checker::cli
