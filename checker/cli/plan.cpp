// From flags to rows: which program runs under which model with which strategy.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "arch/targets.hpp"
#include "checker/cli/row.hpp"
#include "checker/explore/parallel.hpp"
#include "checker/memory/model.hpp"
#include "checker/memory/models.hpp"

namespace tenterhook::checker::cli {
namespace {

struct Place {
  std::string target;  // "-": the model was asked for by name, or every target of it is meant
  std::string model;
};

std::vector<std::string> target_names() {
  std::vector<std::string> names{"all"};
  for (const auto& t : arch::targets) names.emplace_back(t.name);
  return names;
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelInfo& m : models()) names.emplace_back(m.name);
  return names;
}

std::vector<Place> places_of_target(const std::string& target) {
  if (target == "all") {
    std::vector<Place> all;
    for (const auto& t : arch::targets) {
      all.push_back({std::string(t.name), std::string(t.model_name)});
    }
    return all;
  }
  if (const auto* found = arch::find_target(target)) {
    return {{target, std::string(found->model_name)}};
  }
  throw UsageError(
      fmt::format("--target: there is no target '{}'{}", target, hint(target, target_names())));
}

// Every model there is, each once: equal models make equal explorations, whatever the port.
std::vector<Place> every_model() {
  std::vector<Place> all;
  for (const ModelInfo& m : models()) {
    if (m.name == "rc11-2017") continue;  // where asked for
    std::string ports;
    for (const auto& t : arch::targets) {
      if (t.model_name == m.name) ports += (ports.empty() ? "" : ",") + std::string(t.name);
    }
    all.push_back({ports.empty() ? "-" : ports, m.name});
  }
  return all;
}

std::vector<Place> places(const Settings& s, const DefectRow* defect) {
  if (!s.model.empty()) {
    const auto names = model_names();
    if (std::find(names.begin(), names.end(), s.model) == names.end()) {
      throw UsageError(
          fmt::format("--model: there is no model '{}'{}", s.model, hint(s.model, names)));
    }
  }
  if (!s.target.empty()) {
    std::vector<Place> found = places_of_target(s.target);
    for (const Place& p : found) {
      // a weaker or stronger model than the port's own is a contradiction, not a refinement
      if (!s.model.empty() && s.model != p.model) {
        throw UsageError(fmt::format("--target {} has the model {}: it does not go with --model {}",
                                     p.target, p.model, s.model));
      }
    }
    return found;
  }
  if (!s.model.empty()) return {{"-", s.model}};
  if (s.explore == "relacy") return {{"-", "rc11"}};
  if (defect != nullptr) {
    return {{defect->target.empty() ? "-" : defect->target, defect->model}};
  }
  return every_model();
}

void check_strategy(const Settings& s) {
  if (!s.explore.empty() && s.explore != "relacy") {
    const auto& names = strategies();
    if (std::find(names.begin(), names.end(), s.explore) == names.end()) {
      std::vector<std::string> all = names;
      all.emplace_back("relacy");
      throw UsageError(fmt::format("--explore: there is no strategy '{}'{}", s.explore,
                                   hint(s.explore, all)));
    }
  }
  if (s.explore == "relacy" && s.target.empty() && !s.model.empty() && s.model != "rc11") {
    throw UsageError(fmt::format(
        "--explore relacy explores the C++ model (rc11) only: it does not go with --model {}",
        s.model));
  }
  if (!s.search.empty() && s.search != "random" && s.search != "full" && s.search != "bound") {
    throw UsageError(
        fmt::format("--search: '{}' is none of random, full, bound", s.search));
  }
  if (!s.search.empty() && s.explore != "relacy") {
    throw UsageError("--search chooses Relacy's scheduler: it goes with --explore relacy only");
  }
}

void check_preemptions(const Settings& s, const Row& row) {
  if (!s.preemptions || row.strategy == "bounded" || row.strategy == "dpor" ||
      (row.strategy == "relacy" && row.search == "bound")) {
    return;
  }
  throw UsageError(fmt::format(
      "--preemptions bounds --explore bounded, --explore dpor or --explore relacy --search bound: "
      "it does not go with {} of {}", row.strategy, row.what->name));
}

void check_symmetry(const Settings& s, const Row& row) {
  if (!s.symmetry) return;
  if (row.strategy != "dpor") {
    throw UsageError(fmt::format("--symmetry is of --explore dpor: it does not go with {} of {}",
                                 row.strategy, row.what->name));
  }
  if (row.model != "sc" && row.model != "tso") {
    throw UsageError(fmt::format("--symmetry needs --model sc or tso: it does not go with {}",
                                 row.model));
  }
  if (s.preemptions) throw UsageError("--symmetry does not go with --preemptions");
  if (s.outcomes) {
    throw UsageError("--outcomes counts every execution: it does not go with --symmetry");
  }
}

Row make_row(const Settings& s, const program& what, const Place& place,
             const DefectRow* defect) {
  Row row;
  row.what = &what;
  std::vector<std::string> given;
  if (defect != nullptr && what.name == defect->scenario) {
    std::istringstream in(defect->parameters);
    for (std::string pair; in >> pair;) given.push_back(pair);
  }
  given.insert(given.end(), s.parameters.begin(), s.parameters.end());
  row.values = values_of(what, given);
  row.defaults = given.empty();
  row.target = place.target;
  row.model = place.model;
  row.strategy = what.how.strategy;
  if (defect != nullptr) {
    // Relacy knows no other model than its own
    if (defect->strategy != "relacy" || s.model.empty()) row.strategy = defect->strategy;
    row.defect = defect->name;
  }
  if (!s.explore.empty()) row.strategy = s.explore;
  row.search = s.search.empty() ? "random" : s.search;
  if (row.strategy == "relacy") {
    if (!s.target.empty()) row.raise = place.model;
    row.model = "rc11";
  }
  row.seed = seed_number(s.seed);
  row.runs = s.runs.value_or(usual_runs(row));
  check_preemptions(s, row);
  check_symmetry(s, row);
  row.symmetry = s.symmetry;
  row.reach = s.reach;
  row.preemptions = s.preemptions.value_or(what.how.preemptions);
  row.bounded = s.preemptions && row.strategy == "dpor";
  row.max_steps = s.max_steps.value_or(row.max_steps);
  row.budget = what.budget;
  row.budget.timeouts = s.timeouts.value_or(row.budget.timeouts);
  row.budget.spurious = s.spurious.value_or(row.budget.spurious);
  row.budget.weak_cas = s.weak_cas.value_or(row.budget.weak_cas);
  row.seen = Seen({s.dump_executions, s.outcomes, s.robust, !s.dot.empty()},
                  fmt::format("{} under {}", what.name, row.model));
  for (const std::string& given : s.orders) {
    if (!parse(given, row.orders.emplace_back())) {
      throw UsageError(fmt::format(
          "--order: '{}' is no FILE:LINE=ORDER, as runtime/runq.cpp:57:12=release", given));
    }
  }
  if (!row.orders.empty() && row.strategy == "relacy") {
    throw UsageError("--order changes what this tool explores: it does not go with relacy");
  }
  row.keep_going = s.keep_going;
  row.jobs = s.jobs.value_or(1) > 1 ? *s.jobs : 0;
  row.reduction = !s.no_reduction;
  for (const expectation& e : what.expects) {
    const bool here = (e.model == row.model || e.model == "*") && holds(e.when, row.values);
    if (here && e.verdict == "bug") row.expected_bug = true;
  }
  return row;
}

// What shows graphs needs an exploration on graphs.
void check_seeing(const Settings& s, const std::vector<Row>& rows) {
  const char* flag = s.dump_executions != 0 ? "--dump-executions"
                     : !s.dot.empty()       ? "--dot"
                     : s.outcomes           ? "--outcomes"
                     : s.robust             ? "--robust"
                                            : nullptr;
  if (flag == nullptr) return;
  for (const Row& row : rows) {
    if (row.strategy == "dpor") continue;
    throw UsageError(fmt::format(
        "{} shows execution graphs, which only --explore dpor builds: it does not go with {} of {}",
        flag, row.strategy, row.what->name));
  }
  if (s.jobs.value_or(1) > 1 || !s.checkpoint.empty() || !s.resume.empty() || !s.shard.empty()) {
    throw UsageError(fmt::format(
        "{} looks at the graphs of this process: it does not go with -j, --checkpoint, --resume or "
        "--shard", flag));
  }
  if (!s.dot.empty() && s.dot == s.json) {
    throw UsageError(fmt::format("--dot and --json cannot both write to {}", s.dot));
  }
}

}  // namespace

