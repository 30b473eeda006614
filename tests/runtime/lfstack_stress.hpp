// Two stacks under stress: nodes go from either to either, and each is held by one at a time.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "runtime/sync/lfstack.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Thread safe, but for the constructor and expect_all.
class lfstack_stress {
 public:
  explicit lfstack_stress(std::size_t count) : nodes_(count) {
    for (std::size_t i = 0; i < count; i++) lfstackpush(stacks_[i % 2], &nodes_[i].node);
  }

  // Takes a node, if there is one, and puts it back; between() comes while it is held.
  template <class F>
  void turn(std::size_t from, std::size_t to, F between) {
    lfnode* node = lfstackpop(stacks_[from % 2]);
    if (node == nullptr) return;
    auto* mine = reinterpret_cast<counted*>(node);
    twice_ += mine->held++;
    between();
    mine->held--;
    lfstackpush(stacks_[to % 2], node);
  }

  // No node was lost, and none given twice.
  void expect_all() {
    EXPECT_EQ(twice_, 0);
    std::size_t left = 0;
    for (lfstack& stack : stacks_) {
      while (lfnode* node = lfstackpop(stack)) {
        EXPECT_EQ(reinterpret_cast<counted*>(node)->held++, 0);
        left++;
      }
    }
    EXPECT_EQ(left, nodes_.size());
  }

 private:
  struct counted {
    lfnode node;  // first, so that the node's address is ours
    std::atomic<int> held{0};
  };
  std::vector<counted> nodes_;
  lfstack stacks_[2];
  std::atomic<int> twice_{0};
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
