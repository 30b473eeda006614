// Dead goroutines for reuse: gfput, gfget, gfpurge of Go 1.6 (proc.go). Two levels: each P has a
// list of its own, and exchanges batches with sched's.
//
// A goroutine keeps its stack: all are of one size.
//
// REQUIRES, all of them: the caller owns pp. Any number of Ps at the same time.
// Checked by: gfree/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Puts a dead goroutine on pp's list; a list of gfree_high sheds all but gfree_low - 1 to sched's.
// REQUIRES: nobody else knows gp.
void gfput(p* pp, g* gp);

// The goroutine that died last on pp, else one of a batch from sched's list, else nullptr. nullptr
// says that there was none in sched's list when it was looked at without its lock: if one was being
// put there at the time, a new goroutine costs little.
g* gfget(p* pp);

// Moves pp's list to sched's: for a P that goes out of use.
void gfpurge(p* pp);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
