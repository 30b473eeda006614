// What each call of a recorded history may do to the object it is made on: the sequential
// specifications in the form that properties/history.hpp searches. The operations' numbers are the
// digits of the program parameter of history/*.
//
// A specification is an ordered value with
//     effect take(const call& c, unsigned stage);
// which lets the stage-th effect of c happen, if in this state it can have had c's result. Most
// calls have one effect: they are linearizable. One that has two of them happens in two steps
// between which others see the object; that is a weaker promise, and said where it is made.
#pragma once

#include <compare>
#include <cstdint>

#include "properties/history.hpp"
#include "properties/spec/queues.hpp"

namespace tenterhook::properties::spec {

// One P's run queue, of its owner and thieves.
//
// Linearizable: put, get and empty. Two weaker promises, both because runnext and the ring are two
// words and nobody holds a lock:
//  - put_next: it takes the new goroutine's place in runnext, and later puts the old one at the
//    tail. In between that one is in neither; a thief may take the new one before the old.
//  - steal_next: it finds the ring empty, and later takes runnext or finds it empty too. Its
//    nullptr does not mean that the queue was empty at any one instant. (runqempty means it.)
// Both orders are promised: ring before runnext for thieves, and the reverse for putters.
struct runq {
  enum op : int { put = 1, put_next, get, owner_empty };        // of the owner
  enum thief_op : int { steal = 11, steal_next, thief_empty };  // of the others, less 10

  local_queue queue;
  list global;
  std::int64_t kicked = nobody;

  friend auto operator<=>(const runq&, const runq&) = default;

  effect take(const call& c, unsigned stage) {
    switch (c.op) {
      case put: return queue.put(c.given.front(), global), effect::last;
      case put_next: return next(c, stage);
      case get: return happens_if(queue.get() == c.result);
      case steal:
      case steal_next: return theft(c, stage);
      default: return happens_if((queue.empty() ? 1 : 0) == c.result.front());
    }
  }

 private:
  effect next(const call& c, unsigned stage) {
    if (stage == 0) {
      kicked = queue.replace_runnext(c.given.front());
      return kicked == nobody ? effect::last : effect::more;
    }
    queue.put(std::exchange(kicked, nobody), global);
    return effect::last;
  }

  effect theft(const call& c, unsigned stage) {
    if (stage == 0) {
      if (!queue.ring.empty()) return happens_if(queue.grab() == c.result);
      if (c.op == steal_next && queue.has_runnext) return effect::more;
      return happens_if(c.result.empty());
    }
    if (c.result.empty()) return happens_if(queue.runnext == nobody);
    return happens_if(c.result == list{std::exchange(queue.runnext, nobody)});
  }
};

// The lock-free stack: linearizable, last in, first out.
struct lfstack {
  enum op : int { pop = 1, push_newest, push_oldest };  // of the nodes that the thread holds

  list nodes;  // the top is the last

  friend auto operator<=>(const lfstack&, const lfstack&) = default;

  effect take(const call& c, unsigned) {
    if (c.op != pop) return nodes.push_back(c.given.front()), effect::last;
    if (nodes.empty()) return happens_if(c.result.front() == nobody);
    const std::int64_t top = nodes.back();
    nodes.pop_back();
    return happens_if(c.result.front() == top);
  }
};

// The global run queue, each call under its lock: linearizable. `spill` overfills the thread's own
// queue, which sends half and one to the global queue; its result is what stays.
struct globrunq {
  enum op : int { put = 1, put_head, put_batch, get_one, get_share, spill };

  std::size_t procs = 1;
  std::size_t capacity = 0;  // of a local queue
  list global;

  friend auto operator<=>(const globrunq&, const globrunq&) = default;

  effect take(const call& c, unsigned) {
    switch (c.op) {
      case put:
      case put_batch: return append(global, c.given), effect::last;
      case put_head: return global.insert(global.begin(), c.given.front()), effect::last;
      case spill: return overfill(c);
      default:
        return happens_if(take_share(global, procs, capacity, c.op == get_one ? 1 : 0) == c.result);
    }
  }

 private:
  effect overfill(const call& c) {
    local_queue own{capacity, true, {}, nobody};
    for (const std::int64_t number : c.given) own.put(number, global);
    return happens_if(own.ring == c.result);
  }
};

// Two semaphores. An acquire of a count of 0 cannot happen yet.
struct sema {
  enum op : int { release_a = 1, acquire_a, release_b, acquire_b };

  std::int64_t counts[2] = {0, 0};

  friend auto operator<=>(const sema&, const sema&) = default;

  static unsigned which(int op) { return op >= release_b ? 1 : 0; }
  static bool releases(int op) { return op == release_a || op == release_b; }

  effect take(const call& c, unsigned) {
    std::int64_t& count = counts[which(c.op)];
    if (releases(c.op)) return ++count, effect::last;
    return happens_if(count-- > 0);
  }
};

}  // namespace tenterhook::properties::spec
