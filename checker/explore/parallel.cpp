#include "checker/explore/parallel.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "checker/explore/estimate.hpp"
#include "checker/explore/exploration.hpp"
#include "checker/explore/result_bytes.hpp"

namespace tenterhook::checker {
namespace {

// -- messages: a length, then as many bytes --

bool write_all(int fd, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool read_all(int fd, char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::read(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

bool send(int fd, const std::string& message) {
  const std::uint64_t size = message.size();
  return write_all(fd, reinterpret_cast<const char*>(&size), sizeof size) &&
         write_all(fd, message.data(), message.size());
}

bool receive(int fd, std::string& message) {
  std::uint64_t size = 0;
  if (!read_all(fd, reinterpret_cast<char*>(&size), sizeof size)) return false;
  message.resize(size);
  return read_all(fd, message.data(), size);
}

// -- a worker --

// What came of a unit of work.
struct Done {
  Result counts;
  bool unsupported = false;
  std::vector<std::string> units;  // what is left of it
};

std::string explore_unit(const Task& task, const Options& options, Exploration& e,
                         const std::string& order) {
  Bytes in(order);
  const auto quantum = in.next<std::uint64_t>();
  const auto apart = in.next<bool>();
  std::string unit;
  in.get(unit);
  GraphModel model = GraphModel::sc;
  graph_model(options.model, model);
  Execution& x = e.execution();
  Dpor dpor(model, x.width(), task.backwards);
  if (task.bounded) dpor.bound(task.preemptions);
  if (!unit.empty()) dpor.adopt(unit, x.machine());
  e.begin_part();
  Estimate estimate(task, model, x.width());
  bool left = true;
  while (left && !e.stopped() && !x.unsupported() && e.part_runs() < quantum) {
    left = explore_next(e, dpor);
    if (unit.empty()) estimate.look_up(e, e.part_runs());  // the first, of the whole
  }
  Result& r = e.take_part();
  std::vector<std::string> units;
  if (left) {
    dpor.finished();
    units = dpor.release(x.machine(), apart);
  }
  r.explored = dpor.explored();
  Bytes out;
  put_result(out, r);
  out.put(e.part_runs());
  out.put(x.unsupported());
  out.put(units);
  return out.take();
}

[[noreturn]] void work(const Task& task, const Options& options, int fd) {
  std::signal(SIGINT, SIG_IGN);  // the parent decides
  std::signal(SIGTERM, SIG_DFL);
  {
    Exploration e(task, options);
    std::string order;
    while (receive(fd, order)) {
      if (!send(fd, explore_unit(task, options, e, order))) break;
    }
  }
  ::_exit(0);
}

// -- the parent --

class Team {
 public:
  Team(const Task& task, const Options& options) : task_(task), options_(options) {
    begin();
    workers_.resize(std::max(1U, task.jobs));
    for (Worker& w : workers_) start(w);
  }
  ~Team() {
    for (Worker& w : workers_) end(w);
  }
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  Result run();

 private:
  struct Worker {
    int fd = -1;
    pid_t pid = -1;
    bool busy = false;
    std::uint64_t quantum = 0;
    std::string unit;       // that it works on
    unsigned failures = 0;  // times that this unit killed a worker
  };
  struct Unit {
    std::string bytes;
    unsigned failures = 0;
  };

  void begin();
  void start(Worker& w);
  void end(Worker& w);
  void split();
  void give(Worker& w, std::uint64_t quantum);
  void wait(int milliseconds);
  void take(Worker& w);
  void died(Worker& w);
  void save();
  bool over() const { return stopped_ || unsupported_ || allowance() == 0; }
  // Executions that may still be begun.
  std::uint64_t allowance() const;
  bool busy() const {
    return std::any_of(workers_.begin(), workers_.end(), [](const Worker& w) { return w.busy; });
  }

  const Task& task_;
  const Options& options_;
  std::vector<Worker> workers_;
  std::vector<Unit> units_;  // the last is given out first: that keeps the list short
  Result all_;
  std::uint64_t runs_ = 0;   // executions of all kinds that count
  bool stopped_ = false, unsupported_ = false;
  bool split_ = true;        // is the tree cut into the units of all shards?
};

void Team::begin() {
  if (task_.resume.empty()) {
    units_.push_back({});  // the whole tree
    return;
  }
  const Checkpoint c = read_checkpoint(task_.resume);
  if (c.identity != task_.identity || c.shard != task_.shard || c.shards != task_.shards) {
    throw CheckpointError(task_.resume + ": it is of another exploration: " + c.identity);
  }
  all_ = c.counts;
  for (const std::string& unit : c.units) units_.push_back({unit, 0});
}

void Team::start(Worker& w) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::bad_alloc();
  const pid_t pid = ::fork();
  if (pid < 0) throw std::bad_alloc();
  if (pid == 0) {
    ::close(ends[0]);
    for (const Worker& other : workers_) {
      if (other.fd >= 0) ::close(other.fd);
    }
    work(task_, options_, ends[1]);
  }
  ::close(ends[1]);
  w.fd = ends[0];
  w.pid = pid;
  w.busy = false;
}

void Team::end(Worker& w) {
  if (w.fd < 0) return;
  ::close(w.fd);  // an idle worker ends by itself
  if (w.busy) ::kill(w.pid, SIGKILL);
  ::waitpid(w.pid, nullptr, 0);
  w.fd = -1;
}

std::uint64_t Team::allowance() const {
  if (task_.runs == 0) return ~std::uint64_t{0};
  std::uint64_t begun = runs_;
  for (const Worker& w : workers_) begun += w.busy ? w.quantum : 0;
  return task_.runs > begun ? task_.runs - begun : 0;
}

void Team::give(Worker& w, std::uint64_t quantum) {
  w.quantum = std::min(quantum, allowance());
  w.unit = std::move(units_.back().bytes);
  w.failures = units_.back().failures;
  units_.pop_back();
  w.busy = true;
  Bytes order;
  order.put(w.quantum);
  order.put(!split_);
  order.put(w.unit);
  if (!send(w.fd, order.data())) died(w);
}

// Its unit is given to another. One that kills every worker is a fault of the tool.
void Team::died(Worker& w) {
  constexpr unsigned kMost = 3;
  ++all_.died;
  units_.push_back({std::move(w.unit), w.failures + 1});
  w.busy = false;
  if (w.failures + 1 >= kMost) {
    save();
    throw std::runtime_error("a unit of work kills every worker that takes it");
  }
  ::close(w.fd);
  ::kill(w.pid, SIGKILL);
  ::waitpid(w.pid, nullptr, 0);
  w.fd = -1;
  start(w);
}

void Team::take(Worker& w) {
  std::string message;
  if (!receive(w.fd, message)) {
    died(w);
    return;
  }
  w.busy = false;
  Bytes in(std::move(message));
  const Result part = get_result(in);
  runs_ += in.next<std::uint64_t>();
  unsupported_ = in.next<bool>() || unsupported_;
  std::vector<std::string> left;
  in.get(left);
  for (std::string& unit : left) units_.push_back({std::move(unit), 0});
  add_counts(all_, part);
  if (task_.shards == 1) set_explored(all_);
  if (!all_.failures.empty() && !task_.keep_going) stopped_ = true;
  if (task_.progress) task_.progress(all_);
}

void Team::wait(int milliseconds) {
  std::vector<pollfd> ready;
  for (const Worker& w : workers_) {
    ready.push_back({w.fd, static_cast<short>(w.busy ? POLLIN : 0), 0});
  }
  if (::poll(ready.data(), ready.size(), milliseconds) <= 0) return;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (workers_[i].busy && (ready[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
      take(workers_[i]);
    }
  }
}

void Team::save() {
  if (task_.checkpoint.empty() || !split_) return;
  Checkpoint c{task_.identity, task_.shard, task_.shards, all_, {}};
  for (const Unit& unit : units_) c.units.push_back(unit.bytes);
  for (const Worker& w : workers_) {
    if (w.busy) c.units.push_back(w.unit);  // not counted yet
  }
  write_checkpoint(task_.checkpoint, c);
}

// Shards: the first worker alone cuts the tree into units, in one order, small quanta at a time,
// each alternative that is left a unit; each shard keeps its own. What was explored on the way
// counts for the first shard.
void Team::split() {
  constexpr std::size_t kUnitsPerShard = 16;
  constexpr std::uint64_t kSplitQuantum = 64;
  Worker& w = workers_.front();
  split_ = false;
  while (!units_.empty() && units_.size() < kUnitsPerShard * task_.shards && !over()) {
    // the oldest comes last; a unit whose worker died is there already, and goes first again
    if (units_.back().failures == 0) {
      std::rotate(units_.begin(), units_.begin() + 1, units_.end());
    }
    give(w, kSplitQuantum);
    while (w.busy) wait(-1);
    if (task_.stop && task_.stop()) stopped_ = true;
  }
  if (over()) return;
  split_ = true;
  if (task_.shard != 1) all_ = {};
  std::vector<Unit> own;
  for (std::size_t i = task_.shard - 1; i < units_.size(); i += task_.shards) {
    own.push_back(std::move(units_[i]));
  }
  units_ = std::move(own);
}

Result Team::run() {
  if (task_.shards > 1 && task_.resume.empty()) split();
  while (!stopped_ && !unsupported_ && (busy() || (!units_.empty() && allowance() != 0))) {
    for (Worker& w : workers_) {
      if (!w.busy && !units_.empty() && allowance() != 0) give(w, task_.quantum);
    }
    wait(100);
    if (task_.stop && task_.stop()) stopped_ = true;
    if (task_.checkpoint_due && task_.checkpoint_due()) save();
  }
  save();
  const bool exhausted = split_ && units_.empty() && !busy();
  Result result = all_;
  if (exhausted && task_.shards == 1) result.explored = 1;
  judge(task_, "dpor", exhausted && task_.shards == 1, stopped_ || !exhausted, result);
  if (exhausted && task_.shards > 1 && result.failures.empty() && result.cut == 0) {
    result.verdict = Verdict::no_bug;
    result.bound = "shard " + std::to_string(task_.shard) + "/" + std::to_string(task_.shards);
    result.missed.clear();
  }
  if (unsupported_) {
    result.verdict = Verdict::unsupported;
    result.bound = kNoPlaceForSignals;
  }
  return result;
}

}  // namespace

Result explore_in_parallel(const Task& task, const Options& options) {
  return Team(task, options).run();
}

}  // namespace tenterhook::checker
