// Histories of concurrent calls, and whether a sequential specification explains them: the search
// of Wing and Gong ("Testing and Verifying Concurrent Objects", 1993) with the memory of dead ends
// of Lowe ("Testing for linearizability", 2017), for calls of one effect or more.
//
// Calls are ordered as far as somebody could know it: by their thread, and call b comes after call
// a of another thread if, when b began, its thread had learnt that a had returned. It learns that
// through a release store and an acquire load (properties/recorder.hpp), as any client would. There
// is no global clock in this: a store that waits in a buffer does not refute an object whose users
// cannot tell, and no fence is added that would hide it from them.
//
// Thread safety: none; used after the threads are joined.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

namespace tenterhook::properties {

struct call {
  int op = 0;
  std::vector<std::int64_t> given;
  std::vector<std::int64_t> result;
  std::vector<unsigned> after;  // by thread: that many of its calls had returned before
};

using history = std::vector<std::vector<call>>;  // by thread, in the thread's order

enum class effect : std::uint8_t {
  impossible,  // not here: the call's result would have been another. The state is now void
  more,        // it has happened, and another effect is to come
  last,        // it has happened, and the call may return
};

inline effect happens_if(bool possible) { return possible ? effect::last : effect::impossible; }

// Spec: see properties/spec/calls.hpp. Its effects are functions of state, call and stage.
template <class Spec, class Final>
class explanation {
 public:
  explanation(const history& calls, const Final& fits)
      : calls_(calls), fits_(fits), at_(calls.size()) {}

  // Is there an order of all effects, from this state on, that ends in one that fits?
  bool from(const Spec& state) {
    if (!dead_.empty() && dead_.contains({at_, state})) return false;
    bool over = true;
    for (std::size_t thread = 0; thread < calls_.size(); thread++) {
      if (at_[thread].returned == calls_[thread].size()) continue;
      over = false;
      if (may_go_on(thread) && goes_on(state, thread)) return true;
    }
    if (over && fits_(state)) return true;
    dead_.insert({at_, state});
    return false;
  }

 private:
  struct place {
    unsigned returned = 0;  // calls
    unsigned stage = 0;     // effects of the next one
    friend auto operator<=>(const place&, const place&) = default;
  };

  bool may_go_on(std::size_t thread) const {
    const call& next = calls_[thread][at_[thread].returned];
    for (std::size_t other = 0; other < at_.size(); other++) {
      if (other != thread && at_[other].returned < next.after[other]) return false;
    }
    return true;
  }

  bool goes_on(Spec state, std::size_t thread) {
    const place before = at_[thread];
    const effect e = state.take(calls_[thread][before.returned], before.stage);
    if (e == effect::impossible) return false;
    at_[thread] = e == effect::more ? place{before.returned, before.stage + 1}
                                    : place{before.returned + 1, 0};
    const bool found = from(state);
    at_[thread] = before;
    return found;
  }

  const history& calls_;
  const Final& fits_;
  std::vector<place> at_;
  std::set<std::pair<std::vector<place>, Spec>> dead_;
};

// Do the calls, begun in state `start`, have an explanation that ends in a state that fits?
template <class Spec, class Final>
bool explained(const history& calls, const Spec& start, const Final& fits) {
  return explanation<Spec, Final>(calls, fits).from(start);
}

}  // namespace tenterhook::properties
