// Tables of expected answers: expected.tsv, a header line, then a test a line. Columns are found
// by their names: file, verdict, states; flags, needs_lb, lb_states, sc_verdict, sc_states,
// witnesses_pos and witnesses_neg may be absent.
//
// Immutable once read.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "checker/litmus/run.hpp"
#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {

using NamedState = std::map<std::string, std::int64_t>;  // "1:r0" or "[x]"

NamedState named(const Test& test, const State& state);
std::string text(const NamedState& state);  // "0:r0=1; [x]=2;"

struct Expected {
  std::string verdict;
  std::set<NamedState> states;
  bool buffers_loads = false;   // herd's answer has executions with a cycle in (po | rf), which
                                // are taken out of `states`
  bool only_by_cycles = false;  // and the verdict holds only with them
  bool race = false;            // flag undef
  std::optional<std::uint64_t> executions;  // herd's witnesses, if the table has them; not of sc
  std::size_t line = 0;         // in the table
};

class Table {
 public:
  // `sc`: the answers under sc. Throws FileError.
  Table(const std::string& file, bool sc);
  // By the test's file name without its folder; null: there is none.
  const Expected* find(const std::string& name) const;
  const std::map<std::string, Expected>& rows() const { return rows_; }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  std::map<std::string, Expected> rows_;
};

// Nothing: they agree. Else one line of how they differ.
std::optional<std::string> difference(const Test& test, const Ran& ran, const Expected& expected);

}  // namespace tenterhook::checker::litmus
