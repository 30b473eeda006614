// The lock-free stack: lfstackpush and lfstackpop of Go 1.4 to 1.6 (lfstack.go, and lfstack_*.go
// for the packings). Head is one 64-bit word, the top node's address and its push count: a popper
// that was overtaken by pop, pop and push of the same node finds another count, and its CAS fails.
//
// Thread safe. What precedes a push is seen by whoever pops the node.
// A popper may read the `next` of a node that is no longer in the stack: memory that was a node
// stays one as long as the stack is in use.
// Errors: a node whose address does not survive packing is fatal, "lfstackpush: invalid packing".
#pragma once

#include <cstdint>

#include "platform/atomic.hpp"
#include "platform/config.hpp"
#include "platform/plain.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Address and count in a word. The address has address_bits bits, of which the low align_bits are
// zero; it is shifted up as far as it goes, over the bits that tell nothing, and the count takes
// the rest. sign_extended: the top bit of an address fills the bits above.
template <unsigned AddressBits, unsigned AlignBits, bool SignExtended>
struct lfstack_packing {
  static_assert(AddressBits <= 64 && AlignBits < AddressBits);

  static constexpr unsigned address_bits = AddressBits;
  static constexpr unsigned align_bits = AlignBits;
  static constexpr unsigned count_bits = 64 - AddressBits + AlignBits;
  static_assert(count_bits > 0 && count_bits < 64);

  // `bits` of the count are kept, at most count_bits.
  static constexpr std::uint64_t pack(std::uint64_t address, std::uint64_t count,
                                      unsigned bits = count_bits) {
    return address << (64 - AddressBits) | (count & ((std::uint64_t{1} << bits) - 1));
  }
  static constexpr std::uint64_t address(std::uint64_t word) {
    if constexpr (SignExtended) {
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(word) >> count_bits) << AlignBits;
    } else {
      return word >> count_bits << AlignBits;
    }
  }
  static constexpr std::uint64_t count(std::uint64_t word) {
    return word & ((std::uint64_t{1} << count_bits) - 1);
  }
};

// 386, arm, amd64p32: two halves.
using lfstack_32bit = lfstack_packing<32, 0, false>;
// amd64: 48-bit addresses, sign extended; 3 zero bits below; 19 bits of count.
using lfstack_amd64 = lfstack_packing<48, 3, true>;
// power64, power64le in 2014: Linux gave user space 43 bits; 24 bits of count.
using lfstack_power64_43 = lfstack_packing<43, 3, false>;
// The same in 1.6: user space has grown to 46 bits, and 48 are allowed for; 19 bits of count.
using lfstack_power64 = lfstack_packing<48, 3, false>;

// This build's. All 64-bit targets have user addresses below 2^47, where the signed packing and
// the unsigned one of power64 agree.
template <unsigned PointerBytes>
struct lfstack_packing_of;
template <>
struct lfstack_packing_of<4> {
  using type = lfstack_32bit;
};
template <>
struct lfstack_packing_of<8> {
  using type = lfstack_amd64;
};
using lfstack_native = lfstack_packing_of<sizeof(void*)>::type;

// A packed word: the node on top, and which push of it that was. Zero: no node.
enum class lfword : std::uint64_t {};

struct lfnode;

// How a trace shows a word: not as a number, which would be another one on each machine.
struct lfword_parts {
  const lfnode* object;
  std::uint64_t number;
};
lfword_parts parts_of(lfword word);

// Embedded in what is stacked, which owns it: lfnode first, or a way back to it.
struct alignas(8) lfnode {
  explicit lfnode(int index = -1)
      : next(lfword{}, "lfnode.next", index), pushcnt(0, "lfnode.pushcnt", index) {}
  lfnode(const lfnode&) = delete;
  lfnode& operator=(const lfnode&) = delete;

  platform::atomic<lfword> next;           // the packed word below; read racily by stale poppers
  platform::plain<std::uint64_t> pushcnt;  // whoever owns the node, that is, is pushing it
};

struct lfstack {
  // count_bits: how much of the count is kept, 0 for all. Few bits bring its wrap into reach.
  explicit lfstack(const char* name = "lfstack",
                   unsigned count_bits = platform::config::lfstack_count_bits);
  lfstack(const lfstack&) = delete;
  lfstack& operator=(const lfstack&) = delete;

  platform::atomic<lfword> head;
  const unsigned count_bits;
};

// REQUIRES: the caller owns the node, and it is in no stack.
void lfstackpush(lfstack& stack, lfnode* node);

// The node pushed last, or nullptr.
lfnode* lfstackpop(lfstack& stack);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