// A file that is there is not lost: a foreign one, or one that says what is left to be done.
void keep_checkpoint(const std::string& file, const std::string& resumed) {
  std::error_code error;
  if (file.empty() || file == resumed || !std::filesystem::exists(file, error)) return;
  if (std::filesystem::is_regular_file(file, error) &&
      std::filesystem::file_size(file, error) == 0) {
    return;
  }
  if (!read_checkpoint(file).units.empty()) {
    throw UsageError(fmt::format("--checkpoint {}: it holds an exploration that is not finished: "
                                 "go on with --resume {}, or remove it", file, file));
  }
}

// Files and shards are of one exploration.
void plan_work(const Settings& s, std::vector<Row>& rows) {
  check_jobs(s);
  const char* flag = !s.checkpoint.empty() ? "--checkpoint" : !s.resume.empty() ? "--resume"
                     : !s.shard.empty()    ? "--shard"
                                           : nullptr;
  if (flag == nullptr) return;
  if (rows.size() != 1 || rows[0].strategy != "dpor") {
    throw UsageError(fmt::format("{} is of one exploration by dpor: name one scenario and one "
                                 "--model (this names {})", flag, rows.size()));
  }
  Row& row = rows[0];
  row.jobs = std::max(row.jobs, 1U);
  keep_checkpoint(s.checkpoint, s.resume);
  row.checkpoint = s.checkpoint;
  row.resume = s.resume;
  if (!s.resume.empty()) {  // before the first line is printed
    const std::string of = read_checkpoint(s.resume).identity;
    if (of != identity_of(row)) {
      throw UsageError(fmt::format("--resume {}: it is of another exploration: {}", s.resume, of));
    }
  }
  if (s.shard.empty()) return;
  char slash = 0, rest = 0;
  std::istringstream in(s.shard);
  if (!(in >> row.shard >> slash >> row.shards) || slash != '/' || in >> rest || row.shard < 1 ||
      row.shard > row.shards || row.shards > 4096) {
    throw UsageError(fmt::format("--shard: '{}' is no i/n with 1 <= i <= n <= 4096", s.shard));
  }
  if (s.checkpoint.empty()) {
    throw UsageError("--shard needs --checkpoint FILE, which tenterhook merge adds up");
  }
}

