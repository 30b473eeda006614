// history/lfstack: the calls of any small program on a lock-free stack are explained by a stack's
// sequential specification, lfstack of properties/spec/calls.hpp.
#include <deque>

#include "properties/catalogue.hpp"
#include "properties/recorder.hpp"
#include "properties/spec/calls.hpp"
#include "runtime/sync/lfstack.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::properties {
namespace {

using tenterhook::properties::explained;
using tenterhook::properties::spec::list;
using tenterhook::properties::spec::nobody;
namespace spec = tenterhook::properties::spec;

// A stack, and nodes that know their numbers, from 1.
class numbered_stack {
 public:
  struct numbered {
    explicit numbered(std::int64_t n) : node(static_cast<int>(n)), number(n, "number") {}
    runtime::lfnode node;  // first: a node's address is its owner's
    platform::plain<std::int64_t> number;
  };

  explicit numbered_stack(std::int64_t count) {
    for (std::int64_t i = 1; i <= count; i++) {
      all_.push_back(platform::create<numbered>(i));
      platform::label(all_.back(), sizeof(numbered), "node", i);
    }
  }
  numbered_stack(const numbered_stack&) = delete;
  numbered_stack& operator=(const numbered_stack&) = delete;
  ~numbered_stack() {
    for (numbered* n : all_) platform::destroy(n);
  }

  // REQUIRES: the caller holds the node.
  void push(std::int64_t number) {
    numbered* n = all_.at(static_cast<std::size_t>(number - 1));
    n->number.set(number);  // for the popper to read
    runtime::lfstackpush(stack_, &n->node);
  }

  std::int64_t pop() {
    runtime::lfnode* node = runtime::lfstackpop(stack_);
    return node == nullptr ? nobody : reinterpret_cast<numbered*>(node)->number.get();
  }

 private:
  runtime::lfstack stack_;
  std::vector<numbered*> all_;
};

void run_op(numbered_stack& s, recorder& calls, std::size_t i, int op,
            std::deque<std::int64_t>& held) {
  if (op == spec::lfstack::pop) {
    calls.made(i, op, {}, [&s, &held]() -> list {
      const std::int64_t number = s.pop();
      if (number != nobody) held.push_back(number);
      return {number};
    });
    return;
  }
  if (held.empty()) return;  // nothing to push
  const bool newest = op == spec::lfstack::push_newest;
  const std::int64_t number = newest ? held.back() : held.front();
  newest ? held.pop_back() : held.pop_front();
  calls.made(i, op, {number}, [&s, number]() -> list {
    s.push(number);
    return {};
  });
}

void stack(run& t) {
  const small_program threads =
      program_of(t, spec::lfstack::push_oldest, spec::lfstack::push_oldest);
  const std::int64_t stacked = t["stacked"];
  const std::int64_t each = t["held"];
  numbered_stack s(stacked + each * static_cast<std::int64_t>(threads.size()));
  spec::lfstack start;
  for (std::int64_t number = stacked; number >= 1; number--) {
    s.push(number);
    start.nodes.push_back(number);
  }
  std::vector<std::deque<std::int64_t>> held(threads.size());
  recorder recorded(threads.size());
  std::int64_t next = stacked;
  for (std::size_t i = 0; i < threads.size(); i++) {
    for (std::int64_t k = 0; k < each; k++) held[i].push_back(++next);
    t.go(thread_names[i], [&s, &recorded, &ops = threads[i], &mine = held[i], i] {
      for (const int op : ops) run_op(s, recorded, i, op, mine);
    });
  }
  t.join();
  list rest;  // no more than there are nodes, though the stack may have become a ring
  for (std::int64_t k = 0; k <= next; k++) {
    const std::int64_t number = s.pop();
    if (number == nobody) break;
    rest.insert(rest.begin(), number);
  }
  platform::check(explained(recorded.calls(), start,
                            [&rest](const spec::lfstack& end) { return end.nodes == rest; }),
                  "the calls on a stack took effect in some order that explains them all");
}

}  // namespace

void add_history_lfstack(checker::catalogue& all) {
  program calls;
  calls.name = "history/lfstack";
  calls.about = "any calls on a lock-free stack take effect in an order that explains them";
  calls.parameters = {{"program", 12011, 1, tenterhook::properties::largest_program,
                       "threads, between 0s: 1 pop, of what is held: 2 push the newest, 3 the "
                       "oldest"},
                      {"stacked", 2, 0, 4, "nodes in the stack before"},
                      {"held", 0, 0, 2, "nodes that each thread holds before"}};
  calls.threads = 1 + most_program_threads;
  calls.body = body(stack);
  calls.marks = {"lfstack/push-retry", "lfstack/pop-retry"};
  calls.budget = budgets{0, 0, 0, 0};
  all.push_back(calls);
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
