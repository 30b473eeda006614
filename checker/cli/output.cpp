// Tables, failures and JSON.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "checker/build_id.hpp"
#include "checker/cli/row.hpp"
#include "checker/report/text.hpp"

namespace tenterhook::checker::cli {
namespace {

std::string seconds_text(double s) {
  return s < 10 ? fmt::format("{:.2f} s", s) : fmt::format("{:.0f} s", s);
}

nlohmann::ordered_json to_json(const Row& row) {
  const Result& r = row.result;
  nlohmann::ordered_json out;
  out["scenario"] = row.what->name;
  out["params"] = row.values;
  out["target"] = row.target;
  out["model"] = row.model;
  out["strategy"] = row.strategy;
  if (row.strategy == "relacy") out["search"] = row.search;
  if (!row.defect.empty()) out["defect"] = row.defect;
  out["verdict"] = text(r.verdict);
  out["expected"] = row.expected_bug ? "bug" : "pass";
  out["bound"] = r.bound;
  out["executions"] = r.executions;
  out["blocked"] = r.blocked;
  out["redundant"] = r.redundant;
  out["cut"] = r.cut;
  out["graphs"] = r.graphs;
  out["steps"] = r.steps;
  out["seconds"] = row.seconds;
  out["cpu_seconds"] = row.cpu_seconds;
  out["seed"] = row.seed;
  if (row.strategy == "dpor") {
    out["digest"] = nullptr;  // of sequences of executions: dpor has graphs
    out["workers_died"] = r.died;
  } else {
    out["digest"] = fmt::format("{:016x}", r.digest);
  }
  if (row.seen.wanted().robust) {
    out["robust"] = nullptr;
    if (row.seen.weak_graphs() != 0 || whole(row)) out["robust"] = row.seen.weak_graphs() == 0;
    out["weak_graphs"] = row.seen.weak_graphs();
  }
  out["marks"] = r.marks;
  out["missed"] = r.missed;
  if (row.schedule.empty()) {
    out["schedule"] = nullptr;
  } else {
    out["schedule"] = row.schedule;
  }
  if (r.failures.empty()) {
    out["signature"] = nullptr;
    return out;
  }
  const Found& first = r.failures.front();
  out["signature"] = first.failure.signature();
  out["kind"] = text(first.failure.kind);
  out["execution"] = first.execution;
  out["confirmed"] = first.confirmed;
  auto& all = out["failures"] = nlohmann::ordered_json::array();
  for (const Found& f : r.failures) {
    all.push_back({{"signature", f.failure.signature()}, {"times", f.times}});
  }
  return out;
}

}  // namespace

std::string header_line() {
  return fmt::format("{:<28} {:<6} {:<11} {:<13} {:>11} {:>10} {:>9}  {}", "scenario", "model",
                     "strategy", "verdict", "executions", "graphs", "time", "bound");
}

std::string table_line(const Row& row) {
  const Result& r = row.result;
  std::string bound = r.bound;
  if (r.verdict == Verdict::bug) {
    bound = r.failures.empty() ? "" : r.failures.front().failure.signature();
    if (row.expected_bug) bound = "(expected) " + bound;
  } else if (row.expected_bug && r.verdict != Verdict::unsupported) {
    bound = "a bug was expected; " + bound;
  }
  if (!r.missed.empty() && r.verdict != Verdict::bug) {
    bound += fmt::format("{}never reached: {}", bound.empty() ? "" : "; ",
                         fmt::join(r.missed, ", "));
  }
  return fmt::format("{:<28} {:<6} {:<11} {:<13} {:>11} {:>10} {:>9}  {}", row.what->name,
                     row.model, row.strategy, text(r.verdict), r.executions,
                     r.graphs == 0 ? "-" : std::to_string(r.graphs), seconds_text(row.seconds),
                     bound);
}

std::string bug_text(const Row& row, bool with_trace) {
  std::string out = fmt::format("\n{} under {} ({})", row.what->name, row.model, row.strategy);
  if (row.target != "-") out += fmt::format(", target {}", row.target);
  out += ":\n";
  for (const Found& found : row.result.failures) {
    out += failure_text(found.failure);
    out += fmt::format("  execution {}, {}", found.execution,
                       found.confirmed ? "confirmed 3/3 by repeating it"
                                       : "NOT CONFIRMED: it did not come back when repeated");
    if (found.times > 1) out += fmt::format(", {} times in all", found.times);
    out += '\n';
  }
  if (!row.repeat.empty()) out += "  again: " + row.repeat + "\n";
  if (!row.schedule.empty()) {
    out += fmt::format("  schedule: {}   (tenterhook replay {} --trace)\n", row.schedule,
                       row.schedule);
  }
  if (!with_trace) return out;
  if (row.strategy == "relacy") return out + row.trace;
  return out + trace_text(row.result.failures.front().trace);
}

void write_json(const std::string& file, const std::string& command,
                const std::vector<Row>& rows) {
  nlohmann::ordered_json out;
  out["schema"] = 1;
  out["build"] = build_id();
  out["command"] = command;
  out["results"] = nlohmann::ordered_json::array();
  for (const Row& row : rows) out["results"].push_back(to_json(row));
  write_text("--json", file,
             out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

bool whole(const Row& row) { return row.result.verdict == Verdict::verified; }

const std::string& dot_of(const std::vector<Row>& rows) {
  static const std::string none;
  const Row* weak = nullptr;
  const Row* first = nullptr;
  for (const Row& row : rows) {
    if (!row.seen.failing_dot().empty()) return row.seen.failing_dot();
    if (first == nullptr && !row.seen.first_dot().empty()) first = &row;
    const std::uint32_t events = row.seen.weak_events();
    if (events != 0 && (weak == nullptr || events < weak->seen.weak_events())) weak = &row;
  }
  const bool models = std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return row.model != rows.front().model;
  });
  if (models && weak != nullptr) return weak->seen.weak_dot();
  return first == nullptr ? none : first->seen.first_dot();
}

void prepare_file(const char* flag, const std::string& file) {
  if (file.empty() || file == "-") return;
  const std::string part = file + ".part";
  std::error_code error;
  if (std::filesystem::is_directory(file, error) || !std::ofstream(part)) {
    throw UsageError(fmt::format("{} {}: cannot be written", flag, file));
  }
  std::filesystem::remove(part, error);
}

// Never leaves half a file: the whole text, or the old file.
void write_text(const char* flag, const std::string& file, const std::string& text) {
  if (file == "-") {
    fmt::print("{}", text);
    return;
  }
  const std::string part = file + ".part";
  std::ofstream to(part);
  to << text;
  to.close();
  std::error_code error;
  if (to) std::filesystem::rename(part, file, error);
  if (!to || error) throw UsageError(fmt::format("{} {}: cannot be written", flag, file));
}

}  // namespace tenterhook::checker::cli
