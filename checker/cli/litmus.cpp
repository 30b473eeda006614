// `litmus FILE|DIR…`: runs litmus tests, prints what herd would, compares with a table.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "checker/cli/clock.hpp"
#include "checker/cli/litmus_row.hpp"
#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(const Settings& s) {
  std::vector<std::string> files;
  for (const std::string& given : s.files) {
    std::error_code error;
    if (!fs::is_directory(given, error)) {
      files.push_back(given);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : fs::recursive_directory_iterator(given)) {
      if (entry.path().extension() == ".litmus") inside.push_back(entry.path().string());
    }
    if (inside.empty()) throw UsageError(fmt::format("{}: no .litmus file is in it", given));
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

std::string model_for(const Settings& s, const litmus::Test& test) {
  const std::string own = litmus::model_of(test.arch);
  if (s.model.empty() || s.model == own || s.model == "sc") return s.model.empty() ? own : s.model;
  if (s.model == "rc11" && test.arch == litmus::Arch::c) return s.model;
  throw UsageError(fmt::format("--model {}: {} is of {}, which runs under sc or {}", s.model,
                               test.file, text(test.arch), own));
}

// The tables by file. Each is read once.
class Tables {
 public:
  explicit Tables(const Settings& s) : s_(s) {}

  const litmus::Expected* find(const litmus::Test& test) {
    if (s_.expected.empty()) return nullptr;
    std::string file = s_.expected;
    if (file.find('/') == std::string::npos) {
      file = (fs::path(test.file).parent_path() / file).string();
    }
    auto at = tables_.find(file);
    if (at == tables_.end()) {
      at = tables_.emplace(file, litmus::Table(file, s_.model == "sc")).first;
    }
    const litmus::Expected* found = at->second.find(test.file);
    if (found == nullptr) throw UsageError(fmt::format("{}: no row for {}", file, test.file));
    return found;
  }

  // Of a folder that was given, every test of its table must be there.
  void check_complete() const {
    for (const auto& [file, table] : tables_) {
      const std::string folder = fs::path(file).parent_path().string() + "/";
      const bool given = std::any_of(s_.files.begin(), s_.files.end(), [&](const auto& name) {
        std::error_code error;
        return folder.starts_with(name) && fs::is_directory(name, error);
      });
      for (const auto& [name, row] : table.rows()) {
        std::error_code error;
        if (!given || fs::exists(folder + name, error)) continue;
        throw UsageError(fmt::format("{}:{}: {} is not there", file, row.line, name));
      }
    }
  }

 private:
  const Settings& s_;
  std::map<std::string, litmus::Table> tables_;
};

}  // namespace

int litmus(const Settings& s) {
  check_jobs(s);
  prepare_file("--json", s.json);
  const double begin = wall_seconds();
  Tables tables(s);
  std::vector<LitmusRow> rows;
  for (const std::string& file : files_of(s)) {
    LitmusRow row;
    row.test = litmus::read_test(file);
    row.model = model_for(s, row.test);
    row.expected = tables.find(row.test);
    rows.push_back(std::move(row));
  }
  tables.check_complete();
  bool wrong = false, supported = false;
  const auto told = [&](const LitmusRow& row) {
    wrong |= !row.agrees();
    supported |= row.ran.unsupported.empty();
    if (s.json == "-") return;
    if (row.expected == nullptr || s.verbose) {
      if (!s.quiet) fmt::print("{}", report(row));
    } else if (!s.quiet || !row.agrees()) {
      fmt::print("{}", comparison(row));
    }
  };
  run_rows(rows, s.jobs.value_or(0), told);
  if (interrupted != 0) {
    fmt::print(s.json == "-" ? stderr : stdout, "interrupted; again: {}\n", s.command);
    return kInconclusive;
  }
  if (s.json != "-") fmt::print("{}", closing(rows, wall_seconds() - begin));
  if (!s.json.empty()) write_json(s, rows);
  return wrong ? kBug : supported ? kPass : kNothing;
}

}  // namespace tenterhook::checker::cli
