// `check`: runs rows, prints a table, keeps the failures.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "checker/cli/clock.hpp"
#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {
namespace {

// Exit codes by weight: what a whole run comes to.
int worse(int a, int b) {
  static constexpr int kOrder[] = {kPass, kInconclusive, kNothing, kInternal, kBug};
  const auto weight = [](int code) {
    return std::find(std::begin(kOrder), std::end(kOrder), code) - std::begin(kOrder);
  };
  return weight(a) > weight(b) ? a : b;
}

// A failure is saved and told; one that does not come back is the tool's own fault.
int tell_bug(Row& row, const Settings& s) {
  Found& found = row.result.failures.front();
  if (row.strategy != "relacy") {
    if (!found.confirmed) {
      fmt::print("{}", bug_text(row, false));
      return kInternal;
    }
    row.schedule = save_schedule(row, found, s.artifact_dir);
  }
  const bool expected = row.expected_bug && row.defect.empty();
  if (!s.quiet && (!expected || s.verbose || s.trace)) fmt::print("{}", bug_text(row, s.trace));
  return exit_code(row);
}

// Asked for, so it comes with --quiet too; but not into the one JSON object.
void tell_seen(const Row& row, const Settings& s) {
  if (s.json == "-" || row.result.verdict == Verdict::unsupported) return;
  fmt::print("{}", row.seen.text(whole(row)));
  std::fflush(stdout);
}

void tell_dot(const std::vector<Row>& rows, const Settings& s) {
  const std::string& graph = dot_of(rows);
  if (graph.empty()) {
    fmt::print(stderr, "--dot {}: not written, no execution was complete\n", s.dot);
  } else {
    write_text("--dot", s.dot, graph);
  }
}

void summary(const std::vector<Row>& rows, int code, double seconds) {
  std::size_t counts[6] = {};
  std::uint64_t executions = 0;
  std::vector<std::string> unsupported;
  for (const Row& row : rows) {
    counts[static_cast<std::size_t>(row.result.verdict)]++;
    executions += row.result.executions;
    if (row.result.verdict != Verdict::unsupported) continue;
    const std::string name =
        row.target == "-" ? row.model : fmt::format("{} ({})", row.target, row.model);
    if (std::find(unsupported.begin(), unsupported.end(), name) == unsupported.end()) {
      unsupported.push_back(name);
    }
  }
  if (!unsupported.empty()) {
    fmt::print("UNSUPPORTED: {}\n", fmt::join(unsupported, ", "));
  }
  fmt::print("{}: {} verified, {} without a bug within the bound, {} with a bug, {} inconclusive, "
             "{} ran nothing; {} executions in {:.1f} s\n",
             code == kPass ? "passed" : "NOT PASSED", counts[0], counts[1], counts[2], counts[3],
             counts[5], executions, seconds);
}

// What the verdicts of targets do not say by themselves.
void assumptions(const std::vector<Row>& rows) {
  const auto any = [&](const auto& holds) { return std::any_of(rows.begin(), rows.end(), holds); };
  if (any([](const Row& r) {
        return (r.model == "arm" || r.model == "power") &&
               (r.result.verdict == Verdict::verified || r.result.verdict == Verdict::no_bug);
      })) {
    fmt::print("arm, power: assumed that program order and reads-from have no cycle, and that each "
               "operation is compiled alone\n");
  }
  const bool targets = any([](const Row& r) { return r.target != "-"; });
  if (targets && !any([](const Row& r) { return r.model == "rc11"; })) {
    fmt::print("compilers reorder too: a target passes only together with --model rc11\n");
  }
  if (any([](const Row& r) { return r.target.find("amd64p32") != std::string::npos; })) {
    fmt::print("amd64p32: its ordering is explored; its layout is checked by the compiler only, "
               "since no kernel runs it\n");
  }
}

// An order for a place where nothing is was a mistake. One shard alone cannot tell.
void check_orders(const std::vector<Row>& rows) {
  for (std::size_t i = 0; i < rows.front().orders.size(); ++i) {
    const bool met = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
      return row.shards > 1 || i >= row.result.applied.size() || row.result.applied[i];
    });
    if (met) continue;
    throw UsageError(fmt::format(
        "--order {}: no execution had an atomic operation there that takes such an order",
        text(rows.front().orders[i])));
  }
}

}  // namespace

int check(const Settings& s, const Suite& suite) {
  std::vector<Row> rows = plan_rows(s, suite);
  prepare_directory(s.artifact_dir);
  prepare_file("--json", s.json);
  prepare_file("--dot", s.dot);
  prepare_file("--checkpoint", s.checkpoint);
  const double begin = wall_seconds();
  // the budget is shared: what an early row leaves, later ones may use
  const auto over = [&] {
    return interrupted != 0 || (s.time_budget > 0 && wall_seconds() - begin > s.time_budget);
  };
  if (!s.quiet) fmt::print("{}\n", header_line());
  std::fflush(stdout);
  int code = kPass;
  bool any = false;
  for (Row& row : rows) {
    if (over()) {
      row.result.bound = interrupted != 0 ? "interrupted" : "the time budget is used up";
    } else if (row.strategy == "relacy") {
      const double left = s.time_budget > 0 ? s.time_budget - (wall_seconds() - begin) : 60;
      run_relacy(row, left);
    } else {
      run_row(row, over, !s.quiet);
    }
    any = any || row.result.verdict != Verdict::unsupported;
    const bool hidden = row.result.verdict == Verdict::unsupported && s.target.empty() &&
                        s.model.empty();
    if (!s.quiet && !hidden) fmt::print("{}\n", table_line(row));
    std::fflush(stdout);
    tell_seen(row, s);
    int row_code = exit_code(row);
    if (row.result.verdict == Verdict::bug) row_code = tell_bug(row, s);
    code = worse(code, row_code);
    std::fflush(stdout);
  }
  if (!any) code = kNothing;
  if (!s.quiet) {
    assumptions(rows);
    summary(rows, code, wall_seconds() - begin);
  }
  if (!s.dot.empty()) tell_dot(rows, s);
  if (!s.json.empty()) write_json(s.json, s.command, rows);
  if (interrupted != 0) {
    fmt::print(s.json == "-" ? stderr : stdout, "interrupted; again: {}\n", s.command);
  }
  if (code == kPass) check_orders(rows);
  return code;
}

}  // namespace tenterhook::checker::cli
