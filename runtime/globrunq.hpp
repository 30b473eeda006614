// The global run queue: globrunqput, globrunqputhead, globrunqputbatch, globrunqget of Go 1.6
// (proc.go) and, but for globrunqputhead, November 2014 (proc1.go). A list through schedlink.
//
// REQUIRES, all of them: sched.lock is held. The list is plain data, so that a call without the
// lock is a reported race. First in, first out, but for globrunqputhead.
// Checked by: globrunq/*.
#pragma once

#include <cstdint>

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

void globrunqput(runtime& rt, g* gp);

void globrunqputhead(runtime& rt, g* gp);

// Puts n goroutines, linked by schedlink from ghead to gtail.
void globrunqputbatch(runtime& rt, g* ghead, g* gtail, std::int32_t n);

// Takes pp's fair share: the n-th part for n Ps and one more, at most max (if above 0) and at most
// half a local queue. Returns the first, puts the others into pp's local queue; nullptr if there
// are none. REQUIRES also: the caller owns pp, which has room for half a queue.
g* globrunqget(runtime& rt, p* pp, std::int32_t max);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
