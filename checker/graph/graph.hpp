// An execution graph: events in program order, reads-from, coherence. It grows by one event at a
// time, at the end of a thread, and only by events that keep it consistent with its model; since
// the models forbid cycles in (po | rf), every prefix of a consistent graph is consistent.
//
// Sources: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11"
// (PLDI 2017), for rc11; Owens, Sarkar, Sewell, "A better x86 memory model" (TPHOLs 2009), for tso;
// Shasha, Snir (TOPLAS 1988) for sc as acyclicity of po, rf, co and fr; for power and arm see
// hardware.hpp.
//
// Thread safety: none. Pure data: no pointers into an execution, so a graph can be copied.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "checker/graph/hardware.hpp"

namespace tenterhook::checker {

class Bytes;

using EventId = std::uint32_t;  // the event's place in the order of insertion
inline constexpr EventId kInitial = ~EventId{0};      // the initial write of a location
inline constexpr EventId kPending = ~EventId{0} - 1;  // a read that waits for its new write
inline constexpr std::uint32_t kNoLocation = ~std::uint32_t{0};
inline constexpr std::uint32_t kNoThread = ~std::uint32_t{0};

// rc11_2017 has the release sequences of its paper and of C++11: a release store's later stores by
// its own thread belong to it. rc11 has C++20's (P0982), which are read-modify-writes only.
enum class GraphModel : std::uint8_t { sc, tso, rc11, rc11_2017, power, arm };

// The order of a non-atomic access that is an event nevertheless: below relaxed, since no fence
// makes it synchronise. No order of C++.
inline constexpr std::memory_order kNonAtomic = static_cast<std::memory_order>(-1);

enum class EventKind : std::uint8_t { read, write, fence, start, join, resume, choice, free };

// What follows a read in its operation: how the value written comes of the value read.
enum class Modify : std::uint8_t {
  none, exchange, add, bit_or, bit_and, cas, cas_weak, ghost,
  store,                 // a store by load-reserve and store-conditional; fail_order is its order
  enqueue, wake, remove  // on a futex's queue
};

// An instruction that orders accesses, of POWER or ARM.
enum class Barrier : std::uint8_t {
  none,
  full,         // sync; dmb, dsb
  store,        // dmb st, dsb st: stores with stores
  light,        // lwsync: all but stores with later loads
  eieio,        // stores with stores, and no more
  instruction,  // isync; isb: with a branch before it, what the branch depends on with all after it
};

struct Event {
  EventKind kind = EventKind::read;
  std::memory_order order = std::memory_order_relaxed;
  std::memory_order fail_order = std::memory_order_relaxed;  // of a compare-exchange
  Modify modify = Modify::none;
  bool failed = false;     // the read of a compare-exchange that does not write
  bool locked = false;     // part of a read-modify-write, or of a critical section of a futex
  bool exclusive = false;  // a write that must follow the write which its read reads from
  bool ghost = false;      // of the proof: orders nothing of the program
  bool queue = false;      // works on a futex's queue
  bool silent = false;     // a read of the kernel's: what it reads from does not happen before it
  bool within = false;     // of one step with the thread's event before it
  bool spurious = false;   // the read of a weak compare-exchange that fails though it could succeed
  bool quiesce = false;    // a join with a thread that will not go on, finished or not
  Barrier barrier = Barrier::none;  // of a fence
  std::uint8_t size = 8;   // bytes of the location
  std::uint16_t thread = 0;
  std::uint32_t index = 0;      // its place in the thread
  std::uint32_t location = kNoLocation;
  std::uint32_t fenced = 0;     // the thread's writes before this index are ordered before it
  EventId source = kInitial;    // read: its write; join: the last event; resume: the wake;
                                // an exclusive write: the one it must follow
  EventId co_prev = kInitial, co_next = kInitial;  // writes; kInitial at the end: none
  std::uint32_t rank = 0;       // writes: place in coherence, from 1; the initial write has 0
  EventId readers = kInitial, next_reader = kInitial;
  std::uint64_t value = 0;      // writes and choices
  std::uint64_t operand = 0;    // of a modification; start, join: the other thread
  std::uint64_t expected = 0;   // of a compare-exchange; of a choice the number of alternatives;
                                // start: the elder twin + 1, 0: none (symmetry.hpp)
  // Of an instruction: which reads of its thread its address, its value, the branches before it
  // depend on. Bit n: the thread's event of index - 1 - n.
  std::uint64_t address = 0, data = 0, control = 0;
};

inline std::uint64_t truncated(std::uint64_t bits, unsigned bytes) {
  return bytes >= 8 ? bits : bits & ((std::uint64_t{1} << (bytes * 8)) - 1);
}

// Does the operation whose read saw `before` write?
inline bool succeeds(const Event& read, std::uint64_t before) {
  if (read.modify == Modify::none || read.spurious) return false;
  if (read.modify == Modify::cas || read.modify == Modify::cas_weak) return before == read.expected;
  return true;
}

// The order that it has, succeed or fail.
inline std::memory_order order_of(const Event& e) { return e.failed ? e.fail_order : e.order; }

// The value that it then writes.
std::uint64_t modified(const Event& read, std::uint64_t before);

class Graph {
 public:
  // Empties it. `threads`: most threads, a multiple of 8. `grows`: no read ever gets a write that
  // was added after it, so no redirect, no revisit_from.
  void reset(GraphModel model, std::uint32_t threads, bool grows = false);
  GraphModel model() const { return model_; }
  bool cpp() const { return model_ == GraphModel::rc11 || model_ == GraphModel::rc11_2017; }
  bool hardware() const { return model_ == GraphModel::power || model_ == GraphModel::arm; }
  EventId size() const { return static_cast<EventId>(events_.size()); }
  const Event& operator[](EventId id) const { return events_[id]; }
  std::uint32_t threads() const { return static_cast<std::uint32_t>(threads_.size()); }
  std::uint32_t length(std::uint32_t thread) const {
    return thread < threads_.size() ? static_cast<std::uint32_t>(threads_[thread].events.size())
                                    : 0;
  }
  EventId at(std::uint32_t thread, std::uint32_t index) const {
    return threads_[thread].events[index];
  }
  // The last event of the thread; its start's if it has none; kInitial for an empty main thread.
  EventId last(std::uint32_t thread) const;
  // The newest write of the location; kInitial: the initial one.
  EventId newest(std::uint32_t location) const {
    return location < tails_.size() ? tails_[location] : kInitial;
  }
  EventId oldest(std::uint32_t location) const {
    return location < heads_.size() ? heads_[location] : kInitial;
  }
  std::uint32_t rank(EventId write) const {
    return write == kInitial ? 0 : events_[write].rank;
  }
  EventId older(EventId write) const { return events_[write].co_prev; }
  EventId newer(std::uint32_t location, EventId write) const {
    return write == kInitial ? oldest(location) : events_[write].co_next;
  }
  std::uint64_t initial(std::uint32_t location) const { return initial_[location]; }
  void set_initial(std::uint32_t location, std::uint64_t bits) {
    if (location >= initial_.size()) initial_.resize(location + 1, 0);
    initial_[location] = bits;
  }
  std::uint64_t value_read(EventId read) const {
    const Event& e = events_[read];
    return e.source == kInitial ? initial_[e.location] : events_[e.source].value;
  }
  EventId start_of(std::uint32_t thread) const { return threads_[thread].start; }
  // The identical thread that was started right before; kNoThread: there is none.
  std::uint32_t twin(std::uint32_t thread) const {
    const EventId start = symmetric_ ? threads_[thread].start : kInitial;
    return start == kInitial ? kNoThread : static_cast<std::uint32_t>(events_[start].expected) - 1;
  }
  // May a write come between `write` and the one after it? Not before an exclusive one.
  bool splittable(std::uint32_t location, EventId write) const {
    const EventId next = newer(location, write);
    return next == kInitial || !events_[next].exclusive;
  }