std::vector<Row> plan_rows(const Settings& s, const Suite& suite) {
  check_strategy(s);
  const DefectRow* defect = s.defect.empty() ? nullptr : &find_defect(suite, s.defect);
  std::vector<std::string> patterns = s.patterns;
  if (patterns.empty() && defect != nullptr) patterns.push_back(defect->scenario);
  const std::vector<const program*> programs = select(suite, patterns);
  check_parameters(programs, s.parameters);
  std::vector<Row> rows;
  const std::vector<Place> where = places(s, defect);
  for (const program* what : programs) {
    for (const Place& place : where) {
      Row row = make_row(s, *what, place, defect);
      // a port of a model that is there already runs once
      const bool twice = std::any_of(rows.begin(), rows.end(), [&](const Row& r) {
        return r.what == what && r.model == row.model && r.raise == row.raise;
      });
      if (twice && s.target == "all") {
        for (Row& r : rows) {
          if (r.what == what && r.model == row.model) r.target += "," + place.target;
        }
        continue;
      }
      rows.push_back(std::move(row));
    }
  }
  plan_work(s, rows);
  check_seeing(s, rows);
  return rows;
}

Task task_of(const Row& row) {
  Task task;
  task.what = row.what;
  task.values = row.values;
  task.strategy = row.strategy;
  task.options.model = row.model;
  task.options.budget = row.budget;
  task.options.max_steps = row.max_steps;
  task.options.orders = row.orders;
  task.options.defect = row.defect.empty() ? 0 : defect_hash(row.defect);
  task.seed = row.seed;
  task.runs = row.runs;
  task.preemptions = row.preemptions;
  task.bounded = row.bounded;
  task.symmetry = row.symmetry;
  task.options.reach = row.reach;
  task.keep_going = row.keep_going;
  task.reduction = row.reduction;
  task.jobs = row.jobs;
  task.checkpoint = row.checkpoint;
  task.resume = row.resume;
  task.shard = row.shard;
  task.shards = row.shards;
  task.identity = identity_of(row);
  return task;
}

}  // namespace tenterhook::checker::cli
