// Does a memory model allow the execution? Written down from the papers, axiom by axiom.
#pragma once

#include "tests/graphs/candidate.hpp"

namespace tenterhook::graphs {

// Lamport 1979, as Shasha and Snir (TOPLAS 1988) have it: po, rf, co and fr have no cycle; and
// between the read and the write of a read-modify-write no other write comes.
bool consistent_sc(const candidate& c);

// x86-TSO as Alglave, Maranget and Tautschnig have it ("Herding cats", TOPLAS 2014), with C++ as
// compilers for x86 map it: a seq_cst store is an xchg, a read-modify-write is locked whether it
// succeeds or not, a seq_cst fence is an mfence, everything else is a plain mov or nothing.
bool consistent_tso(const candidate& c);

// RC11: Lahav, Vafeiadis, Kang, Hur, Dreyer, "Repairing sequential consistency in C/C++11", PLDI
// 2017, section 3. A program with a race between accesses one of which is plain is undefined; that
// is not asked here.
bool consistent_rc11_2017(const candidate& c);

// The same but for release sequences: a later store of the releasing thread does not continue one.
// So in C++20 (P0982), and in the published numbers of Chase and Lev's deque.
bool consistent_rc11(const candidate& c);

// POWER and ARMv7: Alglave, Maranget, Tautschnig, "Herding cats", TOPLAS 2014, section 6 and table
// VII for ARM, without po-loc in the preserved program order; as herd7's ppc.cat and arm.cat have
// them, which add that coherence and the program order of exclusive accesses have no cycle. On ARM
// every barrier is a strong one, dmb.st between writes only. Programs are assembly.
bool consistent_power(const candidate& c);
bool consistent_arm(const candidate& c);

}  // namespace tenterhook::graphs
