// POWER and ARMv7 as predicates on execution graphs: Alglave, Maranget, Tautschnig, "Herding cats",
// TOPLAS 2014, figures 5, 18 and 25 (for ARM without po-loc in ppo, and every barrier strong):
//
//   sc per location   po-loc | com has no cycle             Graph::least_rank
//   no thin air       ppo | fences | rfe has none           nothing to do: it is part of (po | rf)
//   observation       fre; prop; hb* is irreflexive         allows()
//   propagation       co | prop has no cycle                allows()
//
// and what herd7's models add for store-conditionals: co with the program order of those that
// succeed has no cycle.
//
//   hb        = ppo | fences | rfe
//   prop-base = (fences | rfe; fences); hb*
//   prop      = (prop-base & W*W) | com*; prop-base*; strong; hb*      strong: the full fences
//
// Since a graph grows at the ends of threads, what is before an event in ppo, hb, prop-base and
// strong never changes once the event is there. So each event keeps its predecessors as sets of
// bits, computed from those of the events before it; co and com are looked at when a cycle is
// searched for. An event that reads the newest write, or is the newest, has nothing after it, and
// needs no search.
//
// Thread start, join, wakes and operations of futexes' queues are full fences, as the kernel's.
//
// Thread safety: none; a part of Graph.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tenterhook::checker {

class Bytes;
class Graph;
struct Event;

class HardwareOrder {
 public:
  using Id = std::uint32_t;

  // `grows`: an event is only ever after those added before it, which takes less room.
  void reset(bool grows);
  // The event is there, its source and its place in coherence too, with nothing after it.
  void add(const Graph& graph, Id event);
  void truncate(std::size_t events);
  // Becomes that part of `from` whose event n is now named names[n], if it has a name.
  void keep(const HardwareOrder& from, const std::vector<Id>& names, std::size_t events);
  void save(Bytes& out) const;
  void load(Bytes& in);

  // May the event be there? REQUIRES: it is the last of its thread, as is each of its readers; the
  // graph is consistent without it, and with it has sc per location.
  bool allows(const Graph& graph, Id event);
  // Must a next event of the thread, a write or not, come after the event, or not read from before
  // it? Then the event is before the thread's last fence. (No answer is not "no".)
  bool fenced(const Graph& graph, std::uint32_t thread, bool write, Id event) const;

 private:
  using Word = std::uint64_t;
  // Which events are before this one in
  enum Row : std::uint32_t {
    base,    // prop-base
    chain,   // prop-base+
    strong,  // prop-base*; strong; hb*
    writes,  // (prop-base & W*W); hb*
    rows_of_an_event,
    // of a fence: what is so before a read behind it, and before a write behind it
    read_base = 0,
    write_base = rows_of_an_event,
    rows_of_a_fence = 2 * rows_of_an_event
  };
  // By place in the thread, of those since its last fence that has all reads before it, since what
  // such a fence orders is ordered by more than ppo: ppo's auxiliary relations, init or commit to
  // init or commit.
  enum Place : std::uint32_t {
    ii, ic, ci, cc,
    ctrl_fence,  // reads with a branch before an isync or isb that is not behind this event
    address_po,  // reads on which an address depended that is not behind this event
    rows_of_places
  };
  struct Own {  // of an event
    Id fence = ~Id{0};           // the thread's last fence, it included; none: ~0
    std::uint32_t since = 0;     // its thread's places from here on are in its rows by place
    std::uint32_t end = 0;       // words of such a row
    std::uint32_t width = 0;     // words of its rows of events
    std::size_t places = 0;      // where the rows by place begin
    std::size_t rows = 0;        // where its rows of events begin
    std::size_t fence_rows = 0;  // and those of a fence
    bool alike = false;  // a full fence: it has so many rows only as an event has, since what is
                         // so before a read behind it is before a write
  };

