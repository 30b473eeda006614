// System calls: reentersyscall, entersyscall, entersyscall_gcwait, entersyscallblock, exitsyscall,
// exitsyscallfast, exitsyscallfast_pidle, exitsyscall0 of Go 1.6 (proc.go).
//
// A goroutine in a system call keeps its M. Its P stays behind in Psyscall, and anybody who needs
// it may take it with a compare-exchange of the status; on the way back the M tries the same.
// Meanwhile m.p is nullptr, and m.oldp the P that it had.
//
// REQUIRES, all of them: on a goroutine, which calls exit after enter; between the two nothing of
// the runtime. Checked by: syscall/*.
#pragma once

#include "runtime/runtime2.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

void entersyscall();
void reentersyscall();

// For a call that is known to block: the P is given away at once.
void entersyscallblock();

// Returns with a P, perhaps on another M, perhaps later.
void exitsyscall();

// Another system call, or its end, or a change of hands. REQUIRES: the caller owns pp.
void count_syscall(p* pp);

// Pieces of them, exposed for scenarios. exitsyscallfast: is there a P at once?
void entersyscall_gcwait();
bool exitsyscallfast();
bool exitsyscallfast_pidle();
g* exitsyscall0(g* gp);  // on g0

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
