// `audit mutants PATTERN`: changes every operation of runtime/ that the matching scenarios execute,
// one at a time and at run time, and says which changes no scenario notices.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "checker/build_id.hpp"
#include "checker/cli/clock.hpp"
#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {
namespace {

constexpr double kSecondsEach = 3;          // CPU time a scenario may take for one mutant

struct Mutant {
  Mutation what;
  OpKind op;
  std::memory_order order;
  std::string function;
  std::vector<const program*> scenarios;  // that execute it
  std::string killer;                     // scenario, model and failure; "": survived
};

std::vector<MutationKind> kinds_for(const Execution::Site& site) {
  using enum MutationKind;
  const bool weakens = site.order != std::memory_order_relaxed;
  std::vector<MutationKind> kinds;
  switch (site.op) {
    case OpKind::store: kinds = {drop, swap}; break;
    case OpKind::fence:
    case OpKind::futex_wake: return {drop};
    case OpKind::rmw: kinds = {split}; break;
    case OpKind::cas:
    case OpKind::cas_weak: kinds = {split, fail_once}; break;
    default: break;
  }
  if (weakens) kinds.push_back(weaken);
  return kinds;
}

const char* name_of(MutationKind kind) {
  switch (kind) {
#define MUTATION(id, string) \
  case MutationKind::id:     \
    return string;
#include "checker/execution/mutations.def"
#undef MUTATION
  }
  return "?";
}

Row row_for(const Settings& s, const program& what, const std::string& model) {
  Row row;
  row.what = &what;
  row.values = values_of(what, s.parameters);
  row.target = "-";
  row.model = model;
  row.strategy = what.how.strategy;
  row.runs = sampled(row.strategy) ? what.how.runs : 0;
  row.preemptions = what.how.preemptions;
  row.budget = what.budget;
  row.seed = seed_number(s.seed);
  row.max_steps = s.max_steps.value_or(5'000);
  row.search = "random";
  return row;
}

// The operations of runtime/ that the programs execute, each with the programs that do.
std::vector<Mutant> find_mutants(const Settings& s, const std::vector<const program*>& programs) {
  using Key = std::tuple<std::string, unsigned, unsigned, MutationKind>;
  std::map<Key, Mutant> found;
  for (const program* p : programs) {
    Row row = row_for(s, *p, "sc");
    Task task = task_of(row);
    task.options.sites = true;
    const double begin = cpu_seconds();
    task.stop = [begin] { return interrupted != 0 || cpu_seconds() - begin > kSecondsEach; };
    for (const Execution::Site& site : explore(task).sites) {
      if (std::strncmp(site.at.file_name(), "runtime/", 8) != 0) continue;
      for (const MutationKind kind : kinds_for(site)) {
        const Mutation what{kind, site.at.file_name(), site.at.line(), site.at.column()};
        Mutant& m = found[{what.file, what.line, what.column, kind}];
        m.what = what;
        m.op = site.op;
        m.order = site.order;
        m.function = site.at.function_name();
        m.scenarios.push_back(p);
      }
    }
  }
  std::vector<Mutant> all;
  for (auto& [key, mutant] : found) all.push_back(std::move(mutant));
  return all;
}

// Under sc and tso every order counts as seq_cst, but for a store that tso may then buffer.
bool needs_cpp_model(const Mutant& m) {
  return m.what.kind == MutationKind::weaken &&
         !(m.op == OpKind::store && m.order == std::memory_order_seq_cst);
}

void try_own(const Settings& s, Mutant& m, const std::string& model) {
  for (const program* p : m.scenarios) {
    Row row = row_for(s, *p, model);
    Task task = task_of(row);
    task.options.mutation = m.what;
    const double begin = cpu_seconds();
    task.stop = [begin] { return interrupted != 0 || cpu_seconds() - begin > kSecondsEach; };
    const Result result = explore(task);
    if (result.failures.empty()) continue;
    m.killer = fmt::format("{} under {}: {}", p->name, model,
                           text(result.failures.front().failure.kind));
    return;
  }
}

std::string line_of(const Mutant& m) {
  std::string order;
  if (m.what.kind == MutationKind::weaken) {
    order = fmt::format(" {} to {}", text(m.order), text(weaker(m.order, m.op)));
  }
  return fmt::format("  {}:{}:{} {} {}{}", m.what.file, m.what.line, m.what.column,
                     name_of(m.what.kind), text(m.op), order);
}

void report(const std::vector<Mutant>& mutants, bool verbose) {
  std::map<std::string, std::pair<unsigned, unsigned>> files;  // killed, all
  for (const Mutant& m : mutants) {
    auto& [killed, all] = files[m.what.file];
    ++all;
    if (!m.killer.empty()) ++killed;
  }
  for (const auto& [file, count] : files) {
    fmt::print("{}: {} of {} mutants killed ({:.0f} %)\n", file, count.first, count.second,
               100.0 * count.first / count.second);
    for (const Mutant& m : mutants) {
      if (m.what.file != file) continue;
      if (m.killer.empty()) {
        fmt::print("{}  SURVIVED\n", line_of(m));
      } else if (verbose) {
        fmt::print("{}  killed by {}\n", line_of(m), m.killer);
      }
    }
  }
}

void save_json(const Settings& s, const std::vector<Mutant>& mutants) {
  nlohmann::ordered_json out{{"schema", 1}, {"build", build_id()}, {"command", s.command}};
  out["mutants"] = nlohmann::ordered_json::array();
  for (const Mutant& m : mutants) {
    out["mutants"].push_back({{"file", m.what.file},
                              {"line", m.what.line},
                              {"column", m.what.column},
                              {"kind", name_of(m.what.kind)},
                              {"op", text(m.op)},
                              {"order", text(m.order)},
                              {"killed", !m.killer.empty()},
                              {"killer", m.killer}});
  }
  write_text("--json", s.json, out.dump(2) + "\n");
}

}  // namespace

int audit_mutants(const Settings& s, const Suite& suite) {
  std::vector<const program*> programs = select(suite, s.patterns);
  // a mutant is to be killed by a promise: programs that are there for their counts make none
  std::erase_if(programs, [](const program* p) { return !p->expects.empty(); });
  check_parameters(programs, s.parameters);
  std::vector<Mutant> mutants = find_mutants(s, programs);
  if (mutants.empty()) {
    fmt::print("the matching scenarios execute no operation of runtime/\n");
    return kNothing;
  }
  const double begin = wall_seconds();
  std::size_t tried = 0;
  for (Mutant& m : mutants) {
    if (interrupted != 0) break;
    if (s.time_budget > 0 && wall_seconds() - begin > s.time_budget) break;
    if (needs_cpp_model(m)) {
      try_own(s, m, "rc11");
    } else {
      if (m.what.kind != MutationKind::weaken) try_own(s, m, "sc");
      if (m.killer.empty()) try_own(s, m, "tso");
      if (m.killer.empty()) try_own(s, m, "rc11");
    }
    ++tried;
  }
  const bool whole = tried == mutants.size();
  mutants.resize(tried);
  report(mutants, s.verbose);
  const auto killed = static_cast<std::size_t>(std::count_if(
      mutants.begin(), mutants.end(), [](const Mutant& m) { return !m.killer.empty(); }));
  fmt::print("{} of {} mutants killed by {} scenarios{}\n", killed, mutants.size(),
             programs.size(), whole ? "" : "; stopped early");
  if (!s.json.empty()) save_json(s, mutants);
  return whole ? kPass : kInconclusive;
}

}  // namespace tenterhook::checker::cli
