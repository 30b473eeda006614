// What the tool knows of a program under test: its name, parameters, body and promises. Pure data,
// the same for the hooked, the relacy and the native build of a scenario.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace tenterhook::checker {

// A parameter of a program: `-p name=value`. The value must lie in [least, most].
struct parameter {
  std::string name;
  std::int64_t value;  // the default
  std::int64_t least;
  std::int64_t most;
  std::string about;
};

using parameters = std::map<std::string, std::int64_t>;

// How a bare `check` explores a program.
struct plan {
  std::string strategy = "dpor";
  unsigned preemptions = 2;       // of `bounded`
  std::uint64_t runs = 10'000;    // of strategies that sample
};

// Most occurrences per site and execution of what the environment may do to a thread.
struct budgets {
  unsigned timeouts = 1;   // a timed wait times out though it would be woken
  unsigned spurious = 1;   // a futex wait returns without a wake
  unsigned weak_cas = 1;   // a weak compare-exchange fails though the values are equal
  unsigned signals = 1;    // a signal arrives between two steps
};

// What a program's run must come to: `pass`, `bug`, or `error` where the program is only
// interesting for its count.
struct expectation {
  std::string model;    // "sc", "tso", "rc11" or "*"
  std::string verdict;  // "pass" or "bug"
  std::string when = {};  // "n=2 fence=0": only with these values of parameters; "": always
};

struct program {
  std::string name;    // protocol/what, as runq/steal
  std::string about;   // the promise, one sentence
  std::vector<parameter> parameters;
  unsigned threads = 0;             // most virtual threads at a time, the main one included
  std::function<void(const checker::parameters&)> body;  // runs on the main virtual thread
  std::vector<std::string> marks;   // coverage marks that a complete check must meet
  std::vector<expectation> expects;  // none: pass everywhere
  plan how;
  budgets budget;
  bool relacy = true;               // can run under Relacy
  bool native = true;               // can run on real threads
};

// Do the values meet `when`, "n=2 fence=0"? "" is always met.
inline bool holds(const std::string& when, const parameters& values) {
  std::istringstream in(when);
  for (std::string pair; in >> pair;) {
    const std::size_t equals = pair.find('=');
    const auto found = values.find(pair.substr(0, equals));
    if (found == values.end() || std::to_string(found->second) != pair.substr(equals + 1)) {
      return false;
    }
  }
  return true;
}

using catalogue = std::vector<program>;  // sorted by name

}  // namespace tenterhook::checker
