// Runs litmus tests here, or in other processes: each has every n-th test.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <new>
#include <stdexcept>

#include "checker/cli/clock.hpp"
#include "checker/cli/litmus_row.hpp"
#include "checker/graph/bytes.hpp"

namespace tenterhook::checker::cli {
namespace {

void run_row(LitmusRow& row) {
  const double begin = wall_seconds();
  row.ran = litmus::run(row.test, row.model, [] { return interrupted != 0; });
  row.seconds = wall_seconds() - begin;
}

void put(Bytes& out, const LitmusRow& row) {
  out.put(std::uint64_t{row.ran.states.size()});
  for (const auto& [state, count] : row.ran.states) {
    out.put(state);
    out.put(count);
  }
  out.put(row.ran.executions);
  out.put(row.ran.race);
  out.put(row.ran.unsupported);
  out.put(row.ran.problem);
  out.put(row.seconds);
}

void get(Bytes& in, LitmusRow& row) {
  for (auto states = in.next<std::uint64_t>(); states > 0; --states) {
    litmus::State state;
    in.get(state);
    in.get(row.ran.states[state]);
  }
  in.get(row.ran.executions);
  in.get(row.ran.race);
  in.get(row.ran.unsupported);
  in.get(row.ran.problem);
  in.get(row.seconds);
}

struct Worker {
  pid_t pid = -1;
  int fd = -1;  // its results come here, all at its end
};

[[noreturn]] void work(std::vector<LitmusRow>& rows, std::size_t first, std::size_t step, int fd) {
  Bytes out;
  for (std::size_t i = first; i < rows.size() && interrupted == 0; i += step) {
    run_row(rows[i]);
    put(out, rows[i]);
  }
  const std::string bytes = out.take();
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t n = ::write(fd, bytes.data() + at, bytes.size() - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) ::_exit(1);
    at += static_cast<std::size_t>(n);
  }
  ::_exit(0);
}

Worker start(std::vector<LitmusRow>& rows, std::size_t first, std::size_t step) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::bad_alloc();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::bad_alloc();
  if (pid == 0) {
    ::close(ends[0]);
    work(rows, first, step, ends[1]);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

Bytes results_of(const Worker& worker) {
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(worker.fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(worker.fd);
  int status = 0;
  while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("a process that runs litmus tests has died");
  }
  return Bytes(std::move(bytes));
}

}  // namespace

void run_rows(std::vector<LitmusRow>& rows, unsigned jobs,
              const std::function<void(const LitmusRow&)>& told) {
  const auto count = static_cast<unsigned>(std::min<std::size_t>(jobs, rows.size()));
  std::vector<Worker> workers;
  for (unsigned w = 0; w < count; ++w) workers.push_back(start(rows, w, count));
  std::vector<Bytes> results;
  for (const Worker& w : workers) results.push_back(results_of(w));
  for (std::size_t i = 0; i < rows.size() && interrupted == 0; ++i) {
    LitmusRow& row = rows[i];
    if (results.empty()) {
      run_row(row);
    } else {
      get(results[i % results.size()], row);
    }
    if (interrupted != 0) return;
    if (row.expected != nullptr && row.ran.unsupported.empty()) {
      row.difference = difference(row.test, row.ran, *row.expected);
    }
    told(row);
  }
}

}  // namespace tenterhook::checker::cli
