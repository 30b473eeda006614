#include "checker/graph/graph.hpp"

#include <algorithm>

#include "checker/graph/futex.hpp"
#include "checker/graph/symmetry.hpp"

namespace tenterhook::checker {
namespace {

bool releases(std::memory_order order) {
  return order == std::memory_order_release || order == std::memory_order_acq_rel ||
         order == std::memory_order_seq_cst;
}

bool acquires(std::memory_order order) {
  return order == std::memory_order_acquire || order == std::memory_order_consume ||
         order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}

// x86: does the event wait for the store buffer to drain?
bool drains(const Event& e) {
  if (e.ghost) return false;
  switch (e.kind) {
    case EventKind::fence: return e.order == std::memory_order_seq_cst;
    case EventKind::write: return e.locked || e.order == std::memory_order_seq_cst;
    case EventKind::read: return e.locked;
    case EventKind::start:
    case EventKind::join:
    case EventKind::resume: return true;
    case EventKind::choice:
    case EventKind::free: return false;
  }
  return false;
}

}  // namespace

bool graph_model(std::string_view name, GraphModel& model) {
  if (name == "sc") model = GraphModel::sc;
  else if (name == "tso") model = GraphModel::tso;
  else if (name == "rc11") model = GraphModel::rc11;
  else if (name == "rc11-2017") model = GraphModel::rc11_2017;
  else if (name == "power") model = GraphModel::power;
  else if (name == "arm") model = GraphModel::arm;
  else return false;
  return true;
}

void Graph::reset(GraphModel model, std::uint32_t threads, bool grows) {
  model_ = model;
  symmetric_ = false;
  width_ = (threads + 7) / 8 * 8;
  events_.clear();
  clocks_.clear();
  order_.reset(grows);
  for (Program& p : threads_) {
    p.events.clear();
    p.start = kInitial;
  }
  std::fill(heads_.begin(), heads_.end(), kInitial);
  std::fill(tails_.begin(), tails_.end(), kInitial);
  std::fill(first_readers_.begin(), first_readers_.end(), kInitial);
}

EventId Graph::last(std::uint32_t thread) const {
  if (thread >= threads_.size()) return kInitial;
  const Program& p = threads_[thread];
  return p.events.empty() ? p.start : p.events.back();
}

void Graph::join(std::uint32_t* into, const std::uint32_t* from) const {
  for (std::uint32_t i = 0; i < width_; ++i) into[i] = into[i] < from[i] ? from[i] : into[i];
}

void Graph::grow(std::uint32_t location) {
  if (location < heads_.size()) return;
  heads_.resize(location + 1, kInitial);
  tails_.resize(location + 1, kInitial);
  first_readers_.resize(location + 1, kInitial);
}

void Graph::started(std::uint32_t thread, EventId start) {
  if (thread >= threads_.size()) threads_.resize(thread + 1);
  threads_[thread].start = start;
}

// The writes of the thread below this index are ordered before its next event.
std::uint32_t Graph::fence_bound(const Event& next, std::uint32_t index) const {
  if (model_ != GraphModel::tso || drains(next)) return index;
  if (index == 0) return 0;
  const Event& before = events_[threads_[next.thread].events[index - 1]];
  return drains(before) ? index : before.fenced;
}

EventId Graph::append(const Event& event) {
  if (event.thread >= threads_.size()) threads_.resize(event.thread + 1);
  Program& p = threads_[event.thread];
  const EventId id = size();
  events_.push_back(event);
  Event& e = events_.back();
  e.index = static_cast<std::uint32_t>(p.events.size());
  e.fenced = fence_bound(e, e.index);
  e.source = kInitial;
  e.co_prev = e.co_next = e.readers = e.next_reader = kInitial;
  e.rank = 0;
  p.events.push_back(id);
  clocks_.resize(clocks_.size() + static_cast<std::size_t>(rows()) * width_);
  return id;
}

// The event's clocks, from what is before it and what it reads from.
void Graph::clock(EventId id) {
  if (hardware()) order_.add(*this, id);
  const Event& e = events_[id];
  const Program& p = threads_[e.thread];
  const EventId before = e.index == 0 ? p.start : p.events[e.index - 1];
  const std::uint32_t count = rows();
  std::uint32_t* mine = row(id, kBefore);
  if (before == kInitial) {
    std::fill_n(mine, count * width_, 0);
  } else {
    std::copy_n(row(before, kBefore), count * width_, mine);
  }
  std::uint32_t* happens = row(id, kHappens);
  const bool from = e.kind != EventKind::write && e.source < kPending;
  if (from) join(mine, row(e.source, kBefore));
  if (e.kind == EventKind::join) {  // what the thread did after its last event, too
    mine[e.operand] = length(static_cast<std::uint32_t>(e.operand)) + 1;
  }
  mine[e.thread] = e.index + 1;
  if (symmetric_) {
    if (const EventId twin = elder(*this, e); twin != kInitial) join(mine, row(twin, kBefore));
  }
  if (!declared()) {
    if (from && !e.ghost && !e.queue && !e.silent) join(happens, row(e.source, kHappens));
    if (e.kind == EventKind::join) happens[e.operand] = mine[e.operand];
    happens[e.thread] = e.index + 1;
    return;
  }
  std::uint32_t* message = row(id, kMessage);
  std::uint32_t* acquired = row(id, kAcquire);
  std::uint32_t* released = row(id, kRelease);
  if (e.index == 0) {  // a new thread inherits what happened, not the pending fences
    std::fill_n(acquired, width_, 0);
    std::fill_n(released, width_, 0);
  }
  std::fill_n(message, width_, 0);
  if (from && !e.ghost && e.modify != Modify::store) {
    if (e.kind == EventKind::join || e.kind == EventKind::resume) {
      join(happens, row(e.source, kHappens));
      if (e.kind == EventKind::join) happens[e.operand] = mine[e.operand];
    } else if (acquires(order_of(e)) || e.queue) {
      join(happens, row(e.source, kMessage));
    } else if (e.order != kNonAtomic) {
      join(acquired, row(e.source, kMessage));
    }
  }
  if (e.kind == EventKind::fence && acquires(e.order)) join(happens, acquired);
  happens[e.thread] = e.index + 1;
  if (e.kind == EventKind::fence && releases(e.order)) std::copy_n(happens, width_, released);
  if (e.kind != EventKind::write || e.ghost || e.order == kNonAtomic) return;
  join(message, released);
  if (releases(e.order) || e.queue) {
    join(message, happens);
  } else if (model_ == GraphModel::rc11_2017) {
    for (std::uint32_t i = e.index; i-- > 0;) {
      const Event& own = events_[p.events[i]];
      if (own.kind != EventKind::write || own.location != e.location || !releases(own.order)) {
        continue;
      }
      join(message, row(p.events[i], kHappens));
      break;
    }
  }
  // and the read-modify-writes that follow
  if (e.exclusive && e.modify != Modify::store && e.co_prev != kInitial) {
    join(message, row(e.co_prev, kMessage));
  }
}

void Graph::link_reader(EventId read) {
  Event& e = events_[read];
  EventId& first =
      e.source == kInitial ? first_readers_[e.location] : events_[e.source].readers;
  e.next_reader = first;
  first = read;
}

void Graph::unlink_reader(EventId read) {
  Event& e = events_[read];
  EventId* at = e.source == kInitial ? &first_readers_[e.location] : &events_[e.source].readers;
  while (*at != read) at = &events_[*at].next_reader;
  *at = e.next_reader;
}

void Graph::insert(EventId write, EventId after) {
  Event& e = events_[write];
  e.co_prev = after;
  e.co_next = newer(e.location, after);
  e.rank = rank(after) + 1;
  if (after == kInitial) heads_[e.location] = write;
  else events_[after].co_next = write;
  if (e.co_next == kInitial) tails_[e.location] = write;
  else events_[e.co_next].co_prev = write;
  for (EventId w = e.co_next; w != kInitial; w = events_[w].co_next) events_[w].rank++;
}

void Graph::remove(EventId write) {
  const Event& e = events_[write];
  if (e.co_prev == kInitial) heads_[e.location] = e.co_next;
  else events_[e.co_prev].co_next = e.co_next;
  if (e.co_next == kInitial) tails_[e.location] = e.co_prev;
  else events_[e.co_next].co_prev = e.co_prev;
  for (EventId w = e.co_next; w != kInitial; w = events_[w].co_next) events_[w].rank--;
}

EventId Graph::add(const Event& event) {
  const EventId id = append(event);
  events_[id].source = event.source;
  symmetric_ = symmetric_ || (event.kind == EventKind::start && event.expected != 0);
  clock(id);
  return id;
}

EventId Graph::add_read(const Event& event, EventId source) {
  grow(event.location);
  const EventId id = append(event);
  events_[id].source = source;
  events_[id].failed = event.modify != Modify::none && !succeeds(event, value_read(id));
  link_reader(id);
  clock(id);
  return id;
}

EventId Graph::add_write(const Event& event, EventId after) {
  grow(event.location);
  const EventId id = append(event);
  if (event.exclusive) events_[id].source = after;
  insert(id, after);
  clock(id);
  return id;
}

void Graph::truncate(EventId size) {
  while (events_.size() > size) {
    const EventId id = static_cast<EventId>(events_.size() - 1);
    Event& e = events_[id];
    if (e.kind == EventKind::read && e.source != kPending) unlink_reader(id);
    if (e.kind == EventKind::write) remove(id);
    threads_[e.thread].events.pop_back();
    events_.pop_back();
  }
  clocks_.resize(static_cast<std::size_t>(size) * rows() * width_);
  if (hardware()) order_.truncate(size);
}

EventId Graph::revisit_from(const Graph& from, EventId read, EventId write) {
  model_ = from.model_;
  width_ = from.width_;
  symmetric_ = from.symmetric_;
  static thread_local std::vector<EventId> names;
  names.assign(from.size(), kInitial);
  const std::size_t words = static_cast<std::size_t>(rows()) * width_;
  events_.clear();
  clocks_.clear();
  if (threads_.size() < from.threads_.size()) threads_.resize(from.threads_.size());
  for (Program& p : threads_) p.events.clear();
  for (EventId id = 0; id < from.size(); ++id) {
    if (id > read && id != write && !from.precedes(id, write)) continue;
    names[id] = size();
    events_.push_back(from.events_[id]);
    const std::uint32_t* rows_of = from.row(id, kBefore);
    clocks_.insert(clocks_.end(), rows_of, rows_of + words);
    threads_[events_.back().thread].events.push_back(names[id]);
  }
  const auto renamed = [&](EventId id) { return id >= kPending ? id : names[id]; };
  initial_ = from.initial_;
  heads_.assign(from.heads_.size(), kInitial);
  tails_.assign(from.heads_.size(), kInitial);
  first_readers_.assign(from.heads_.size(), kInitial);
  for (Event& e : events_) {
    e.source = renamed(e.source);
    e.readers = kInitial;
  }
  events_[names[read]].source = kPending;
  for (EventId id = 0; id < size(); ++id) {
    if (events_[id].kind == EventKind::read && id != names[read]) link_reader(id);
  }
  for (std::uint32_t l = 0; l < heads_.size(); ++l) {
    EventId last = kInitial;
    const auto follow = [&](EventId w) {
      Event& e = events_[names[w]];
      e.co_prev = last;
      e.co_next = kInitial;
      e.rank = rank(last) + 1;
      if (last == kInitial) heads_[l] = names[w];
      else events_[last].co_next = names[w];
      last = names[w];
    };
    const bool own = from.events_[write].location == l;
    for (EventId w = from.heads_[l]; w != kInitial; w = from.events_[w].co_next) {
      if (names[w] != kInitial && w != write) follow(w);
    }
    if (own) follow(write);
    tails_[l] = last;
  }
  for (std::uint32_t t = 0; t < threads_.size(); ++t) {
    const EventId start = t < from.threads_.size() ? from.threads_[t].start : kInitial;
    threads_[t].start = start < from.size() ? names[start] : kInitial;
  }
  if (hardware()) order_.keep(from.order_, names, size());
  return names[read];
}

void Graph::redirect(EventId read, EventId source, bool spurious) {
  if (events_[read].source != kPending) unlink_reader(read);
  events_[read].source = source;
  events_[read].spurious = spurious;
  if (source == kPending) return;
  Event& e = events_[read];
  e.failed = e.modify != Modify::none && !succeeds(e, value_read(read));
  link_reader(read);
  clock(read);
}

void Graph::move(EventId write, EventId after) {
  remove(write);
  insert(write, after);
  if (!hardware()) return;
  for (EventId r = events_[write].readers; r != kInitial; r = events_[r].next_reader) {
    order_.add(*this, r);
  }
}

std::uint32_t Graph::least_rank_of(EventId read) {
  const Event e = events_[read];
  if (e.source != kPending) unlink_reader(read);
  events_[read].source = kPending;
  threads_[e.thread].events.pop_back();
  const std::uint32_t least = least_rank(e);
  threads_[e.thread].events.push_back(read);
  events_[read].source = e.source;
  if (e.source != kPending) link_reader(read);
  return least;
}

std::uint32_t Graph::least_rank_of_write(EventId write) {
  const Event e = events_[write];
  remove(write);
  threads_[e.thread].events.pop_back();
  const std::uint32_t least = least_rank(e);
  threads_[e.thread].events.push_back(write);
  insert(write, e.co_prev);
  return least;
}

bool Graph::maximal(EventId event, EventId write) const {
  const Event& e = events_[event];
  const auto previous = [&](EventId id) { return id < event || precedes(id, write); };
  EventId newest = event;
  switch (e.kind) {
    case EventKind::choice: return e.value == 0;
    case EventKind::write:
      for (EventId r = e.readers; r != kInitial; r = events_[r].next_reader) {
        if (r < event) return false;
      }
      break;
    case EventKind::read:
      if (looks_again(e)) return true;
      if (e.spurious) return false;
      newest = e.source;
      if (newest != kInitial && !previous(newest)) return false;
      break;
    default: return true;
  }
  for (EventId w = newer(e.location, newest); w != kInitial; w = events_[w].co_next) {
    if (w != write && previous(w)) return false;
  }
  return true;
}

bool Graph::revisitable(EventId read, EventId write) const {
  if (!maximal(read, write)) return false;
  for (EventId id = read + 1; id < write; ++id) {
    if (!precedes(id, write) && !maximal(id, write)) return false;
  }
  return true;
}

std::uint64_t modified(const Event& read, std::uint64_t before) {
  switch (read.modify) {
    case Modify::add: return truncated(before + read.operand, read.size);
    case Modify::bit_or: return truncated(before | read.operand, read.size);
    case Modify::bit_and: return truncated(before & read.operand, read.size);
    default: return truncated(read.operand, read.size);
  }
}

}  // namespace tenterhook::checker
