// `audit barriers PATTERN`: which memory orders of runtime/ are needed, on which machine? Every
// order that the matching scenarios use is weakened step by step, at run time.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "arch/targets.hpp"
#include "checker/build_id.hpp"
#include "checker/cli/audit.hpp"
#include "checker/cli/clock.hpp"
#include "checker/memory/models.hpp"

namespace tenterhook::checker::cli {
namespace {

struct Orders {  // of success, and of a compare-exchange's failure
  std::memory_order order, fail_order;
  friend bool operator==(const Orders&, const Orders&) = default;
};

enum class Answer : std::uint8_t { needed, not_needed, not_shown };

const char* name_of(Answer answer) {
  switch (answer) {
    case Answer::needed: return "needed";
    case Answer::not_needed: return "not needed";
    case Answer::not_shown: return "not shown";
  }
  return "?";
}

// What weaker orders came to.
struct Tried {
  Orders orders;
  Answer answer = Answer::not_shown;
  std::string scenario, model, failure, schedule;  // that prove it is needed, or were not verified
};

struct Site {
  AuditedSite at;
  std::vector<std::vector<Tried>> by_model;  // as they were tried
};

bool compares(const Site& site) {
  return site.at.op == OpKind::cas || site.at.op == OpKind::cas_weak;
}

std::vector<std::memory_order> one_down(OpKind op, std::memory_order order) {
  if (order == std::memory_order_relaxed || !takes(op, order)) return {};
  if (order == std::memory_order_acq_rel) {
    return {std::memory_order_release, std::memory_order_acquire};
  }
  return {weaker(order, op)};
}

// The orders that are one step weaker.
std::vector<Orders> weaker_than(const Site& site, Orders from) {
  std::vector<Orders> all;
  for (const std::memory_order o : one_down(site.at.op, from.order)) {
    // compilers raise both where the failure is the stronger
    all.push_back({o, std::min(from.fail_order, of_failure(o))});
  }
  if (!compares(site)) return all;
  for (const std::memory_order o : one_down(OpKind::load, from.fail_order)) {
    all.push_back({from.order, o});
  }
  return all;
}

std::string shown(const Site& site, Orders o) {
  std::string out = text(o.order);
  if (compares(site)) out += fmt::format("/{}", text(o.fail_order));
  return out;
}

OrderAt order_at(const Site& site, Orders o) {
  OrderAt at{site.at.file, site.at.line, site.at.column, o.order, of_failure(o.order)};
  if (compares(site)) at.fail_order = o.fail_order;
  return at;
}

class Audit {
 public:
  Audit(const Settings& s, const Suite& suite) : s_(s), programs_(audited(s, suite)) {
    if (!s.target.empty()) {
      const auto* target = arch::find_target(s.target);
      if (target == nullptr) throw UsageError("--target: there is no target '" + s.target + "'");
      if (!s.model.empty()) throw UsageError("--target has a model: it does not go with --model");
      models_ = {std::string(target->model_name)};
      return;
    }
    for (const ModelInfo& m : models()) {
      if (m.name == "sc") continue;  // knows no orders
      const bool usual = m.name != "rc11-2017";
      if (s.model.empty() ? usual : m.name == s.model) models_.push_back(m.name);
    }
    if (!models_.empty()) return;
    throw UsageError("--model: there is no model '" + s.model + "' that knows orders");
  }

  int run();

 private:
  Tried ask(const std::vector<OrderAt>& orders, const std::vector<const program*>& programs,
            const std::string& model, bool keep);
  bool baseline();
  void try_alone(Site& site, std::size_t model);
  void try_together();
  void judge_together();
  std::vector<OrderAt> assignment() const;
  bool over() const {
    return interrupted != 0 || (s_.time_budget > 0 && wall_seconds() - begin_ > s_.time_budget);
  }
  std::string cell(const Site& site, std::size_t model) const;
  void print() const;
  void print_together() const;
  void save() const;
  nlohmann::ordered_json json_of(const Site& site, const Tried& t) const;

