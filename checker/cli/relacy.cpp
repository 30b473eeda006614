// Relacy's explorer is an executable of its own, beside this one: it replaces operator new.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "checker/cli/clock.hpp"
#include "checker/cli/row.hpp"

extern char** environ;

namespace tenterhook::checker::cli {
namespace {

std::string sibling() {
  char path[PATH_MAX];
  const ssize_t n = ::readlink("/proc/self/exe", path, sizeof path - 1);
  std::string self(path, n > 0 ? static_cast<std::size_t>(n) : 0);
  return self.substr(0, self.rfind('/') + 1) + "tenterhook-relacy";
}

std::vector<std::string> command_of(const Row& row, double time_budget) {
  std::vector<std::string> words{sibling(), "--program", row.what->name, "--json"};
  // A program of another machine: what runs this one runs that one.
  if (const char* emulator = std::getenv("TENTERHOOK_EMULATOR")) {
    words.insert(words.begin(), emulator);
  }
  const auto add = [&](const std::string& flag, const std::string& value) {
    words.push_back(flag);
    words.push_back(value);
  };
  for (const auto& [name, value] : row.values) add("-p", fmt::format("{}={}", name, value));
  add("--search", row.search);
  add("--seed", std::to_string(row.seed));
  add("--runs", std::to_string(row.runs));
  if (row.search == "bound") add("--preemptions", std::to_string(row.preemptions));
  add("--time-budget", fmt::format("{:.3f}", time_budget));
  add("--max-steps", std::to_string(row.max_steps));
  if (!row.defect.empty()) add("--defect", row.defect);
  if (row.raise != "none") add("--raise", row.raise);
  return words;
}

// Its standard output; its standard error goes where ours goes.
std::string output_of(const std::vector<std::string>& words) {
  std::vector<char*> argv;
  for (const std::string& w : words) argv.push_back(const_cast<char*>(w.c_str()));
  argv.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for tenterhook-relacy");
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  if (error == 0) {
    char buffer[4096];
    for (;;) {
      const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  ::close(ends[0]);
  return text;
}

FailureKind kind_of(const std::string& name) {
  static const std::pair<const char*, FailureKind> kKinds[] = {
#define FAILURE(id, string) {string, FailureKind::id},
#include "checker/execution/failures.def"
#undef FAILURE
  };
  for (const auto& [known, kind] : kKinds) {
    if (name == known) return kind;
  }
  return FailureKind::assertion;
}

}  // namespace

void run_relacy(Row& row, double time_budget) {
  Result& r = row.result;
  if (!row.what->relacy) {
    r.verdict = Verdict::unsupported;
    r.bound = "the scenario does not run under Relacy";
    return;
  }
  if (::access(sibling().c_str(), X_OK) != 0) {
    r.verdict = Verdict::unsupported;
    r.bound = "tenterhook-relacy was not built";
    return;
  }
  const double wall = wall_seconds();
  const std::string output = output_of(command_of(row, time_budget));
  const auto json = nlohmann::json::parse(output, nullptr, false);
  row.seconds = wall_seconds() - wall;
  if (json.is_discarded() || !json.contains("verdict")) {
    r.verdict = Verdict::inconclusive;
    r.bound = "tenterhook-relacy died";
    return;
  }
  r.executions = json.value("executions", std::uint64_t{0});
  r.blocked = json.value("blocked", std::uint64_t{0});
  r.steps = json.value("steps", std::uint64_t{0});
  row.cpu_seconds = json.value("seconds", 0.0);
  r.bound = json.value("bound", "");
  for (const auto& mark : json.value("marks", nlohmann::json::array())) {
    r.marks.push_back(mark.get<std::string>());
  }
  const std::string verdict = json["verdict"];
  if (verdict == "NO BUG FOUND") {
    r.verdict = r.executions == 0 ? Verdict::nothing_ran : Verdict::no_bug;
  } else if (verdict == "UNSUPPORTED") {
    r.verdict = Verdict::unsupported;
    r.bound = json.value("message", r.bound);
  } else if (verdict == "BUG") {
    r.verdict = Verdict::bug;
    Found found;
    found.failure.kind = kind_of(json.value("kind", ""));
    found.failure.message = json.value("message", "");
    found.failure.site = json.value("location", "");
    found.failure.thread = json.value("thread", "");
    found.execution = r.executions;
    found.confirmed = true;  // tenterhook-relacy ran it a second time, for the trace
    r.failures.push_back(found);
    row.trace = json.value("trace", "");
    row.repeat = json.value("repeat", "");
  } else {
    r.bound = json.value("message", r.bound);
  }
}

}  // namespace tenterhook::checker::cli
