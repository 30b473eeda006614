// What a traced execution keeps of each step. Text is made at once: objects die.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checker/execution/op.hpp"

namespace tenterhook::checker {

struct TraceEntry {
  std::uint64_t step = 0;
  Actor actor;
  std::string thread;
  OpKind op = OpKind::none;
  std::string object;    // "p1.runqtail"; empty: none
  std::string detail;    // "= 3 from 12", "7 -> 8", "failed, saw 4"
  std::string order;     // "acquire"; empty: none
  std::string file;
  unsigned line = 0;
  std::string function;
  std::vector<std::uint32_t> choices;  // values chosen within this step
};

}  // namespace tenterhook::checker
