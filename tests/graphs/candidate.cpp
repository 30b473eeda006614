#include "tests/graphs/candidate.hpp"

#include <algorithm>
#include <set>

namespace tenterhook::graphs {
namespace {

// The orders of a read-modify-write's two halves.
std::memory_order read_half(std::memory_order order) {
  if (order == release) return relaxed;
  return order == acq_rel ? acquire : order;
}

std::memory_order write_half(std::memory_order order) {
  if (order == acquire) return relaxed;
  return order == acq_rel ? release : order;
}

}  // namespace

// -- trail --

bool trail::answer(int question, served& with) {
  if (!live()) return false;
  if (answered_ == answers_.size()) {
    waits_for_ = question;
    return false;
  }
  with = answers_[answered_++];
  return true;
}

bool trail::read(int location, int& value) {
  served with;
  if (!answer(location, with)) return false;
  value = with.value;
  sources_.push_back(with.source);
  return true;
}

void trail::happened(event e) {
  e.id = {-1, e.kind == event_kind::fence ? -1 : accesses_++};
  events_.push_back(e);
}

void trail::modified(int location, int old, int value, std::memory_order order) {
  happened({event_kind::read, location, old, read_half(order), true});
  const int half = static_cast<int>(events_.size()) - 1;
  happened({event_kind::write, location, value, write_half(order), true, half});
}

int trail::load(int location, std::memory_order order, bool plain) {
  event e{event_kind::read, location, 0, order};
  e.plain = plain;
  if (read(location, e.value)) happened(e);
  return e.value;
}

void trail::store(int location, int value, std::memory_order order, bool plain) {
  event e{event_kind::write, location, value, order};
  e.plain = plain;
  if (live()) happened(e);
}

int trail::fetch_add(int location, int value, std::memory_order order) {
  int old = 0;
  if (read(location, old)) modified(location, old, old + value, order);
  return old;
}

int trail::exchange(int location, int value, std::memory_order order) {
  int old = 0;
  if (read(location, old)) modified(location, old, value, order);
  return old;
}

int trail::compare_exchange(int location, int expected, int value, std::memory_order order,
                            std::memory_order failure) {
  int old = 0;
  if (!read(location, old)) return old;
  if (old == expected) {
    modified(location, old, value, order);
  } else {
    happened({event_kind::read, location, old, failure, true});
  }
  return old;
}

void trail::fence(std::memory_order order) {
  if (live()) happened({event_kind::fence, -1, 0, order});
}

int trail::machine_load(int location, const dependencies& on, bool) {
  int value = 0;
  if (read(location, value)) {
    happened({event_kind::read, location, value, relaxed, false, -1, barrier::none, on});
  }
  return value;
}

void trail::machine_store(int location, int value, const dependencies& on) {
  if (!live()) return;
  happened({event_kind::write, location, value, relaxed, false, -1, barrier::none, on});
}

bool trail::machine_store_conditional(int location, std::uint32_t read, int value,
                                      const dependencies& on) {
  served with;
  if (!answer(-2, with) || with.source == fails) return false;
  machine_store_exclusive(location, read, value, on);
  return true;
}

void trail::machine_store_exclusive(int location, std::uint32_t read, int value,
                                    const dependencies& on) {
  if (!live()) return;
  const int half = static_cast<int>(read);
  happened({event_kind::write, location, value, relaxed, true, half, barrier::none, on});
}

// The full barrier is x86's mfence too.
void trail::machine_barrier(barrier what, const dependencies& on) {
  if (!live()) return;
  const auto order = what == barrier::full ? seq_cst : relaxed;
  happened({event_kind::fence, -1, 0, order, false, -1, what, on});
}

// -- the enumeration --

namespace {

using choices = std::vector<std::vector<served>>;  // by thread: what its reads were served with

class enumeration {
 public:
  enumeration(const code& program, const std::function<void(const candidate&)>& visit)
      : program_(program), visit_(visit) {}

  // Serves one more read from any write that exists by now, in every order of the threads. So every
  // execution without a cycle of po and rf is met, and `seen_` makes it once.
  void serve(const choices& so_far) {
    if (!seen_.insert(so_far).second) return;
    std::vector<trail> trails;
    for (std::size_t t = 0; t < so_far.size(); ++t) {
      program_.threads[t](trails.emplace_back(so_far[t]));
      if (trails.back().blocked()) return;
    }
    bool complete = true;
    for (std::size_t t = 0; t < trails.size(); ++t) {
      const int location = trails[t].waits_for();
      if (location == -1) continue;
      complete = false;
      if (location == -2) {
        for (const write_id choice : {fails, succeeds}) serve_from(so_far, t, {choice, 0});
        continue;
      }
      serve_from(so_far, t, {initial, program_.initially(location)});
      for (std::size_t u = 0; u < trails.size(); ++u) {
        for (const event& e : trails[u].events()) {
          if (e.kind != event_kind::write || e.location != location) continue;
          serve_from(so_far, t, {{static_cast<int>(u), e.id.access}, e.value});
        }
      }
    }
    if (complete) coheres(assembled(trails));
  }

