// An execution graph in the form in which explorers are compared: what each access read or wrote,
// from where, and the order of the writes to each location. Equal graphs compare equal.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace tenterhook::graphs {

// The n-th access of a thread, counted from 0. Initial values come from `initial`.
struct write_id {
  int thread = -1;
  int access = -1;
  auto operator<=>(const write_id&) const = default;
};

inline constexpr write_id initial{};

enum class access_kind : std::uint8_t { read, write };

// A read-modify-write is two accesses, the read first; a failed compare-exchange is a read.
struct access {
  access_kind what = access_kind::read;
  int location = 0;
  int value = 0;
  write_id source = initial;  // of a read; `initial` in a write
  bool exclusive = false;     // a write of a read-modify-write
  auto operator<=>(const access&) const = default;
};

struct graph {
  std::vector<std::vector<access>> threads;      // in program order
  std::vector<std::vector<write_id>> coherence;  // by location, without the initial write
  auto operator<=>(const graph&) const = default;
};

// What a program shows of an execution.
struct outcome {
  std::vector<std::vector<int>> reads;  // by thread, in program order
  std::vector<int> memory;              // by location, at the end
  auto operator<=>(const outcome&) const = default;
};

outcome outcome_of(const graph& g);
std::set<outcome> outcomes_of(const std::set<graph>& all);

// Does `weak` hold an outcome that `strong` lacks?
bool shows_more(const std::set<graph>& weak, const std::set<graph>& strong);

// A thread a line, then coherence: "t0: Wx=1 Ry=0(init)", "x: init t0.0".
std::string text(const graph& g);

}  // namespace tenterhook::graphs
