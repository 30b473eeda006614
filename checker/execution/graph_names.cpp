// Names of events, threads and locations that mean the same in every graph and every process.
#include <algorithm>
#include <stdexcept>

#include "checker/execution/execution.hpp"
#include "checker/execution/hash.hpp"
#include "checker/graph/bytes.hpp"

namespace tenterhook::checker {

std::uint64_t GraphMachine::name_of(EventId event) const {
  if (event >= kPending) return 0;
  const Event& e = (*graph_)[event];
  return x_.threads_[e.thread]->path_hash + e.index + 1;
}

void GraphMachine::save_names(Bytes& out) const {
  out.put(std::uint64_t{x_.threads_.size()});
  for (const auto& t : x_.threads_) {
    const auto& siblings = x_.threads_[t->parent]->children;
    const auto nth = std::find(siblings.begin(), siblings.end(), t->slot) - siblings.begin();
    out.put(t->parent);
    out.put(static_cast<std::uint32_t>(nth));
  }
  out.put(std::uint64_t{places_.size()});
  for (const Place& p : places_) {
    out.put(reinterpret_cast<std::uintptr_t>(p.address));
    out.put(p.generation);
  }
}

GraphMachine::Names GraphMachine::load_names(Bytes& in) {
  Names names;
  const auto threads = in.next<std::uint64_t>();
  for (std::uint64_t i = 0; i < threads; ++i) {
    const auto parent = in.next<std::uint32_t>(), nth = in.next<std::uint32_t>();
    if (i != 0 && parent >= i) throw std::runtime_error("a thread without its parent");
    names.threads.push_back(i == 0 ? 0 : x_.slot_of(names.threads[parent], nth));
  }
  // columns of clocks that no thread has yet go where no thread of theirs is
  for (std::uint32_t slot = 0; names.threads.size() < x_.width(); ++slot) {
    if (std::find(names.threads.begin(), names.threads.end(), slot) == names.threads.end()) {
      names.threads.push_back(slot);
    }
  }
  const auto locations = in.next<std::uint64_t>();
  for (std::uint64_t i = 0; i < locations; ++i) {
    const auto address = in.next<std::uintptr_t>();
    const auto generation = in.next<std::uint32_t>();
    names.locations.push_back(place(reinterpret_cast<const void*>(address), generation));
  }
  return names;
}

// The edges of reads-from and coherence; what was chosen; and how far each thread came.
GraphHash GraphMachine::hash() const {
  GraphHash hash;
  const auto edge = [&](std::uint64_t from, std::uint64_t to, std::uint64_t salt) {
    hash.low += mix(from, to ^ salt);
    hash.high += mix(to + salt, from);
  };
  for (EventId id = 0; id < graph_->size(); ++id) {
    const Event& e = (*graph_)[id];
    if (e.kind == EventKind::write) edge(name_of(id), name_of(e.co_prev), 1);
    else edge(name_of(id), name_of(e.source), e.spurious ? 3 : 2);
    if (e.kind == EventKind::choice) edge(name_of(id), e.value, 4);
  }
  return hash;
}

// The thread that was started right before, if it is identical; else kNoThread.
std::uint32_t GraphMachine::elder_twin(const Thread& self, const Thread& child) const {
  const std::uint32_t index = cursors_[self.slot];
  if (index == 0) return kNoThread;
  const Event& before = (*graph_)[graph_->at(self.slot, index - 1)];
  if (before.kind != EventKind::start) return kNoThread;
  const Thread& elder = *x_.threads_[before.operand];
  const bool identical = elder.run == child.run && elder.argument == child.argument;
  return identical ? elder.slot : kNoThread;
}

}  // namespace tenterhook::checker
