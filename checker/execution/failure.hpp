// What an execution can come to, and the report of what went wrong.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenterhook::checker {

enum class FailureKind : std::uint8_t {
#define FAILURE(name, text) name,
#include "checker/execution/failures.def"
#undef FAILURE
};

const char* text(FailureKind kind);

// How one execution ended.
enum class Outcome : std::uint8_t {
  complete,   // every thread ran to its end
  blocked,    // an assumption was false
  redundant,  // abandoned: equivalent to one that was explored
  cut,        // the step limit
  failed,     // see Failure
};

// Where a thread stood when the execution failed.
struct Position {
  std::string thread;
  std::string state;  // "running", "blocked in futex-wait", "spinning", "finished"
  std::string op;     // the pending operation with its object
  std::string site;   // file:line (function)
};

struct Failure {
  FailureKind kind = FailureKind::assertion;
  std::string message;
  std::string thread;   // who did it
  std::string site;     // file:line of the operation at fault
  std::vector<Position> positions;

  // Equal for two failures that are one bug: kind, message and place.
  std::string signature() const;
};

}  // namespace tenterhook::checker
