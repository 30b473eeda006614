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
  for (const OrderAt& o : row.orders) flags += " --order " + text(o);
  if (row.strategy == "bounded" || row.bounded) {
    flags += fmt::format(" --preemptions {}", row.preemptions);
  }
  if (sampled(row.strategy) && row.runs != usual_runs(row)) {
    flags += fmt::format(" --runs {}", row.runs);
  }
  if (row.symmetry) flags += " --symmetry";
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

std::uint64_t usual_runs(const Row& row) {
  if (!sampled(row.strategy) && row.strategy != "relacy") return 0;
  return row.defect.empty() ? row.what->how.runs : 1'000'000;
}

std::string identity_of(const Row& row) {
  return fmt::format("{}{} --model {}", row.what->name, flags_of(row), row.model);
}

namespace {

// One line: rewritten on a terminal, now and then a new one in a log.
class Progress {
 public:
  explicit Progress(const Row& row) : row_(row), begin_(wall_seconds()), shown_(begin_) {}
  ~Progress() {
    if (terminal_ && shown_ != begin_) fmt::print(stderr, "\r{:110}\r", "");
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(const Result& r) {
    const double now = wall_seconds();
    if (first_ < 0) {
      first_ = static_cast<double>(r.executions);
      explored_ = r.explored;
    }
    if (now - shown_ < (terminal_ ? 0.25 : 15.0)) return;
    shown_ = now;
    const double done = static_cast<double>(r.executions);
    std::string text = fmt::format(
        "{} {} {}: {} executions, {} blocked, {:.0f}/s", row_.what->name, row_.model,
        row_.strategy, r.executions, r.blocked, (done - first_) / (now - begin_));
    const std::uint64_t runs = r.executions + r.blocked + r.redundant;
    if (r.steps != 0 && runs != 0) text += fmt::format(", depth {}", r.steps / runs);
    if (r.explored > 0) {
      text += fmt::format(", {:.3g} % of about {:.3g}", 100 * r.explored, done / r.explored);
      if (r.total > 0) text += fmt::format(" +- {:.2g}", r.deviation);
      // by an estimate the part explored may shrink: then executions tell the pace
      const double part = r.total > 0 ? (done - first_) / r.total : r.explored - explored_;
      const double left = part > 0 ? (1 - r.explored) / part * (now - begin_) : 0;
      if (part > 0) text += fmt::format(", {:.0f} s left", left);
    }
    text += fmt::format(", {} MiB", memory_mib());
    fmt::print(stderr, "{}{:<110}{}", terminal_ ? "\r" : "", text, terminal_ ? "" : "\n");
    std::fflush(stderr);
  }

 private:
  const Row& row_;
  const double begin_;
  double shown_, first_ = -1, explored_ = 0;
  const bool terminal_ = ::isatty(STDERR_FILENO) == 1;
};

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
  if (row.strategy == "exhaustive" && make_model(row.model)->on_graph()) {
    row.result.verdict = Verdict::unsupported;
    row.result.bound = "exhaustive walks the steps of a machine, which the model has not: use dpor";
    return;
  }
  Task task = task_of(row);
  task.stop = stop;
  if (row.seen.wanted().any()) {
    task.options.names = true;
    task.visited = [&row](const Graph& graph, Execution& x) { row.seen.visit(graph, x); };
  }
  const double wall = wall_seconds(), cpu = cpu_seconds();
  double saved = wall;
  task.checkpoint_due = [&saved] {
    constexpr double kEvery = 60;  // seconds
    const double now = wall_seconds();
    const bool due = now - saved >= kEvery;
    if (due) saved = now;
    return due;
  };
  {
    Progress progress(row);
    if (show_progress) task.progress = [&](const Result& so_far) { progress.tell(so_far); };
    row.result = explore(task);
  }
  if (row.result.died != 0) {
    row.result.bound += fmt::format("{}{} worker(s) died, and what they did was done again",
                                    row.result.bound.empty() ? "" : "; ", row.result.died);
  }
  if (!row.checkpoint.empty() && row.result.verdict == Verdict::inconclusive) {
    row.result.bound += fmt::format("; --resume {} goes on", row.checkpoint);
  }
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
  s.orders = row.orders;
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
