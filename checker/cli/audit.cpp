// `audit mutants PATTERN`: changes every operation of runtime/ that the matching scenarios execute,
// one at a time and at run time, and says which changes no scenario notices.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "checker/build_id.hpp"
#include "checker/cli/audit.hpp"
#include "checker/cli/clock.hpp"

namespace tenterhook::checker::cli {
namespace {

struct Mutant {
  Mutation what;
  OpKind op;
  std::memory_order order;
  std::string function;
  std::vector<const program*> scenarios;  // that execute it
  std::string killer;                     // scenario, model and failure; "": survived
};

std::vector<MutationKind> kinds_for(const AuditedSite& site) {
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

std::vector<Mutant> find_mutants(const Settings& s, const std::vector<const program*>& programs) {
  std::vector<Mutant> all;
  for (const AuditedSite& site : audited_sites(s, programs, {"sc", "tso", "rc11"})) {
    std::vector<MutationKind> kinds = kinds_for(site);
    std::sort(kinds.begin(), kinds.end());
    for (const MutationKind kind : kinds) {
      all.push_back({{kind, site.file, site.line, site.column}, site.op, site.order,
                     site.function, site.programs, ""});
    }
  }
  return all;
}

// Under sc and tso every order counts as seq_cst, but for a store that tso may then buffer.
bool needs_cpp_model(const Mutant& m) {
  return m.what.kind == MutationKind::weaken &&
         !(m.op == OpKind::store && m.order == std::memory_order_seq_cst);
}

void try_own(const Settings& s, Mutant& m, const std::string& model) {
  for (const program* p : m.scenarios) {
    Task task = audit_task(s, audit_row(s, *p, model));
    task.options.mutation = m.what;
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

std::vector<const program*> audited(const Settings& s, const Suite& suite) {
  std::vector<const program*> programs = select(suite, s.patterns);
  std::erase_if(programs, [](const program* p) { return !p->expects.empty(); });
  check_parameters(programs, s.parameters);
  return programs;
}

Row audit_row(const Settings& s, const program& what, const std::string& model) {
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

Task audit_task(const Settings& s, const Row& row) {
  Task task = task_of(row);
  const double begin = cpu_seconds();
  task.stop = [begin, most = s.seconds_each] {
    return interrupted != 0 || cpu_seconds() - begin > most;
  };
  return task;
}

std::vector<AuditedSite> audited_sites(const Settings& s,
                                       const std::vector<const program*>& programs,
                                       const std::vector<std::string>& models) {
  std::map<std::tuple<std::string, unsigned, unsigned>, AuditedSite> found;
  for (const program* p : programs) {
    for (const std::string& model : models) {
      Task task = audit_task(s, audit_row(s, *p, model));
      task.options.sites = true;
      for (const Execution::Site& at : explore(task).sites) {
        if (std::strncmp(at.at.file_name(), "runtime/", 8) != 0) continue;
        AuditedSite& site = found[{at.at.file_name(), at.at.line(), at.at.column()}];
        site.file = at.at.file_name();
        site.function = at.at.function_name();
        site.line = at.at.line();
        site.column = at.at.column();
        site.op = at.op;
        site.order = at.order;
        site.fail_order = at.fail_order;
        if (site.programs.empty() || site.programs.back() != p) site.programs.push_back(p);
      }
    }
  }
  std::vector<AuditedSite> all;
  for (auto& [place, site] : found) all.push_back(std::move(site));
  return all;
}

int audit_mutants(const Settings& s, const Suite& suite) {
  const std::vector<const program*> programs = audited(s, suite);
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
