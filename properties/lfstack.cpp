// lfstack/*: nodes of the lock-free stack are neither lost nor handed out twice.
#include "runtime/sync/lfstack.hpp"

#include <vector>

#include "properties/catalogue.hpp"
#include "properties/cells.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using numbers = std::vector<std::int64_t>;  // of the nodes that a thread holds, or held

// A stack and its nodes, numbered from 0. What a node carries is written before each push.
class stacked {
 public:
  explicit stacked(std::int64_t count) : carried_("carried", count, 0) {
    for (int i = 0; i < count; i++) {
      nodes_.push_back(platform::create<runtime::lfnode>(i));
      platform::label(nodes_.back(), sizeof(runtime::lfnode), "node", i);
    }
  }
  stacked(const stacked&) = delete;
  stacked& operator=(const stacked&) = delete;
  ~stacked() {
    for (runtime::lfnode* node : nodes_) platform::destroy(node);
  }

  void push(std::int64_t number) {
    carried_[number].set(carried_[number].get() + 1);
    runtime::lfstackpush(stack_, nodes_.at(static_cast<std::size_t>(number)));
  }

  // The number of the node popped; false: the stack was empty.
  bool pop(std::int64_t& number) {
    const runtime::lfnode* node = runtime::lfstackpop(stack_);
    if (node == nullptr) return false;
    number = 0;
    while (nodes_.at(static_cast<std::size_t>(number)) != node) number++;
    platform::check(carried_[number].get() > 0, "what a pusher wrote is there for the popper");
    return true;
  }

  // REQUIRES: all threads are joined; `held` is what they kept.
  void each_in_one_place(const std::vector<numbers>& held) {
    std::vector<int> places(nodes_.size(), 0);
    for (const numbers& list : held) {
      for (const std::int64_t number : list) places.at(static_cast<std::size_t>(number))++;
    }
    std::int64_t number = 0;
    for (std::size_t i = 0; i <= nodes_.size() && pop(number); i++) {
      places.at(static_cast<std::size_t>(number))++;
    }
    for (const int n : places) {
      platform::check(n <= 1, "no node is in two places");
      platform::check(n >= 1, "no node is lost");
    }
  }

 private:
  runtime::lfstack stack_;
  std::vector<runtime::lfnode*> nodes_;
  cells<platform::plain<int>> carried_;
};

// Each thread pushes its own node and pops one, whichever it is.
void push_pop(run& t) {
  const std::int64_t threads = t["threads"];
  const std::int64_t rounds = t["rounds"];
  stacked s(threads);
  std::vector<numbers> held(static_cast<std::size_t>(threads));
  for (std::int64_t i = 0; i < threads; i++) {
    t.go(thread_names[i], [&s, &mine = held[static_cast<std::size_t>(i)], i, rounds] {
      mine.push_back(i);
      for (std::int64_t k = 0; k < rounds; k++) {
        if (!mine.empty()) {
          const std::int64_t number = mine.back();
          mine.pop_back();
          s.push(number);
        }
        std::int64_t number = 0;
        if (s.pop(number)) mine.push_back(number);
      }
    });
  }
  t.join();
  s.each_in_one_place(held);
}

// A popper against one who pops two nodes and pushes them again in the order in which they came:
// the top is then the node that the popper may have seen there, over another one.
void aba(run& t) {
  const std::int64_t back = t["back"];
  stacked s(t["nodes"]);
  for (std::int64_t i = t["nodes"] - 1; i >= 0; i--) s.push(i);
  std::vector<numbers> held(2);
  t.go("popper", [&s, &mine = held[0]] {
    std::int64_t number = 0;
    if (s.pop(number)) mine.push_back(number);
  });
  t.go("recycler", [&s, &mine = held[1], back] {
    std::int64_t number = 0;
    for (int k = 0; k < 2; k++) {
      if (s.pop(number)) mine.push_back(number);
    }
    for (std::int64_t k = 0; k < back && !mine.empty(); k++) {
      number = mine.front();
      mine.erase(mine.begin());
      s.push(number);
    }
  });
  t.join();
  s.each_in_one_place(held);
}

}  // namespace

void add_lfstack(checker::catalogue& all) {
  program push;
  push.name = "lfstack/pushpop";
  push.about = "threads that push and pop neither lose a node nor share one";
  push.parameters = {{"threads", 2, 1, 4, "threads, a node each"},
                     {"rounds", 1, 1, 4, "a push and a pop each"}};
  push.threads = 5;  // with four
  push.body = body(push_pop);
  push.marks = {"lfstack/push-retry", "lfstack/pop-retry"};
  push.budget = budgets{0, 0, 0, 0};
  all.push_back(push);

  program recycle;
  recycle.name = "lfstack/aba";
  recycle.about = "a popper is not fooled by a node that was popped and pushed again meanwhile";
  recycle.parameters = {{"nodes", 2, 2, 4, "nodes in the stack before"},
                        {"back", 2, 1, 2, "nodes pushed again"}};
  recycle.threads = 3;
  recycle.body = body(aba);
  recycle.marks = {"lfstack/pop-retry"};
  recycle.budget = budgets{0, 0, 0, 0};
  all.push_back(recycle);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