  // The thread's next event would read from the location, or write to it: the lowest rank in
  // coherence that it may read from, or come after. All higher ones are consistent too under sc
  // and tso; under the others those for which consistent() holds once it is there.
  std::uint32_t least_rank(const Event& next) const;

  // Adds an event at the end of its thread (thread, kind, order, location, flags are given).
  EventId add(const Event& event);                     // fences, starts, joins, resumes, choices
  EventId add_read(const Event& event, EventId source);
  EventId add_write(const Event& event, EventId after);
  void started(std::uint32_t thread, EventId start);   // the thread begins with that event

  // Is the graph consistent, which it is without `added`, the last event of its thread, and the
  // reads of it? REQUIRES: its place is not below least_rank; its readers are last in their
  // threads.
  bool consistent(EventId added);

  // Drops the events from `size` on. REQUIRES: no event that stays reads from one that goes.
  void truncate(EventId size);
  // Becomes what of `from` stays when `write`, its newest event, revisits `read`: `read` and what
  // was there before it, and what `write` depends on. `read` has no source yet (kPending), `write`,
  // the newest event, is the newest in coherence. Returns read's new name.
  EventId revisit_from(const Graph& from, EventId read, EventId write);
  void save(Bytes& out) const;
  void load(Bytes& in);  // throws std::runtime_error
  // Thread and location n become threads[n] and locations[n]: another process met them in another
  // order.
  void rename(const std::vector<std::uint32_t>& threads,
              const std::vector<std::uint32_t>& locations);