  const Settings& s_;
  const double begin_ = wall_seconds();
  std::vector<const program*> programs_;
  std::vector<std::string> models_;
  std::vector<Site> sites_;
  std::map<std::string, bool> all_verified_;  // by model: as the source is
  bool stopped_ = false;
  // all together
  std::vector<Orders> joint_;                 // by site
  bool joint_verified_ = false;
  std::vector<std::pair<std::size_t, Tried>> further_;  // single steps below it
};

// Do all the programs hold with these orders? With `keep` a schedule file proves that one does not.
Tried Audit::ask(const std::vector<OrderAt>& orders, const std::vector<const program*>& programs,
                 const std::string& model, bool keep) {
  Tried t;
  t.model = model;
  bool verified = true;
  for (const program* p : programs) {
    Row row = audit_row(s_, *p, model);
    row.orders = orders;
    row.result = explore(audit_task(s_, row));
    if (!row.result.failures.empty()) {
      const Found& found = row.result.failures.front();
      t.answer = Answer::needed;
      t.scenario = p->name;
      t.failure = found.failure.signature();
      if (keep && found.confirmed) t.schedule = save_schedule(row, found, s_.artifact_dir);
      return t;
    }
    if (row.result.verdict == Verdict::verified || !verified) continue;
    verified = false;
    t.scenario = p->name;
    t.failure = fmt::format("{}: {}", checker::text(row.result.verdict), row.result.bound);
  }
  if (verified && all_verified_[model]) t.answer = Answer::not_needed;
  return t;
}

// As the source is: false if something fails.
bool Audit::baseline() {
  for (const std::string& model : models_) {
    all_verified_[model] = true;
    const Tried t = ask({}, programs_, model, false);
    if (t.answer == Answer::needed) {
      fmt::print("{} fails under {} as it is: {}\n", t.scenario, model, t.failure);
      return false;
    }
    all_verified_[model] = t.answer == Answer::not_needed;
  }
  return true;
}

// From the declared orders down, as long as they are not needed.
void Audit::try_alone(Site& site, std::size_t model) {
  std::vector<Tried>& tried = site.by_model[model];
  std::vector<Orders> work{{site.at.order, site.at.fail_order}};
  while (!work.empty() && !over()) {
    const Orders from = work.back();
    work.pop_back();
    for (const Orders next : weaker_than(site, from)) {
      const bool known = std::any_of(tried.begin(), tried.end(),
                                     [&](const Tried& t) { return t.orders == next; });
      if (known) continue;
      Tried t = ask({order_at(site, next)}, site.at.programs, models_[model], true);
      t.orders = next;
      tried.push_back(t);
      if (t.answer == Answer::not_needed) work.push_back(next);
    }
  }
}

std::vector<OrderAt> Audit::assignment() const {
  std::vector<OrderAt> all;
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const Orders declared{sites_[i].at.order, sites_[i].at.fail_order};
    if (joint_[i] != declared) all.push_back(order_at(sites_[i], joint_[i]));
  }
  return all;
}

// One site after the other goes down as far as all programs hold under all models. What fails once
// fails with weaker orders elsewhere too, so one pass is enough.
void Audit::try_together() {
  for (const Site& site : sites_) joint_.push_back({site.at.order, site.at.fail_order});
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    for (bool moved = true; moved && !over();) {
      moved = false;
      const Orders from = joint_[i];
      for (const Orders next : weaker_than(sites_[i], from)) {
        joint_[i] = next;
        moved = std::all_of(models_.begin(), models_.end(), [&](const std::string& model) {
          return ask(assignment(), sites_[i].at.programs, model, false).answer ==
                 Answer::not_needed;
        });
        if (moved) break;
        joint_[i] = from;
      }
    }
  }
}

// The whole, and each single step below it.
void Audit::judge_together() {
  joint_verified_ = std::all_of(models_.begin(), models_.end(), [&](const std::string& model) {
    return ask(assignment(), programs_, model, false).answer == Answer::not_needed;
  });
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const Orders here = joint_[i];
    for (const Orders next : weaker_than(sites_[i], here)) {
      if (over()) break;
      joint_[i] = next;
      Tried found;
      for (const std::string& model : models_) {
        found = ask(assignment(), sites_[i].at.programs, model, true);
        if (found.answer == Answer::needed) break;
      }
      found.orders = next;
      further_.emplace_back(i, found);
    }
    joint_[i] = here;
  }
}

// "needed", or what is enough; a question mark where it is not shown.
std::string Audit::cell(const Site& site, std::size_t model) const {
  std::string enough, open;
  for (const Tried& t : site.by_model[model]) {
    if (t.answer == Answer::not_shown) open += fmt::format(" {}?", shown(site, t.orders));
    if (t.answer != Answer::not_needed) continue;
    const std::vector<Orders> below = weaker_than(site, t.orders);
    const bool last = std::none_of(below.begin(), below.end(), [&](const Orders& o) {
      return std::any_of(site.by_model[model].begin(), site.by_model[model].end(),
                         [&](const Tried& other) {
                           return other.orders == o && other.answer == Answer::not_needed;
                         });
    });
    if (last) enough += fmt::format(" {}", shown(site, t.orders));
  }
  const std::string all = enough + open;
  if (!all.empty()) return all.substr(1);
  const bool asked = site.by_model[model].size() >=
                     weaker_than(site, {site.at.order, site.at.fail_order}).size();
  return asked ? "needed" : "not tried";
}

