// Threads: newm, allocm, mcommoninit, checkmcount, mstart, mstart1, startm, stopm, mspinning, mput,
// mget, setMaxThreads, mcount of Go 1.6 (proc.go). Ms are never freed before the runtime ends.
//
// Thread safety: at each function.
// Checked by: spinning/*, deadlock/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// Makes an M and starts its thread: fn on it first, if any, and then the scheduler with pp.
// id: from reserve_m; negative: none was reserved. extra: see extram.hpp.
void newm(runtime& rt, void (*fn)(), p* pp, std::int64_t id = -1);
m* allocm(runtime& rt, void (*fn)(), std::int64_t id = -1, bool extra = false);

// Counts an M that is about to be made, so that no moment sees it uncounted (L04). Returns its id.
// REQUIRES: sched.lock is held. Fatal: "thread exhaustion", with the lock let go.
std::int64_t reserve_m(runtime& rt);
void checkmcount(runtime& rt);

// What an M's thread runs; `argument` is the m. Returns when the runtime ends.
void mstart(void* argument);

// Sleeps until there is work, and has a P then. False: the runtime ends.
// REQUIRES: on g0, without a P, not spinning, holding no lock.
bool stopm();

// Has some M run pp, or an idle P if pp == nullptr (none: nothing happens). spinning: the caller
// has counted one in nmspinning, which the M that is started takes over, or which is taken back.
// May be called without a P. REQUIRES: the caller does not hold sched.lock.
void startm(runtime& rt, p* pp, bool spinning);
void mspinning();  // mstartfn of a spinning M

// The list of idle Ms. REQUIRES: sched.lock is held. mput looks for a deadlock.
void mput(m* mp);
m* mget(runtime& rt);

// Most threads from now on; returns what it was. Fatal if there are more: "thread exhaustion".
// REQUIRES: on a goroutine.
std::int32_t setMaxThreads(runtime& rt, std::int32_t most);
std::int32_t mcount(runtime& rt);

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
