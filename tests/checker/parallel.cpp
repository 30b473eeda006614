// dpor in worker processes: the counts do not depend on how many there are, on units of work, on
// checkpoints, shards, or on workers that die.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "checker/explore/parallel.hpp"
#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

const checker::program& scenario(const std::string& name) {
  static const checker::catalogue all = properties::catalogue();
  return *std::find_if(all.begin(), all.end(),
                       [&](const checker::program& p) { return p.name == name; });
}

class parallel : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = std::filesystem::temp_directory_path() /
                 ("tenterhook-parallel-" + std::to_string(::getpid()));
    std::filesystem::create_directories(directory_);
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string file(const std::string& name) const { return directory_ / name; }

  // counts/fib with n=4 has 1107 graphs under sc and 1764 under rc11 (published), in units of 50.
  static Task fibonacci(const std::string& model, unsigned jobs) {
    Task task = task_of(scenario("counts/fib"), "dpor", model);
    task.values["n"] = 4;
    task.jobs = jobs;
    task.quantum = 50;
    task.identity = "fibonacci " + model;
    return task;
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(parallel, any_number_of_workers_counts_the_same) {
  for (const auto& [model, published] : {std::pair{"sc", 1107U}, std::pair{"rc11", 1764U}}) {
    for (const unsigned jobs : {0U, 1U, 2U, 5U}) {
      const Result r = explore(fibonacci(model, jobs));
      EXPECT_EQ(r.verdict, Verdict::verified) << model << jobs << r.bound;
      EXPECT_EQ(r.executions, published) << model << jobs;
      EXPECT_DOUBLE_EQ(r.explored, 1) << model << jobs;
    }
  }
}

TEST_F(parallel, scenarios_with_futexes_and_allocations_count_the_same) {
  for (const std::string name : {"sema/mutex", "runq/thieves", "lfstack/aba", "note/timeout"}) {
    for (const std::string model : {"sc", "tso", "rc11"}) {
      Task task = task_of(scenario(name), "dpor", model);
      task.quantum = 7;
      const Result alone = explore(task);
      task.jobs = 2;
      const Result shared = explore(task);
      EXPECT_EQ(shared.verdict, alone.verdict) << name << model << failure_of(shared);
      EXPECT_EQ(shared.executions, alone.executions) << name << model;
      EXPECT_EQ(shared.blocked, alone.blocked) << name << model;
      EXPECT_EQ(shared.marks, alone.marks) << name << model;
    }
  }
}

TEST_F(parallel, a_failure_of_a_worker_is_confirmed_and_has_its_trace) {
  Task task = task_of(scenario("counts/petersonbug"), "dpor", "rc11");
  task.jobs = 2;
  const Result r = explore(task);
  ASSERT_TRUE(fails_with(r, FailureKind::race)) << failure_of(r);
  EXPECT_FALSE(r.failures[0].trace.empty());
  EXPECT_FALSE(r.failures[0].failure.positions.empty());
}

TEST_F(parallel, resumed_from_a_checkpoint_it_counts_the_same) {
  Task first = fibonacci("sc", 2);
  first.checkpoint = file("half");
  first.runs = 400;
  const Result half = explore(first);
  EXPECT_EQ(half.verdict, Verdict::inconclusive);
  EXPECT_LT(half.executions, 1107U);
  EXPECT_GT(half.explored, 0);
  EXPECT_LT(half.explored, 1);
  Task second = fibonacci("sc", 1);
  second.resume = file("half");
  const Result whole = explore(second);
  EXPECT_EQ(whole.verdict, Verdict::verified) << whole.bound;
  EXPECT_EQ(whole.executions, 1107U);
}

TEST_F(parallel, no_more_executions_than_allowed) {
  for (const unsigned jobs : {1U, 2U, 3U}) {
    Task task = fibonacci("sc", jobs);
    task.runs = 77;
    EXPECT_EQ(explore(task).executions, 77U) << jobs;
  }
}

TEST_F(parallel, what_a_graph_cannot_carry_ends_at_once) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("t", [&] {
      platform::on_signal([](void*) {}, nullptr);
      x.store(1, relaxed);
    });
    t.go("u", [&] { (void)x.load(relaxed); });
    t.join();
  });
  Task task = task_of(p, "dpor", "sc");
  task.jobs = 2;
  EXPECT_EQ(explore(task).verdict, Verdict::unsupported);
}