void Audit::print() const {
  fmt::print("what is enough, each alone ('needed': nothing weaker; '?': not shown)\n");
  fmt::print("{:<30} {:<9} {:<16}", "place", "operation", "declared");
  for (const std::string& m : models_) fmt::print(" {:<16}", m);
  fmt::print("\n");
  for (const Site& site : sites_) {
    fmt::print("{:<30} {:<9} {:<16}",
               fmt::format("{}:{}:{}", site.at.file, site.at.line, site.at.column),
               text(site.at.op), shown(site, {site.at.order, site.at.fail_order}));
    for (std::size_t m = 0; m < models_.size(); ++m) fmt::print(" {:<16}", cell(site, m));
    fmt::print("\n");
  }
  fmt::print("\nproofs that an order is needed\n");
  for (const Site& site : sites_) {
    for (const auto& tried : site.by_model) {
      for (const Tried& t : tried) {
        if (t.answer != Answer::needed) continue;
        fmt::print("  {} {}: {}\n    {}\n", t.model, text(order_at(site, t.orders)), t.failure,
                   t.schedule.empty() ? "not confirmed" : t.schedule);
      }
    }
  }
}

void Audit::print_together() const {
  fmt::print("\nall together, {}: {}\n", fmt::join(models_, ", "),
             stopped_          ? "not tried to the end"
             : joint_verified_ ? "VERIFIED"
                               : "not verified");
  for (std::size_t i = 0; i < sites_.size(); ++i) {
    const Orders declared{sites_[i].at.order, sites_[i].at.fail_order};
    if (joint_[i] == declared) continue;
    fmt::print("  {}   declared {}\n", text(order_at(sites_[i], joint_[i])),
               shown(sites_[i], declared));
  }
  std::size_t caught = 0;
  for (const auto& [i, t] : further_) {
    if (t.answer == Answer::needed) ++caught;
    else fmt::print("  {}: {} {} {}\n", text(order_at(sites_[i], t.orders)), name_of(t.answer),
                    t.scenario, t.failure);
  }
  if (stopped_ && further_.empty()) return;
  fmt::print("{} of {} single steps further down are caught\n", caught, further_.size());
}

nlohmann::ordered_json Audit::json_of(const Site& site, const Tried& t) const {
  return {{"order", shown(site, t.orders)},   {"answer", name_of(t.answer)},
          {"model", t.model},                {"scenario", t.scenario},
          {"failure", t.failure},            {"schedule", t.schedule},
          {"flag", "--order " + text(order_at(site, t.orders))}};
}

void Audit::save() const {
  nlohmann::ordered_json out{{"schema", 1}, {"build", build_id()}, {"command", s_.command}};
  out["models"] = models_;
  out["complete"] = !stopped_;
  out["sites"] = nlohmann::ordered_json::array();
  for (const Site& site : sites_) {
    nlohmann::ordered_json one{{"file", site.at.file},
                               {"line", site.at.line},
                               {"column", site.at.column},
                               {"operation", text(site.at.op)},
                               {"declared", shown(site, {site.at.order, site.at.fail_order})}};
    for (const program* p : site.at.programs) one["scenarios"].push_back(p->name);
    for (std::size_t m = 0; m < models_.size(); ++m) {
      auto& here = one["models"][models_[m]];
      here["enough"] = cell(site, m);
      here["tried"] = nlohmann::ordered_json::array();
      for (const Tried& t : site.by_model[m]) here["tried"].push_back(json_of(site, t));
    }
    out["sites"].push_back(one);
  }
  auto& joint = out["joint"];
  joint["verified"] = joint_verified_ && !stopped_;
  joint["orders"] = nlohmann::ordered_json::array();
  for (const OrderAt& o : assignment()) joint["orders"].push_back(text(o));
  joint["further"] = nlohmann::ordered_json::array();
  for (const auto& [i, t] : further_) joint["further"].push_back(json_of(sites_[i], t));
  write_text("--json", s_.json, out.dump(2) + "\n");
}

int Audit::run() {
  prepare_directory(s_.artifact_dir);
  prepare_file("--json", s_.json);
  for (const AuditedSite& at : audited_sites(s_, programs_, models_)) {
    Site site{at, std::vector<std::vector<Tried>>(models_.size())};
    if (!weaker_than(site, {at.order, at.fail_order}).empty()) sites_.push_back(site);
  }
  if (sites_.empty()) {
    fmt::print("the matching scenarios execute no operation of runtime/ that could be weaker\n");
    return kNothing;
  }
  if (!baseline()) return kBug;
  for (Site& site : sites_) {
    for (std::size_t m = 0; m < models_.size(); ++m) try_alone(site, m);
  }
  try_together();
  judge_together();
  stopped_ = over();
  if (s_.json != "-" && !s_.quiet) {
    print();
    print_together();
    if (stopped_) fmt::print("stopped early\n");
  }
  if (!s_.json.empty()) save();
  return stopped_ ? kInconclusive : kPass;
}

}  // namespace

int audit_barriers(const Settings& s, const Suite& suite) { return Audit(s, suite).run(); }

}  // namespace tenterhook::checker::cli
