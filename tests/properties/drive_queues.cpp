// The run queues of several Ps and the global one against properties/spec/queues.hpp.
#include <deque>

#include "properties/goroutines.hpp"
#include "properties/spec/queues.hpp"
#include "runtime/globrunq.hpp"
#include "runtime/runq.hpp"
#include "tests/properties/drive.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::tests {
namespace {

namespace spec = tenterhook::properties::spec;
using spec::nobody;

class queues_driver {
 public:
  queues_driver(const rules& by, const setup& with)
      : all_(static_cast<std::int64_t>(3 * by.runq_size)),
        rt_(*platform::create<runtime::runtime>(
            with.procs, with.go14 ? runtime::runq_form::go14 : runtime::runq_form::go16,
            with.start)),
        capacity_(by.runq_size) {
    for (std::int64_t i = 1; i <= all_.count(); i++) idle_.push_back(i);
    for (int i = 0; i < with.procs; i++) {
      model_.push_back({by.runq_size, !with.go14, {}, nobody});
    }
  }
  queues_driver(const queues_driver&) = delete;
  queues_driver& operator=(const queues_driver&) = delete;
  ~queues_driver() { platform::destroy(&rt_); }

  difference run(const std::vector<op>& ops) {
    for (const op& o : ops) {
      progress_.step();
      step(o);
      // relaxed: one thread
      same("runqsize", static_cast<std::int64_t>(global_.size()),
           rt_.sched.runqsize.load(std::memory_order_relaxed));
      if (found_.what != nullptr) return found_;
      at_++;
    }
    for (std::size_t i = 0; i < model_.size() && found_.what == nullptr; i++) {
      while (!model_[i].empty() && found_.what == nullptr) get(i);
      if (found_.what == nullptr) get(i);
    }
    while (!global_.empty() && found_.what == nullptr) global_get(0, 1);
    return found_;
  }

 private:
  void same(const char* what, std::int64_t expected, std::int64_t got) {
    found_.same(what, at_, expected, got);
  }

  void step(const op& o) {
    const auto i = static_cast<std::size_t>(o.p) % model_.size();
    const std::int64_t n = share(o.n, capacity_ + 1);
    switch (o.kind) {
      case 0:
        for (std::int64_t k = 0; k < n; k++) put(i);
        break;
      case 1: put_next(i); break;
      case 2:
        for (std::int64_t k = 0; k < n && found_.what == nullptr; k++) get(i);
        break;
      case 3:
        steal(i, (i + static_cast<std::size_t>(1 + o.n)) % model_.size(), o.n % 2 != 0);
        break;
      case 4: same("runqempty", model_[i].empty(), runtime::runqempty(rt_.allp[i])); break;
      case 5: global_put(1, false); break;
      case 6: global_put(1, true); break;
      case 7: global_put(n, false); break;
      default: global_get(i, o.n % 2 != 0 ? 0 : n); break;
    }
  }

  std::int64_t fresh() {
    if (idle_.empty()) return nobody;
    const std::int64_t number = idle_.front();
    idle_.pop_front();
    return number;
  }

  void put(std::size_t i) {
    const std::int64_t number = fresh();
    if (number == nobody) return;
    runtime::runqput(rt_.allp[i], all_[number], false);
    model_[i].put(number, global_);
  }

  void put_next(std::size_t i) {
    const std::int64_t number = fresh();
    if (number == nobody) return;
    runtime::runqput(rt_.allp[i], all_[number], true);
    const std::int64_t kicked = model_[i].replace_runnext(number);
    if (kicked != nobody) model_[i].put(kicked, global_);
  }

  // The number of what was taken; it is idle from now on.
  std::int64_t taken(runtime::g* gp) {
    if (gp == nullptr) return nobody;
    idle_.push_back(gp->goid.get());
    return gp->goid.get();
  }

  void get(std::size_t i) {
    progress_.step();
    const auto got = runtime::runqget(rt_.allp[i]);
    const spec::list expected = model_[i].get();
    same("runqget", expected[0], taken(got.gp));
    same("inheritTime", expected[1], got.inheritTime ? 1 : 0);
  }

  // All but the last of the older half move; that one runs.
  void steal(std::size_t i, std::size_t from, bool runnext) {
    if (i == from || !model_[i].empty()) return;
    spec::list batch = model_[from].grab();
    if (batch.empty() && runnext && model_[from].has_runnext && model_[from].runnext != nobody) {
      batch = {std::exchange(model_[from].runnext, nobody)};
    }
    const std::int64_t runs = batch.empty() ? nobody : batch.back();
    if (!batch.empty()) batch.pop_back();
    spec::append(model_[i].ring, batch);
    same("runqsteal", runs, taken(runtime::runqsteal(rt_.allp[i], rt_.allp[from], runnext)));
  }

  void global_put(std::int64_t n, bool head) {
    runtime::g* first = nullptr;
    runtime::g* last = nullptr;
    std::int32_t count = 0;
    for (; count < n; count++) {
      const std::int64_t number = fresh();
      if (number == nobody) break;
      runtime::g* gp = all_[number];
      if (last != nullptr) last->schedlink.set(gp);
      if (first == nullptr) first = gp;
      last = gp;
      global_.insert(head ? global_.begin() : global_.end(), number);
    }
    if (first == nullptr) return;
    runtime::lock(rt_.sched.lock);
    if (head) {
      runtime::globrunqputhead(rt_, first);
    } else if (count == 1) {
      runtime::globrunqput(rt_, first);
    } else {
      runtime::globrunqputbatch(rt_, first, last, count);
    }
    runtime::unlock(rt_.sched.lock);
  }

  // REQUIRES of the runtime: room for half a queue.
  void global_get(std::size_t i, std::int64_t max) {
    if (model_[i].ring.size() > capacity_ / 2) return;
    spec::list batch = spec::take_share(global_, model_.size(), capacity_, max);
    runtime::lock(rt_.sched.lock);
    runtime::g* gp = runtime::globrunqget(rt_, rt_.allp[i], static_cast<std::int32_t>(max));
    runtime::unlock(rt_.sched.lock);
    same("globrunqget", batch.empty() ? nobody : batch.front(), taken(gp));
    for (std::size_t k = 1; k < batch.size(); k++) model_[i].put(batch[k], global_);
  }

  const properties::goroutines all_;
  runtime::runtime& rt_;
  const std::size_t capacity_;
  std::vector<spec::local_queue> model_;  // by P
  spec::list global_;
  std::deque<std::int64_t> idle_;  // goroutines in no queue
  progress progress_;
  difference found_;
  std::size_t at_ = 0;
};

}  // namespace

difference drive_queues(const rules& by, const setup& with, const std::vector<op>& ops) {
  return queues_driver(by, with).run(ops);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::tests