  std::size_t place_of(Id event, std::uint32_t r) const {
    return own_[event].rows + std::size_t{r} * own_[event].width;
  }
  std::size_t place_behind(Id fence, std::uint32_t r) const {
    const Own& own = own_[fence];
    return own.fence_rows + std::size_t{own.alike ? r % rows_of_an_event : r} * own.width;
  }
  std::size_t fence_words(Id fence) const {
    return std::size_t{own_[fence].alike ? rows_of_an_event : rows_of_a_fence} *
           own_[fence].width;
  }
  Word* row(Id event, std::uint32_t r) { return &bits_[place_of(event, r)]; }
  const Word* row(Id event, std::uint32_t r) const { return &bits_[place_of(event, r)]; }
  Word* fence_row(Id fence, std::uint32_t r) { return &fence_bits_[place_behind(fence, r)]; }
  const Word* fence_row(Id fence, std::uint32_t r) const {
    return &fence_bits_[place_behind(fence, r)];
  }
  Word* place_row(Id event, Place p) {
    return &place_bits_[own_[event].places + std::size_t{p} * own_[event].end];
  }
  static bool has(const Word* set, Id bit) { return ((set[bit / 64] >> (bit % 64)) & 1) != 0; }
  static void put(Word* set, Id bit) { set[bit / 64] |= Word{1} << (bit % 64); }
  // Joins a row of the event `from`, or of what is behind it; REQUIRES: no wider than `into`.
  void join(Word* into, const Word* row, Id from) const { unite(into, row, own_[from].width); }
  // Likewise all rows of an event, or of what is behind a fence.
  void join_all(Word* into, Id to, const Word* rows, Id from) const;
  // Four words a turn, which compilers make of wider ones.
  static void unite(Word* into, const Word* from, std::size_t words) {
    std::size_t w = 0;
    for (; w + 4 <= words; w += 4) {
      const Word a = into[w] | from[w], b = into[w + 1] | from[w + 1];
      const Word c = into[w + 2] | from[w + 2], d = into[w + 3] | from[w + 3];
      into[w] = a;
      into[w + 1] = b;
      into[w + 2] = c;
      into[w + 3] = d;
    }
    for (; w < words; ++w) into[w] |= from[w];
  }
  // The rows by place of two events with the same first place, `from` the earlier one.
  void join_places(Id into, Place to, Id from, Place which);
  void put_place(Id event, Place to, std::uint32_t place) {
    const Own& own = own_[event];
    if (place >= own.since) put(place_row(event, to), place - own.since);
  }
  template <class Visit>
  static void each(const Word* set, std::size_t first, std::size_t end, Visit visit) {
    for (std::size_t w = first; w < end; ++w) {
      for (Word rest = set[w]; rest != 0; rest &= rest - 1) {
        visit(static_cast<Id>(w * 64) + static_cast<Id>(std::countr_zero(rest)));
      }
    }
  }
  // The events in the event's row.
  template <class Visit>
  void each_in(Id event, Row r, Visit visit) const {
    each(row(event, r), 0, own_[event].width, visit);
  }
  void widen(std::size_t events);
  void place_rows(Own& own, bool orders);

  void own(const Graph& graph, Id event, bool orders);
  void depends(Id event, const Event& on, Word mask, Place into);
  void preserved(const Graph& graph, Id event);
  void close_preserved(const Graph& graph, Id event);
  void fence(const Graph& graph, Id event);
  void pass_on(Id from, Id to);
  void contribute(const Graph& graph, Id access, Id to, std::uint32_t first, bool strong_fence);
  void access(const Graph& graph, Id event);

  bool observed(const Graph& graph, Id read) const;
  bool seen_before(const Graph& graph, Id write) const;
  bool before_itself(const Graph& graph, Id event);
  bool pairs_cross(const Graph& graph, Id event);
  void visit(Id event);
  void visit_coherence_before(const Graph& graph, Id access);

  bool grows_ = false;
  std::size_t words_ = 1;  // of the widest row of events
  std::vector<Own> own_;
  std::vector<Word> bits_, fence_bits_, place_bits_;
  std::vector<Word> stores_;  // which events are writes
  // the search for a cycle
  std::vector<Word> seen_, after_;
  std::vector<Id> work_;
  Id bound_ = 0;  // what is below it is of no use
  std::vector<std::uint32_t> done_;  // by location: places below are visited
};

}  // namespace tenterhook::checker
