// Binary relations on up to 64 events, as matrices of bits: what the predicates are written in.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <stdexcept>

namespace tenterhook::graphs {

class relation {
 public:
  static constexpr std::size_t most = 64;

  explicit relation(std::size_t events = 0) : events_(events) {
    if (events > most) throw std::length_error("a candidate execution of more than 64 events");
  }

  // The identity on the events that `holds` accepts: [S].
  template <class Holds>
  static relation on(std::size_t events, Holds holds) {
    relation r(events);
    for (std::size_t a = 0; a < events; ++a) {
      if (holds(a)) r.add(a, a);
    }
    return r;
  }

  void add(std::size_t a, std::size_t b) { rows_[a] |= bit(b); }
  bool has(std::size_t a, std::size_t b) const { return (rows_[a] & bit(b)) != 0; }
  std::size_t events() const { return events_; }

  relation operator|(const relation& r) const {
    relation result = *this;
    for (std::size_t a = 0; a < events_; ++a) result.rows_[a] |= r.rows_[a];
    return result;
  }
  relation operator&(const relation& r) const {
    relation result = *this;
    for (std::size_t a = 0; a < events_; ++a) result.rows_[a] &= r.rows_[a];
    return result;
  }
  relation operator-(const relation& r) const {
    relation result = *this;
    for (std::size_t a = 0; a < events_; ++a) result.rows_[a] &= ~r.rows_[a];
    return result;
  }
  // Composition: a to c if there is b with a to b here and b to c there. (The papers write ";".)
  relation operator*(const relation& r) const {
    relation result(events_);
    for (std::size_t a = 0; a < events_; ++a) {
      for (std::size_t b = 0; b < events_; ++b) {
        if (has(a, b)) result.rows_[a] |= r.rows_[b];
      }
    }
    return result;
  }
  relation inverse() const {
    relation result(events_);
    for (std::size_t a = 0; a < events_; ++a) {
      for (std::size_t b = 0; b < events_; ++b) {
        if (has(a, b)) result.add(b, a);
      }
    }
    return result;
  }
  relation maybe() const {  // r?
    relation result = *this;
    for (std::size_t a = 0; a < events_; ++a) result.add(a, a);
    return result;
  }
  relation plus() const {  // r+ (Warshall)
    relation result = *this;
    for (std::size_t b = 0; b < events_; ++b) {
      for (std::size_t a = 0; a < events_; ++a) {
        if (result.has(a, b)) result.rows_[a] |= result.rows_[b];
      }
    }
    return result;
  }
  relation star() const { return plus().maybe(); }  // r*

  std::size_t pairs() const {
    std::size_t sum = 0;
    for (std::size_t a = 0; a < events_; ++a) {
      sum += static_cast<std::size_t>(std::popcount(rows_[a]));
    }
    return sum;
  }
  bool empty() const {
    for (std::size_t a = 0; a < events_; ++a) {
      if (rows_[a] != 0) return false;
    }
    return true;
  }
  bool irreflexive() const {
    for (std::size_t a = 0; a < events_; ++a) {
      if (has(a, a)) return false;
    }
    return true;
  }
  bool acyclic() const { return plus().irreflexive(); }

 private:
  static constexpr std::uint64_t bit(std::size_t b) { return std::uint64_t{1} << b; }

  std::size_t events_;
  std::array<std::uint64_t, most> rows_{};
};

}  // namespace tenterhook::graphs
