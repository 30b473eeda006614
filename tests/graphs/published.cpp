// The brute force gives the published numbers of executions: those that GenMC 0.10.3
// (Kokologiannakis, Vafeiadis, CAV 2021) and, under sc, Nidhugg with optimal exploration (Abdulla,
// Aronis, Jonsson, Sagonas, POPL 2014) agree on.
#include <gtest/gtest.h>

#include <string>

#include "tests/graphs/brute.hpp"

namespace tenterhook::graphs {
namespace {

struct counts {
  std::size_t sc, tso, rc11;
};

template <class Program>
void meets(const std::string& name, const Program& p, const counts& published) {
  EXPECT_EQ(executions(p, "sc").size(), published.sc) << name << " under sc";
  EXPECT_EQ(executions(p, "tso").size(), published.tso) << name << " under tso";
  EXPECT_EQ(executions(p, "rc11").size(), published.rc11) << name << " under rc11";
}

// Thread i of n has the instructions that `of(i, (i + 1) % n)` gives.
template <class Of>
program ring(int n, Of of) {
  program p{n, {}};
  for (int i = 0; i < n; ++i) p.threads.push_back(of(i, (i + 1) % n));
  return p;
}

TEST(published, store_buffering) {
  const auto sb = [](int i, int next) { return thread{store(i, 1), load(next)}; };
  meets("sb 2", ring(2, sb), {3, 4, 4});
  meets("sb 3", ring(3, sb), {7, 8, 8});
  meets("sb 5", ring(5, sb), {31, 32, 32});
  const auto sbf = [](int i, int next) { return thread{store(i, 1), fence(), load(next)}; };
  meets("sbf 2", ring(2, sbf), {3, 3, 3});
  meets("sbf 3", ring(3, sbf), {7, 7, 7});
  meets("sbf 5", ring(5, sbf), {31, 31, 31});
}

TEST(published, load_buffering_and_write_write) {
  const auto lb = [](int i, int next) { return thread{load(next), store(i, 1)}; };
  meets("lb 2", ring(2, lb), {3, 3, 3});
  meets("lb 3", ring(3, lb), {7, 7, 7});
  const auto w22 = [](int i, int next) { return thread{store(i, 1), store(next, 2)}; };
  meets("w22 2", ring(2, w22), {3, 3, 4});
  meets("w22 3", ring(3, w22), {7, 7, 8});
}

program message_passing(int readers, std::memory_order publish, std::memory_order observe) {
  program p{2, {{store(0, 1), store(1, 1, publish)}}};
  for (int i = 0; i < readers; ++i) p.threads.push_back({load(1, observe), load(0)});
  return p;
}

TEST(published, message_passing_and_causality) {
  meets("mp 1", message_passing(1, relaxed, relaxed), {3, 3, 4});
  meets("mp 2", message_passing(2, relaxed, relaxed), {9, 9, 16});
  meets("mpra 1", message_passing(1, release, acquire), {3, 3, 3});
  meets("mpra 3", message_passing(3, release, acquire), {27, 27, 27});
  const program wrc{2,
                    {{store(0, 1)}, {load(0), store(1, 1, release)}, {load(1, acquire), load(0)}}};
  meets("wrc", wrc, {7, 7, 7});
  const program iriw{2,
                     {{store(0, 1)},
                      {store(1, 1)},
                      {load(0, acquire), load(1, acquire)},
                      {load(1, acquire), load(0, acquire)}}};
  meets("iriw", iriw, {15, 15, 16});
}

// So message passing is as strong as the order of failure, whatever that of success is.
TEST(published, a_failed_compare_exchange_is_a_load_with_its_order_of_failure) {
  const auto passing = [](std::memory_order success, std::memory_order failure) {
    const instruction fails = compare_exchange(1, 5, 6, success, failure);
    return program{2, {{store(0, 1), store(1, 1, release)}, {fails, load(0)}}};
  };
  EXPECT_EQ(executions(passing(relaxed, acquire), "rc11").size(), 3);
  EXPECT_EQ(executions(passing(acquire, relaxed), "rc11").size(), 4);
}

// scb of RC11 holds what is ordered by happens-before with program order at both ends, so that a
// seq_cst thread may be split in two that synchronise. No litmus test here needs it.
TEST(published, store_buffering_is_forbidden_across_a_thread_that_synchronises) {
  const auto shows = [](std::memory_order publish, std::memory_order observe) {
    const program p{3,
                    {{store(0, 1, seq_cst), store(2, 1, publish)},
                     {load(2, observe), load(1, seq_cst)},
                     {store(1, 1, seq_cst), load(0, seq_cst)}}};
    return outcomes_of(executions(p, "rc11")).contains({{{}, {1, 0}, {0}}, {1, 1, 1}});
  };
  EXPECT_FALSE(shows(release, acquire));
  EXPECT_TRUE(shows(relaxed, relaxed));
}

TEST(published, one_variable) {
  program ainc{1, {5, {fetch_add(0, 1)}}};
  meets("ainc 5", ainc, {120, 120, 120});
  program casrot{1, {}}, nw1r{1, {}}, readers{1, {{store(0, 1)}}}, race1{1, {{}, {}}};
  for (int i = 0; i < 4; ++i) casrot.threads.push_back({compare_exchange(0, i, i + 1)});
  meets("casrot 4", casrot, {14, 14, 14});
  for (int i = 0; i < 5; ++i) nw1r.threads.push_back({store(0, i + 1)});
  nw1r.threads.push_back({load(0)});
  meets("nw1r 5", nw1r, {720, 720, 720});
  for (int i = 0; i < 8; ++i) readers.threads.push_back({load(0)});
  meets("readers 8", readers, {256, 256, 256});
  for (int i = 0; i < 4; ++i) {
    race1.threads[0].push_back(store(0, i + 1));
    race1.threads[1].push_back(load(0));
  }
  meets("race1 4", race1, {70, 70, 70});
}

// The values do not matter for the number.
TEST(published, fibonacci) {
  const thread x = {load(0), load(1), store_last(0, 1)}, y = {load(0), load(1), store_last(1, 1)};
  program fib{2, {x, y}};
  fib.threads[0].insert(fib.threads[0].end(), x.begin(), x.end());
  fib.threads[1].insert(fib.threads[1].end(), y.begin(), y.end());
  meets("fib 2", fib, {19, 20, 20});
}

}  // namespace
}  // namespace tenterhook::graphs
