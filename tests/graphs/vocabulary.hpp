// What the predicates of all models speak of. Names are the papers'.
#pragma once

#include "tests/graphs/candidate.hpp"

namespace tenterhook::graphs {

class vocabulary {
 public:
  explicit vocabulary(const candidate& c) : c_(c) {
    loc = relation(size());
    ext = relation(size());
    for (std::size_t a = 0; a < size(); ++a) {
      for (std::size_t b = 0; b < size(); ++b) {
        const event& x = c.events[a];
        const event& y = c.events[b];
        if (x.location >= 0 && x.location == y.location) loc.add(a, b);
        if (x.id == initial || x.id.thread != y.id.thread) ext.add(a, b);
      }
    }
    fr = c.rf.inverse() * c.co;
    R = on([](const event& e) { return e.kind == event_kind::read; });
    W = on([](const event& e) { return e.kind == event_kind::write; });
    F = on([](const event& e) { return e.kind == event_kind::fence; });
  }

  // [S]
  template <class Holds>
  relation on(Holds holds) const {
    return relation::on(size(), [&](std::size_t a) { return holds(c_.events[a]); });
  }
  std::size_t size() const { return c_.events.size(); }

  relation loc;  // both access one location
  relation ext;  // of different threads
  relation fr;   // from a read to the writes after the one it reads
  relation R, W, F;

 private:
  const candidate& c_;
};

// Between the two halves of a read-modify-write no other thread writes. (Its own may, before a
// store-conditional.)
inline bool atomic(const candidate& c, const vocabulary& v) {
  return (c.rmw & ((v.fr & v.ext) * (c.co & v.ext))).empty();
}

}  // namespace tenterhook::graphs