 private:
  void serve_from(const choices& so_far, std::size_t thread, served read) {
    choices next = so_far;
    next[thread].push_back(read);
    serve(next);
  }

  // Everything but coherence.
  candidate assembled(const std::vector<trail>& trails) const;
  // Adds every order of the writes to `location` and the locations after it.
  void coheres(const candidate& c, std::size_t location = 0);

  const code& program_;
  const std::function<void(const candidate&)>& visit_;
  std::set<choices> seen_;
};

std::size_t index_of(const candidate& c, write_id id, int location) {
  if (id == initial) return static_cast<std::size_t>(location);
  const auto at = std::find_if(c.events.begin(), c.events.end(), [&](const event& e) {
    return e.kind == event_kind::write && e.id == id;
  });
  return static_cast<std::size_t>(at - c.events.begin());
}

// The dependencies of event `a`, whose thread's events begin at `first`.
void depend(candidate& c, std::size_t first, std::size_t a) {
  const dependencies& on = c.events[a].on;
  for (std::size_t i = 0; first + i < a; ++i) {
    if ((on.address >> i & 1) != 0) c.addr.add(first + i, a);
    if ((on.data >> i & 1) != 0) c.data.add(first + i, a);
    if ((on.control >> i & 1) != 0) c.ctrl.add(first + i, a);
  }
}

candidate enumeration::assembled(const std::vector<trail>& trails) const {
  candidate c;
  c.locations = static_cast<std::size_t>(program_.variables);
  for (int l = 0; l < program_.variables; ++l) {
    c.events.push_back({event_kind::write, l, program_.initially(l), relaxed});
  }
  std::vector<std::size_t> first;  // by thread; then the end
  for (std::size_t t = 0; t < trails.size(); ++t) {
    first.push_back(c.events.size());
    for (event e : trails[t].events()) {
      e.id.thread = static_cast<int>(t);
      c.events.push_back(e);
    }
  }
  first.push_back(c.events.size());
  c.po = c.rf = c.co = c.rmw = c.addr = c.data = c.ctrl = relation(c.events.size());
  for (std::size_t t = 0; t < trails.size(); ++t) {
    c.shown.push_back(trails[t].shown());
    auto& accesses = c.result.threads.emplace_back();
    std::size_t reads = 0;
    for (std::size_t a = first[t]; a < first[t + 1]; ++a) {
      for (std::size_t b = a + 1; b < first[t + 1]; ++b) c.po.add(a, b);
      const event& e = c.events[a];
      depend(c, first[t], a);
      if (e.kind == event_kind::write) {
        accesses.push_back({access_kind::write, e.location, e.value, initial, e.exclusive});
        if (e.half >= 0) c.rmw.add(first[t] + static_cast<std::size_t>(e.half), a);
      } else if (e.kind == event_kind::read) {
        const write_id source = trails[t].source(reads++);
        accesses.push_back({access_kind::read, e.location, e.value, source});
        c.rf.add(index_of(c, source, e.location), a);
      }
    }
  }
  return c;
}

void enumeration::coheres(const candidate& c, std::size_t location) {
  if (location == c.locations) {
    visit_(c);
    return;
  }
  std::vector<std::size_t> writes;
  for (std::size_t e = c.locations; e < c.events.size(); ++e) {
    if (c.events[e].kind != event_kind::write) continue;
    if (c.events[e].location == static_cast<int>(location)) writes.push_back(e);
  }
  do {
    candidate next = c;
    auto& order = next.result.coherence.emplace_back();
    for (std::size_t i = 0; i < writes.size(); ++i) {
      order.push_back(c.events[writes[i]].id);
      next.co.add(location, writes[i]);
      for (std::size_t j = i + 1; j < writes.size(); ++j) next.co.add(writes[i], writes[j]);
    }
    coheres(next, location + 1);
  } while (std::next_permutation(writes.begin(), writes.end()));
}

}  // namespace

code code_of(const program& p) {
  code result{p.variables, {}};
  for (const thread& t : p.threads) {
    result.threads.push_back([&t](trail& memory) { interpret(t, memory); });
  }
  return result;
}

code code_of(const assembly_program& p) {
  code result{p.variables, {}};
  for (const assembly& t : p.threads) {
    result.threads.push_back([&t](trail& memory) { interpret(t, memory); });
  }
  return result;
}

void for_each_candidate(const code& program, const std::function<void(const candidate&)>& visit) {
  enumeration(program, visit).serve(choices(program.threads.size()));
}

}  // namespace tenterhook::graphs