  // The read gets another write. REQUIRES: nothing depends on it.
  void redirect(EventId read, EventId source, bool spurious = false);
  // The write gets another place in coherence. REQUIRES: it is not exclusive.
  void move(EventId write, EventId after);
  void set_value(EventId choice, std::uint64_t value) { events_[choice].value = value; }
  // The last event of its thread, a read: the lowest rank that it may read from.
  std::uint32_t least_rank_of(EventId read);
  // Likewise a write without readers: the lowest rank that it may come after.
  std::uint32_t least_rank_of_write(EventId write);

  // A revisit of `read` by `write`, the newest event: may what lies between them be dropped? It
  // must be what the exploration would add by itself without the two (TruSt, POPL 2022, "maximally
  // added"), so that each graph is reached from one other only.
  bool revisitable(EventId read, EventId write) const;
  // Is `event` before `of` in (po | rf)+?
  bool precedes(EventId event, EventId of) const {
    return row(of, kBefore)[events_[event].thread] > events_[event].index;
  }
  // The lowest event that something from `first` on is before in (po | rf | co | fr)*: no cycle
  // through an event that is not before `first` has anything lower.
  EventId reached_from(EventId first) const;
  // So many events of the thread are before the event in (po | rf)*; a join knows of one more.
  std::uint32_t before(EventId event, std::uint32_t thread) const {
    return row(event, kBefore)[thread];
  }
  // The newest reader of the write or of the initial one; then Event::next_reader.
  EventId readers(std::uint32_t location, EventId write) const {
    return write == kInitial ? (location < first_readers_.size() ? first_readers_[location]
                                                                 : kInitial)
                             : events_[write].readers;
  }
  std::uint32_t locations() const { return static_cast<std::uint32_t>(heads_.size()); }

  // What the thread's program knows after its last event: clocks for races. Component t: the number
  // of events of thread t that happen before. Null: nothing yet.
  void copy_known(EventId event, std::uint32_t* clock) const {
    std::copy_n(row(event, kHappens), width_, clock);
  }

 private:
  friend class Psc;
  friend class Before;
  enum Row : std::uint32_t { kBefore, kHappens, kMessage, kAcquire, kRelease };
  struct Program {
    std::vector<EventId> events;
    EventId start = kInitial;
  };

  // Do synchronisation and races follow the declared orders?
  bool declared() const { return cpp() || hardware(); }
  std::uint32_t rows() const { return declared() ? 5 : 2; }
  const std::uint32_t* row(EventId id, Row r) const {
    return &clocks_[(static_cast<std::size_t>(id) * rows() + r) * width_];
  }
  std::uint32_t* row(EventId id, Row r) {
    return &clocks_[(static_cast<std::size_t>(id) * rows() + r) * width_];
  }
  void join(std::uint32_t* into, const std::uint32_t* from) const;
  EventId append(const Event& event);
  void clock(EventId id);
  void grow(std::uint32_t location);
  void link_reader(EventId read);
  void unlink_reader(EventId read);
  void insert(EventId write, EventId after);
  void remove(EventId write);
  std::uint32_t fence_bound(const Event& next, std::uint32_t index) const;
  std::uint32_t least_by_order(const Event& next) const;
  std::uint32_t least_by_coherence(const Event& next) const;
  std::uint32_t least_by_fences(const Event& next) const;
  template <class IsBefore>
  std::uint32_t newest_before(std::uint32_t location, const IsBefore& before) const;
  bool maximal(EventId event, EventId write) const;
  bool happens(EventId a, EventId b) const {
    return a != b && row(b, kHappens)[events_[a].thread] > events_[a].index;
  }

  GraphModel model_ = GraphModel::sc;
  std::uint32_t width_ = 8;
  bool symmetric_ = false;  // some thread has a twin
  std::vector<Event> events_;
  std::vector<std::uint32_t> clocks_;
  std::vector<Program> threads_;
  std::vector<EventId> heads_, tails_, first_readers_;  // by location
  std::vector<std::uint64_t> initial_;                  // by location
  HardwareOrder order_;
};

// The model of that name as a predicate on graphs; false: there is none.
bool graph_model(std::string_view name, GraphModel& model);

}  // namespace tenterhook::checker
