#include "checker/explore/estimate.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tenterhook::checker {
namespace {
constexpr std::uint64_t kSeed = 1;         // any: the same exploration has the same estimate
constexpr std::uint64_t kFrom = 1U << 13;  // executions; what has fewer is done before one asks
constexpr std::uint64_t kLeast = 4'000;    // executions for a first estimate,
constexpr std::uint64_t kPart = 16;        // and one for so many explored
constexpr std::size_t kWidth = 64;         // branches of a level that are taken
}  // namespace

Estimate::Estimate(const Task& task, GraphModel model, std::uint32_t threads)
    : dpor_(model, threads, false), rng_(kSeed) {
  if (task.bounded) dpor_.bound(task.preemptions);
}

bool Estimate::run(Exploration& e) {
  ++runs_;
  const Outcome outcome = e.execution().run_directed(e.body(), dpor_.graph(), dpor_);
  return outcome == Outcome::complete && !dpor_.beyond();
}

// The branches of the level that are taken: all, or kWidth of them, each set as likely as another.
void Estimate::choose() {
  branches_.clear();
  for (std::size_t f = 0; f < level_.size(); ++f) {
    for (std::size_t i = 0; i < level_[f].items.size(); ++i) branches_.push_back({f, i});
  }
  if (branches_.size() <= kWidth) return;
  for (std::size_t i = 0; i < kWidth; ++i) {
    const auto left = static_cast<std::uint32_t>(branches_.size() - i);
    std::swap(branches_[i], branches_[i + rng_.below(left)]);
  }
}

double Estimate::one(Exploration& e) {
  dpor_.restart();
  double found = run(e) ? 1 : 0, stands_for = 1;
  level_.assign(1, dpor_.left());
  for (;;) {
    choose();
    if (branches_.empty()) return found;
    const std::size_t taken = std::min(branches_.size(), kWidth);
    stands_for *= static_cast<double>(branches_.size()) / static_cast<double>(taken);
    next_.clear();
    for (std::size_t i = 0; i < taken; ++i) {
      const Dpor::Frame& from = level_[branches_[i].frame];
      if (dpor_.enter(from, from.items[branches_[i].item]) && run(e)) found += stands_for;
      if (!dpor_.left().items.empty()) next_.push_back(dpor_.left());
    }
    std::swap(level_, next_);
  }
}

void Estimate::sample(Exploration& e, std::uint64_t runs) {
  while (runs_ < runs && !e.execution().unsupported()) {
    const double found = one(e);
    ++samples_;
    sum_ += found;
    squares_ += found * found;
  }
}

void Estimate::look_up(Exploration& e, std::uint64_t executions) {
  const bool wanted = e.task().progress || e.task().runs != 0;
  if (!wanted || executions < kFrom || !std::has_single_bit(executions)) return;
  sample(e, kLeast + executions / kPart);
  e.result().total = total();
  e.result().deviation = deviation();
}

double Estimate::total() const {
  return samples_ == 0 ? 0 : sum_ / static_cast<double>(samples_);
}

double Estimate::deviation() const {
  if (samples_ < 2) return total();
  const double n = static_cast<double>(samples_);
  return std::sqrt(std::max(0.0, squares_ / n - total() * total()) / (n - 1));
}

void set_explored(Result& r) {
  if (r.total <= 0) return;
  const double done = static_cast<double>(r.executions);
  r.total = std::max(r.total, done + r.deviation);  // then it was too small
  r.explored = done / r.total;
}

}  // namespace tenterhook::checker
