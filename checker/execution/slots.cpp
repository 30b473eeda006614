// Threads and their slots: their places among the threads of an execution.
#include <cstring>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker {

// The slot of the parent's n-th start: the same in every execution that has it, unless others took
// all slots in between.
Thread& Execution::spawn_slot(Thread& parent, const char* name) {
  Thread& child = *threads_[slot_of(parent.slot, parent.started++)];
  const std::size_t length = std::strlen(name);  // it may have another one each time
  if (child.name.compare(0, length, name) != 0 ||
      child.name.size() != length + 1 + child.path.size()) {
    child.name.assign(name).append("#").append(child.path);
  }
  return child;
}

std::uint32_t Execution::slot_of(std::uint32_t parent_slot, std::uint32_t nth) {
  Thread& parent = *threads_[parent_slot];
  if (nth < parent.children.size()) return parent.children[nth];
  if (nth > parent.children.size()) slot_of(parent_slot, nth - 1);
  Thread& child = unused_thread();
  child.parent = parent.slot;
  child.name.clear();
  child.path = (parent.path.empty() ? "" : parent.path + ".") + std::to_string(nth + 1);
  child.path_hash = mix(parent.path_hash, nth + 1);
  parent.children.push_back(child.slot);
  return child.slot;
}

// A new one while there are slots; then one of earlier executions that this one does not have. A
// graph's threads keep theirs.
Thread& Execution::unused_thread() {
  if (threads() >= clocks_.width() && !options_.on_graphs) {
    for (const auto& of : threads_) {
      if (of->children.empty() || threads_[of->children.back()]->state != ThreadState::unborn) {
        continue;
      }
      Thread* parent = of.get();
      while (!threads_[parent->children.back()]->children.empty()) {
        parent = threads_[parent->children.back()].get();
      }
      Thread& last = *threads_[parent->children.back()];
      parent->children.pop_back();
      return last;
    }
  }
  threads_.push_back(std::make_unique<Thread>());
  threads_.back()->slot = threads() - 1;
  return *threads_.back();
}

}  // namespace tenterhook::checker
