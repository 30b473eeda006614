// What a person reads: the failure with everybody's position, and the trace with a column a thread.
#pragma once

#include <string>
#include <vector>

#include "checker/execution/failure.hpp"
#include "checker/execution/trace.hpp"

namespace tenterhook::checker {

// A few lines: kind, message, place, then each thread's state, operation and place.
std::string failure_text(const Failure& failure);

// One line a step: number, the operation in its thread's column, the place at the right. Values are
// those that were read and written; "from step n" is the write that a read saw.
std::string trace_text(const std::vector<TraceEntry>& trace);

}  // namespace tenterhook::checker
