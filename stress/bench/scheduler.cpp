// tenterhook-bench-scheduler: what goroutines cost in our runtime and in Go, row by row. Both sides
// are measured in processes of their own that take turns, so that load hits both alike; printed are
// the medians. CPU time is that of the whole processes, and hardly depends on load.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "stress/bench/scheduler_rows.hpp"

namespace {

namespace fs = std::filesystem;
using tenterhook::stress::bench_row;
using tenterhook::stress::bench_rows;

struct settings {
  std::string pattern;  // of rows
  unsigned rounds = 7;
  std::int32_t procs = 0;  // 0: all that a row has
  std::int64_t size = 0;   // 0: the row's
  bool only_ours = false;
  std::string one;  // the row to measure once, in this process
};

// What a user has to mend: exit code 2.
struct unusable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct ended {
  std::string said;
  double cpu_seconds = 0;
};

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// Runs a program to its end. nullopt: there is no such program, or it failed.
std::optional<ended> run_program(const std::vector<std::string>& command) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process");
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  ended result;
  char some[256];
  for (ssize_t n; (n = read(ends[0], some, sizeof some)) > 0;) {
    result.said.append(some, static_cast<std::size_t>(n));
  }
  close(ends[0]);
  int status = 0;
  rusage used{};
  wait4(child, &status, 0, &used);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
  result.cpu_seconds = seconds(used.ru_utime) + seconds(used.ru_stime);
  return result;
}

fs::path self() { return fs::read_symlink("/proc/self/exe"); }

// Builds Go's side, beside this program. Returns its path.
std::string build_go() {
  if (!run_program({"go", "version"})) {
    throw unusable("there is no Go here to compare with: install golang-go, or give --only-ours");
  }
  const std::string program = self().string() + "-go";
  const std::string cache = "GOCACHE=" + (self().parent_path() / "go-cache").string();
  if (!run_program({"env", "GO111MODULE=off", cache, "go", "build", "-o", program,
                    TENTERHOOK_GO_SOURCE})) {
    throw unusable(fmt::format("go cannot build {}", TENTERHOOK_GO_SOURCE));
  }
  return program;
}

double median(std::vector<double> all) {
  std::sort(all.begin(), all.end());
  return all.at(all.size() / 2);
}

// One side's measurements of a row.
class side {
 public:
  void measure(const std::vector<std::string>& command) {
    const std::optional<ended> end = run_program(command);
    if (!end) throw std::runtime_error(fmt::format("{} failed", fmt::join(command, " ")));
    figures_.push_back(std::stod(end->said));
    cpu_.push_back(end->cpu_seconds);
  }
  double figure() const { return median(figures_); }
  double cpu() const { return median(cpu_); }

 private:
  std::vector<double> figures_, cpu_;
};

void measure_row(const bench_row& row, std::int32_t procs, const std::string& go,
                 const settings& s) {
  const std::string size = std::to_string(s.size > 0 ? s.size : row.size);
  const std::string p = std::to_string(procs);
  side ours, theirs;
  for (unsigned i = 0; i < s.rounds; i++) {
    ours.measure({self().string(), "--one", row.name, "--procs", p, "--size", size});
    if (!go.empty()) theirs.measure({go, row.name, p, size});
  }
  fmt::print("{:<12} {:>2} {:>9.1f}", row.name, procs, ours.figure());
  if (go.empty()) {
    fmt::print(" {:>9} {:>6} {:>6}", "-", "-", "-");
  } else {
    fmt::print(" {:>9.1f} {:>6.2f} {:>6}", theirs.figure(), ours.figure() / theirs.figure(),
               row.computes ? fmt::format("{:.2f}", ours.cpu() / theirs.cpu()) : "-");
  }
  fmt::print(" {:<6} {}\n", row.unit, row.about);
  std::fflush(stdout);
}

int run(const settings& s) {
  const std::string go = s.only_ours ? "" : build_go();
  bool any = false;
  for (const bench_row& row : bench_rows()) {
    if (row.name.find(s.pattern) == std::string::npos) continue;
    for (const std::int32_t procs : row.procs) {
      if (s.procs != 0 && s.procs != procs) continue;
      if (!any) {
        fmt::print("medians of {} rounds; ratios: ours to Go's, below 1 is better\n", s.rounds);
        fmt::print("{:<12} {:>2} {:>9} {:>9} {:>6} {:>6}\n", "", "P", "ours", "Go", "ratio", "CPU");
      }
      any = true;
      measure_row(row, procs, go, s);
    }
  }
  if (!any) throw unusable(fmt::format("no row is called {} with these Ps", s.pattern));
  return 0;
}

int measure_one(const settings& s) {
  for (const bench_row& row : bench_rows()) {
    if (row.name != s.one) continue;
    const double figure = row.ours(s.procs > 0 ? s.procs : row.procs.front(),
                                   s.size > 0 ? s.size : row.size);
    fmt::print("{}\n", figure);
    return 0;
  }
  throw unusable(fmt::format("no row is called {}", s.one));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("tenterhook-bench-scheduler: what goroutines cost in our runtime and in Go");
  settings s;
  app.add_option("pattern", s.pattern, "rows with this in their name");
  app.add_option("--rounds", s.rounds)->check(CLI::PositiveNumber)->capture_default_str();
  app.add_option("--procs", s.procs, "only with this GOMAXPROCS")->check(CLI::Range(1, 256));
  app.add_option("--size", s.size, "of a measurement, not the row's; skynet wants a power of ten")
      ->check(CLI::Range(std::int64_t{10}, std::int64_t{1'000'000'000}));
  app.add_flag("--only-ours", s.only_ours, "without Go");
  app.add_option("--one", s.one, "measure this row once, in this process, and print the figure");
  try {
    app.parse(argc, argv);
    return s.one.empty() ? run(s) : measure_one(s);
  } catch (const CLI::CallForHelp&) {
    fmt::print("{}", app.help());
    return 0;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "tenterhook-bench-scheduler: {}\n", error.what());
    return 2;
  } catch (const unusable& error) {
    fmt::print(stderr, "tenterhook-bench-scheduler: {}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "tenterhook-bench-scheduler: {}\n", error.what());
    return 5;
  }
}
