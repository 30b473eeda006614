// How many executions are there? A sample of dpor's tree tells: of all that the runs of one level
// leave to be explored some are taken at random and run, and so on, level by level. Each of them
// stands for as many as there were for one that was taken, so that what complete executions stand
// for adds up, in the mean, to their number.
//
// Source: Knuth, "Estimating the efficiency of backtrack programs", Mathematics of Computation 29,
// 1975, which takes one at each level; with several, which a tree as uneven as ours needs:
// Rubinstein, "Stochastic enumeration method for counting NP-hard problems", Methodology and
// Computing in Applied Probability 15, 2013.
//
// The deviation is of the mean of several samples, estimated from these. Where the greater part of
// the tree lies where few of its branches are, both are too small.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore/dpor.hpp"
#include "checker/explore/exploration.hpp"
#include "checker/explore/rng.hpp"

namespace tenterhook::checker {

class Estimate {
 public:
  Estimate(const Task& task, GraphModel model, std::uint32_t threads);

  // Takes samples until so many executions have been run for the estimate in all.
  void sample(Exploration& exploration, std::uint64_t runs);
  // After as many executions of the exploration, which somebody watches or which is limited: at
  // powers of two samples as much as makes a small part of it, and writes the result into that of
  // the exploration.
  void look_up(Exploration& exploration, std::uint64_t executions);

  // In complete executions.
  double total() const;
  double deviation() const;
  std::uint64_t samples() const { return samples_; }

 private:
  struct Branch {
    std::size_t frame, item;
  };

  double one(Exploration& exploration);
  bool run(Exploration& exploration);
  void choose();

  Dpor dpor_;
  Rng rng_;
  std::uint64_t runs_ = 0, samples_ = 0;
  double sum_ = 0, squares_ = 0;
  std::vector<Dpor::Frame> level_, next_;  // what is left at this level, at the next
  std::vector<Branch> branches_;           // of this level
};

// The part that was explored, where there is an estimate of the whole.
void set_explored(Result& result);

}  // namespace tenterhook::checker