TEST_F(parallel, shards_add_up) {
  Result sum;
  for (unsigned i = 1; i <= 3; ++i) {
    Task task = fibonacci("rc11", 1);
    task.values["n"] = 5;
    task.shard = i;
    task.shards = 3;
    task.checkpoint = file("shard" + std::to_string(i));
    EXPECT_EQ(explore(task).verdict, Verdict::no_bug) << i;
    const checker::Checkpoint c = checker::read_checkpoint(task.checkpoint);
    EXPECT_TRUE(c.units.empty());
    EXPECT_GT(c.counts.executions, 0U) << i;
    add_counts(sum, c.counts);
  }
  EXPECT_EQ(sum.executions, 19'404U);  // published
}

TEST_F(parallel, identical_threads_in_one_order_go_with_shards_and_checkpoints) {
  Task task = task_of(scenario("lock/three"), "dpor", "tso");
  task.symmetry = true;
  task.quantum = 300;
  task.identity = "twins";
  const Result alone = explore(task);
  ASSERT_EQ(alone.verdict, Verdict::verified) << alone.bound;
  Result sum;
  for (unsigned i = 1; i <= 3; ++i) {
    Task shard = task;
    shard.jobs = 1;
    shard.shard = i;
    shard.shards = 3;
    shard.checkpoint = file("twins" + std::to_string(i));
    EXPECT_EQ(explore(shard).verdict, Verdict::no_bug) << i;
    const Result part = checker::read_checkpoint(shard.checkpoint).counts;
    EXPECT_GT(part.executions, 0U) << i;
    EXPECT_LT(part.executions, alone.executions) << i;
    add_counts(sum, part);
  }
  EXPECT_EQ(sum.executions, alone.executions);
  EXPECT_EQ(sum.blocked, alone.blocked);

  Task first = task;
  first.jobs = 2;
  first.checkpoint = file("half of the twins");
  first.runs = alone.executions / 2;
  EXPECT_EQ(explore(first).verdict, Verdict::inconclusive);
  Task second = task;
  second.jobs = 2;
  second.resume = first.checkpoint;
  const Result whole = explore(second);
  EXPECT_EQ(whole.verdict, Verdict::verified) << whole.bound;
  EXPECT_EQ(whole.bound, "identical threads in one order");
  EXPECT_EQ(whole.executions, alone.executions);
  EXPECT_EQ(whole.blocked, alone.blocked);
}

// One worker takes what is left in the order in which one process would: so the number is the same,
// though the failure is in a unit of its own.
TEST_F(parallel, a_failure_has_the_number_of_its_execution_in_the_whole) {
  const checker::program p = program_of([](run& t) {
    word x(0, "x");
    t.go("writer", [&x] {
      for (std::uint32_t i = 1; i <= 4; ++i) x.store(i, relaxed);
    });
    t.go("reader", [&x] {
      std::uint32_t all = 0;
      for (int i = 0; i < 3; ++i) all = all * 10 + x.load(relaxed);
      platform::check(all != 12, "nobody reads 0, 1, 2");
    });
    t.join();
  });
  Task task = task_of(p, "dpor", "sc");
  const Result alone = explore(task);
  ASSERT_TRUE(fails_with(alone, FailureKind::assertion)) << failure_of(alone);
  task.jobs = 1;
  task.quantum = 2;
  const Result shared = explore(task);
  ASSERT_TRUE(fails_with(shared, FailureKind::assertion)) << failure_of(shared);
  EXPECT_EQ(shared.failures[0].execution, alone.failures[0].execution);
  EXPECT_GT(shared.failures[0].execution, task.quantum);
}

// The program itself kills its process in the middle, once: the file says whether it has.
TEST_F(parallel, what_a_dead_worker_did_is_done_again) {
  const std::string killed = file("killed");
  unsigned run_number = 0;  // of the worker's own
  const checker::program p = program_of([&](run& t) {
    word x(0, "x"), y(0, "y");
    for (const char* name : {"a", "b", "c"}) {
      t.go(name, [&] {
        x.fetch_add(1, relaxed);
        y.fetch_add(1, relaxed);
      });
    }
    t.join();
    if (++run_number == 20 && !std::filesystem::exists(killed)) {
      if (std::FILE* f = std::fopen(killed.c_str(), "w")) std::fclose(f);
      ::kill(::getpid(), SIGKILL);
    }
  });
  Task task = task_of(p, "dpor", "rc11");
  const std::uint64_t expected = [&] {
    std::ofstream(killed) << "not now";
    const std::uint64_t n = explore(task).executions;
    std::filesystem::remove(killed);
    return n;
  }();
  EXPECT_GT(expected, 25U);
  task.jobs = 2;
  task.quantum = 9;
  run_number = 0;
  const Result r = explore(task);
  EXPECT_EQ(r.died, 1U);
  EXPECT_EQ(r.verdict, Verdict::verified) << failure_of(r);
  EXPECT_EQ(r.executions, expected);
}

TEST_F(parallel, a_checkpoint_that_is_no_good_is_refused) {
  Task task = fibonacci("sc", 1);
  task.checkpoint = file("good");
  explore(task);
  std::ifstream in(file("good"), std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const auto refused = [&](const std::string& bytes) {
    std::ofstream(file("bad"), std::ios::binary) << bytes;
    Task resumed = fibonacci("sc", 1);
    resumed.resume = file("bad");
    EXPECT_THROW(explore(resumed), checker::CheckpointError);
  };
  refused("");
  refused("something else\n");
  refused(good.substr(0, good.size() / 2));
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  refused(flipped);
  std::string newer = good;
  newer[newer.find('\n') - 1] = '9';
  refused(newer);
  Task other = fibonacci("rc11", 1);
  other.resume = file("good");
  EXPECT_THROW(explore(other), checker::CheckpointError);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
