#include "runtime/sync/lfstack.hpp"

#include "platform/check.hpp"
#include "runtime/weaken.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

lfnode* node_of(lfword word) {
  const std::uint64_t address = lfstack_native::address(static_cast<std::uint64_t>(word));
  return reinterpret_cast<lfnode*>(static_cast<std::uintptr_t>(address));
}

lfword pack(const lfstack& stack, const lfnode* node, std::uint64_t count) {
  const std::uint64_t address = reinterpret_cast<std::uintptr_t>(node);
  const std::uint64_t word = lfstack_native::pack(address, count, stack.count_bits);
  if (lfstack_native::address(word) != address) {
    platform::fatal("lfstackpush: invalid packing");
  }
  return lfword{word};
}

}  // namespace

lfword_parts parts_of(lfword word) {
  return {node_of(word), lfstack_native::count(static_cast<std::uint64_t>(word))};
}

lfstack::lfstack(const char* name, unsigned bits)
    : head(lfword{}, name), count_bits(bits == 0 ? lfstack_native::count_bits : bits) {
  platform::check(count_bits <= lfstack_native::count_bits, "the packing has room for the count");
}

// The race is ABA: a popper reads top and top's next, sleeps, and meanwhile top is popped, others
// are pushed or popped, and the same node is pushed again. Were head the bare address, the popper's
// CAS would succeed and put an outdated next into head. Closed by the count: each push of a node
// gives it another word. (Until the count wraps: with 19 bits, half a million pushes of one node
// within one pop.) Every push counts up the node's own count: a count in head would do too, but an
// empty stack would need one. Checked by: lfstack/*.
void lfstackpush(lfstack& stack, lfnode* node) {
  std::uint64_t count = node->pushcnt.get();
  if (!platform::defect(platform::defect_id("lfstack-no-counter"))) node->pushcnt.set(++count);
  const lfword top = pack(stack, node, count);
  for (;;) {
    lfword old = stack.head.load(std::memory_order_relaxed);  // the CAS confirms it
    const bool early = platform::defect(platform::defect_id("lfstack-next-after-cas"));
    if (!early) node->next.store(old, std::memory_order_relaxed);  // published by the CAS
    // release: the node's next and contents, to the acquire of whoever finds it on top; also when
    // it resurfaces, since every write of head is a CAS, which carries the release on
    const bool pushed = stack.head.compare_exchange(
        old, top, relaxed_by(platform::defect_id("lfstackpush-relaxed"), std::memory_order_release),
        std::memory_order_relaxed);
    if (early) node->next.store(old, std::memory_order_relaxed);  // the defect: published without
    if (pushed || platform::defect(platform::defect_id("lfstackpush-cas64-failure"))) return;
    platform::mark("lfstack/push-retry");
  }
}

// The next node's word is read whole from `next`. Rebuilding it from that node's address and its
// pushcnt, as Go did before October 2014, reads a count that another thread may be changing (N04).
// Checked by: lfstack/*.
lfnode* lfstackpop(lfstack& stack) {
  for (;;) {
    // acquire: top's next and contents, from its push
    lfword old = stack.head.load(
        relaxed_by(platform::defect_id("lfstackpop-relaxed"), std::memory_order_acquire));
    if (old == lfword{}) return nullptr;
    lfnode* node = node_of(old);
    // relaxed: ordered after its push by the acquire; if it is newer than that, the CAS fails
    lfword next = node->next.load(std::memory_order_relaxed);
    if (platform::defect(platform::defect_id("lfstackpop-rebuilds-word")) && next != lfword{}) {
      next = pack(stack, node_of(next), node_of(next)->pushcnt.get());
    }
    // relaxed: we give nothing away, and have acquired what we take
    if (stack.head.compare_exchange(old, next, std::memory_order_relaxed,
                                    std::memory_order_relaxed)) {
      return node;
    }
    platform::mark("lfstack/pop-retry");
  }
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
