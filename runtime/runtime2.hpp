// The objects of the scheduler: G, M, P and sched, as Go's runtime2.go (1.6) has them. Nothing here
// is global: everything hangs on one `runtime` object, so two runtimes can live in one program, and
// dropping the object is the reset.
//
// A runtime is used in one of two ways. Bare, right after its construction: the Ps exist, and
// threads of the caller's work on their queues. Or started (runtime/start.hpp): Ms run goroutines.
//
// Thread safety: a comment at each field says who may touch it. Construction and destruction are
// one thread's, before and after all others. Fields that Go reads and writes plainly although
// threads race for them are atomic and relaxed here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "platform/atomic.hpp"
#include "platform/config.hpp"
#include "platform/plain.hpp"
#include "platform/stack.hpp"
#include "platform/thread.hpp"
#include "runtime/sync/lock.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/sync/sema.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

struct g;
struct m;
struct p;
struct runtime;

// Go's names for pointers that the collector does not follow.
using guintptr = g*;
using muintptr = m*;
using puintptr = p*;

// The states of a goroutine. Go's numbers: schedtrace prints them.
//
// Allocated, not yet initialised.
inline constexpr std::uint32_t Gidle = 0;
// In a run queue, or on its way there or from there. Its stack is nobody's.
inline constexpr std::uint32_t Grunnable = 1;
// Has an M and a P, and owns its stack; in no queue.
inline constexpr std::uint32_t Grunning = 2;
// In a system call: has an M, owns its stack, and is in no queue.
inline constexpr std::uint32_t Gsyscall = 3;
// Parked. Somebody knows it, or nobody ever will.
inline constexpr std::uint32_t Gwaiting = 4;
// Unused: in a free list, or just taken from there.
inline constexpr std::uint32_t Gdead = 6;
// Its stack is being moved; whoever made it so owns it.
inline constexpr std::uint32_t Gcopystack = 8;
// Over one of the others: somebody scans the stack, and the state must not change before it ends.
inline constexpr std::uint32_t Gscan = 0x1000;
inline constexpr std::uint32_t Gscanrunnable = Gscan + Grunnable;
inline constexpr std::uint32_t Gscanrunning = Gscan + Grunning;
inline constexpr std::uint32_t Gscansyscall = Gscan + Gsyscall;
inline constexpr std::uint32_t Gscanwaiting = Gscan + Gwaiting;
// The scan of a running goroutine that is to be readied when it ends.
inline constexpr std::uint32_t Gscanenqueue = Gscan + 7;

// The states of a P. Go's numbers.
inline constexpr std::uint32_t Pidle = 0;     // in sched.pidle, or in the hands of one M
inline constexpr std::uint32_t Prunning = 1;  // its M runs goroutines, or the scheduler
inline constexpr std::uint32_t Psyscall = 2;  // its M is in a system call; anybody may take it
inline constexpr std::uint32_t Pgcstop = 3;   // the world stops or has stopped
inline constexpr std::uint32_t Pdead = 4;     // beyond gomaxprocs

// sched.stopwait while the process crashes (freezetheworld): more Ps than there can be.
inline constexpr std::int32_t freezeStopWait = 0x7fffffff;

// m.locked: how many internal locks a thread has, times two, and whether the user locked it.
inline constexpr std::uint32_t LockExternal = 1;
inline constexpr std::uint32_t LockInternal = 2;

// A goroutine.
struct g {
  explicit g(std::int64_t id);
  g(const g&) = delete;
  g& operator=(const g&) = delete;
  ~g();

  // Of the list that holds this g: guarded as the list is. Otherwise its holder's.
  platform::plain<g*> schedlink{nullptr, "schedlink"};
  // Written by newproc before the g is published, again after reuse; anybody reads.
  platform::plain<std::int64_t> goid;
  // The same, for traces, which look while it is used again.
  platform::atomic<std::int64_t> traceid{0, "traceid"};
  // By g_status.hpp alone.
  platform::atomic<std::uint32_t> atomicstatus{Gidle, "atomicstatus"};

  // The M that runs it: written by that M; others read it racily.
  platform::atomic<muintptr> m{nullptr, "g.m"};
  // The M that it is locked to: written by itself; by whoever holds it, read; racily by schedtrace.
  platform::atomic<muintptr> lockedm{nullptr, "lockedm"};
  // Where it goes on. Whoever may enter it may write it.
  platform::context sched{"sched"};
  platform::stack stack{};  // its holder's; low == nullptr: none
  // What it runs: written by newproc, read by itself.
  platform::plain<void (*)(void*)> fn{nullptr, "fn"};
  platform::plain<void*> arg{nullptr, "arg"};
  alignas(8) std::byte own[32];  // what arg points to, if it was copied

  // The request to preempt it, and its short form that each safepoint looks at, which here is a
  // flag where Go poisons the stack guard. Set by anybody, cleared by itself.
  platform::atomic<std::uint32_t> preempt{0, "preempt"};
  platform::atomic<std::uint32_t> stackguard0{0, "stackguard0"};  // stackPreempt: poisoned
  // The request to scan itself. Set under the scan bit, cleared by the scanner.
  platform::atomic<std::uint32_t> preemptscan{0, "preemptscan"};
  // The scan of this round is done: the scanner's, and the goroutine's own when it scans itself.
  platform::atomic<std::uint32_t> gcscandone{0, "gcscandone"};
  // Nothing was done since the last scan. Its own while it runs, else whoever has the scan bit.
  platform::plain<bool> gcscanvalid{false, "gcscanvalid"};

  // Why it is parked: written by itself, read racily by schedtrace.
  platform::atomic<const char*> waitreason{"", "waitreason"};
  // Passed by whoever readies it.
  platform::plain<void*> param{nullptr, "param"};
  // Since when it waits, in ns; 0: unknown.
  platform::plain<std::int64_t> waitsince{0, "waitsince"};
  // Is it in a run queue, and how often was it let run? For proofs; see places.hpp.
  platform::plain<bool> queued{false, "queued"};
  platform::plain<std::uint32_t> turns{0, "turns"};
  // Is it one of the runtime's own? Written by newproc before the g is published.
  platform::plain<bool> system{false, "system"};
};

inline constexpr std::uint32_t stackPreempt = 1;

// A thread of the system that runs goroutines.
struct m {
  m(runtime& owner, std::int64_t number);
  m(const m&) = delete;
  m& operator=(const m&) = delete;
  ~m();

  runtime& rt;            // immutable
  const std::int64_t id;  // immutable
  note park{"park"};      // its own thread sleeps, anybody who finds it in a queue wakes
  sudog waiting;          // see sudog
  // The thread's own stack, on which it schedules. nullptr in an M that is not one of a started
  // runtime. Its m never changes.
  g* g0 = nullptr;

  // -- its own thread's alone, so that these are no cells --
  g* running = nullptr;  // what getg() says: g0 or the goroutine whose stack this runs on
  void (*mstartfn)() = nullptr;           // written by allocm
  g* (*mcallfn)(g*) = nullptr;            // what g0 runs for the goroutine that has just left
  bool (*waitunlockf)(g*, void*) = nullptr;  // gopark to park_m
  void* waitlock = nullptr;
  puintptr oldp = nullptr;      // the P that it had when it entered the system call
  std::uint32_t syscalltick = 0;
  platform::thread_handle thread{};  // written by newm, read by the thread that ends the runtime
  platform::atomic<std::uint32_t> started{0, "started"};  // 1: `thread` is written

  // -- written by its own thread, or by whoever took it off the idle list before it wakes it --
  // The P that it runs goroutines with.
  platform::atomic<puintptr> p{nullptr, "m.p"};
  // The P to run with when it wakes.
  platform::plain<puintptr> nextp{nullptr, "nextp"};
  // Out of work, and looking for it. Read racily by schedtrace, as all that follows.
  platform::atomic<std::uint32_t> spinning{0, "spinning"};
  platform::plain<bool> counted{false, "m.counted"};  // in nmspinning; for proofs: see places.hpp
  platform::atomic<std::int32_t> helpgc{0, "helpgc"};  // not 0: woken to help the collector
  // Not 0: no preemption.
  platform::atomic<std::int32_t> locks{0, "m.locks"};
  platform::atomic<guintptr> curg{nullptr, "curg"};        // the goroutine that it runs
  platform::atomic<guintptr> lockedg{nullptr, "lockedg"};  // the only one that it may run
  platform::atomic<std::uint32_t> locked{0, "locked"};     // LockExternal, LockInternal
  platform::atomic<std::int32_t> profilehz{0, "m.profilehz"};
  platform::atomic<std::int32_t> throwing{0, "throwing"};
  platform::atomic<std::int32_t> dying{0, "dying"};
  platform::atomic<std::int32_t> mallocing{0, "mallocing"};
  bool joined = false;       // of the thread that ends the runtime
  // Not empty: keeps its goroutine from being preempted.
  platform::atomic<const char*> preemptoff{"", "preemptoff"};
  bool needextram = false;  // its own thread's: see needm
  bool sigmask = false;     // the same: were signals masked when it was borrowed?
  bool extra = false;       // for foreign threads: immutable, written by allocm
  // Threads that have it: two while one is about to be done with it. Theirs; stop() looks.
  platform::atomic<std::uint32_t> borrowers{0, "borrowers"};

  // Of the list that it is in: sched.midle, guarded by sched.lock, or extram, by its lock.
  platform::plain<muintptr> schedlink{nullptr, "m.schedlink"};
  muintptr alllink = nullptr;  // written before it is published in rt.allm
};

// A processor: the right to run Go code, with its local run queue and caches.
struct p {
  p(runtime& owner, std::int32_t number, std::uint32_t start_index = 0);
  p(const p&) = delete;
  p& operator=(const p&) = delete;

  runtime& rt;            // immutable
  const std::int32_t id;  // immutable

  // By its M; from Psyscall and to Pidle and Pgcstop by others too, with a compare-exchange.
  platform::atomic<std::uint32_t> status{Pgcstop, "p.status"};
  platform::plain<puintptr> link{nullptr, "p.link"};  // of the list that holds it
  // Its M; nullptr while it is idle or in a system call. Read racily by preemptone.
  platform::atomic<muintptr> m{nullptr, "p.m"};
  // Time slices begun, and system calls; the owner's, read racily by sysmon.
  platform::atomic<std::uint32_t> schedtick{0, "schedtick"};
  // The monitor's word that the time slice is over, for the next goroutine: see next_in_line.
  platform::atomic<std::uint32_t> slice_over{0, "slice_over"};
  platform::atomic<std::uint32_t> syscalltick{0, "syscalltick"};
  // 1: run sched.safePointFn at the next safe point. See safepoint.hpp.
  platform::atomic<std::uint32_t> runSafePointFn{0, "runSafePointFn"};

  // The local run queue, a ring: the owner produces at the tail, anyone consumes at the head.
  // Both count up and wrap at 2^32; the queue holds tail - head goroutines. See runq.hpp.
  platform::atomic<std::uint32_t> runqhead;  // owner and thieves, by CAS
  platform::atomic<std::uint32_t> runqtail;  // written by the owner only
  // Written by the owner; read racily: what a thief read counts only if its CAS of head succeeds.
  std::array<platform::atomic<g*>, platform::config::runq_size> runq;
  // The goroutine that the running one readied: next in line, in the same time slice. The owner
  // puts and takes, thieves may take, all by CAS.
  platform::atomic<g*> runnext{nullptr, "runnext"};

  // Dead goroutines for reuse, linked by schedlink; only the owner, but that gcount looks.
  platform::plain<g*> gfree{nullptr, "p.gfree"};
  platform::atomic<std::int32_t> gfreecnt{0, "p.gfreecnt"};

  // All sudogs that were made here, by alllink, and those for reuse, by next; only the owner.
  platform::plain<sudog*> sudogs{nullptr, "p.sudogs"};
  platform::plain<sudog*> sudogcache{nullptr, "p.sudogcache"};
  platform::plain<std::int32_t> sudogcount{0, "p.sudogcount"};

  // The batch of goids that this P hands out: [goidcache, goidcacheend). Only the owner.
  platform::plain<std::uint64_t> goidcache{0, "goidcache"};
  platform::plain<std::uint64_t> goidcacheend{0, "goidcacheend"};

  // What sysmon saw last (Go's pdesc); sysmon's alone.
  struct {
    platform::plain<std::uint32_t> schedtick{0, "pdesc.schedtick"};
    platform::plain<std::int64_t> schedwhen{0, "pdesc.schedwhen"};
    platform::plain<std::uint32_t> syscalltick{0, "pdesc.syscalltick"};
    platform::plain<std::int64_t> syscallwhen{0, "pdesc.syscallwhen"};
  } pdesc;
};

// What all Ps share.
struct sched_t {
  platform::atomic<std::uint64_t> goidgen{0, "sched.goidgen"};  // the last id given to a batch
  // When the network was polled last, in ns; 0: a thread polls now, and blocks.
  platform::atomic<std::uint64_t> lastpoll{0, "sched.lastpoll"};

  mutex lock{"sched.lock", -1, lock_rank::sched};
  // Is the world stopped? For proofs; see places.hpp.
  platform::plain<bool> stopped{false, "sched.stopped"};

  // Ms that wait for work, linked by schedlink; how many; and how many wait that are locked to a
  // goroutine. Guarded by lock.
  platform::plain<muintptr> midle{nullptr, "sched.midle"};
  platform::plain<std::int32_t> nmidle{0, "sched.nmidle"};
  platform::plain<std::int32_t> nmidlelocked{0, "sched.nmidlelocked"};
  // Ms that were made, and most that may be. Written under lock; mcount() looks without.
  platform::atomic<std::int32_t> mcount{0, "sched.mcount"};
  platform::plain<std::int32_t> maxmcount{10'000, "sched.maxmcount"};
  platform::atomic<std::uint32_t> ngsys{0, "sched.ngsys"};  // goroutines of the runtime's own

  // Idle Ps, linked by link: written under lock; looked at without. And how many.
  platform::atomic<puintptr> pidle{nullptr, "sched.pidle"};
  platform::atomic<std::uint32_t> npidle{0, "sched.npidle"};
  // How many are in the list: for proofs; see places.hpp. Under lock.
  platform::plain<std::uint32_t> idle{0, "sched.idle"};
  // Ms that spin, and those that are about to: see schedule.hpp.
  platform::atomic<std::uint32_t> nmspinning{0, "sched.nmspinning"};

  // The global run queue, guarded by lock. The size is atomic because it is looked at without.
  platform::plain<g*> runqhead{nullptr, "sched.runqhead"};
  platform::plain<g*> runqtail{nullptr, "sched.runqtail"};
  platform::atomic<std::int32_t> runqsize{0, "sched.runqsize"};

  // Dead goroutines, linked by schedlink, guarded by gflock. Both are atomic because they are
  // looked at without it: gfree before taking the lock, ngfree for the count of goroutines.
  mutex gflock{"sched.gflock", -1, lock_rank::gflock};
  platform::atomic<g*> gfree{nullptr, "sched.gfree"};
  platform::atomic<std::int32_t> ngfree{0, "sched.ngfree"};

  // Sudogs for reuse, linked by next, guarded by sudoglock; looked at without.
  mutex sudoglock{"sched.sudoglock", -1, lock_rank::sudog};
  platform::plain<sudog*> sudogcache{nullptr, "sched.sudogcache"};

  // Stopping the world: see stop_world.hpp.
  platform::atomic<std::uint32_t> gcwaiting{0, "sched.gcwaiting"};  // 1: stop
  platform::atomic<std::int32_t> stopwait{0, "sched.stopwait"};     // Ps yet to stop; under lock
  note stopnote{"sched.stopnote"};
  platform::atomic<std::uint32_t> sysmonwait{0, "sched.sysmonwait"};  // 1: sysmon sleeps on
  note sysmonnote{"sched.sysmonnote"};

  // The function that each P runs at its next safe point: see safepoint.hpp. Guarded by lock.
  platform::plain<void (*)(puintptr)> safePointFn{nullptr, "sched.safePointFn"};
  platform::plain<std::int32_t> safePointWait{0, "sched.safePointWait"};
  note safePointNote{"sched.safePointNote"};

  platform::atomic<std::int32_t> profilehz{0, "sched.profilehz"};  // written under lock
  platform::plain<std::int64_t> procresizetime{0, "sched.procresizetime"};  // under lock
  platform::plain<std::int64_t> totaltime{0, "sched.totaltime"};            // P-nanoseconds
};

// Which document the local run queue follows.
enum class runq_form : std::uint8_t {
  // November 2014: no runnext; a thief grabs into a batch of its own and copies from there.
  go14,
  // Go 1.6: runnext; a thief grabs right into its own ring.
  go16,
};

// What a runtime calls for that comes from elsewhere. Immutable once it is started.
struct hooks {
  // netpoll: goroutines whose input is ready, in status Gwaiting, linked by schedlink, or nullptr.
  // block: waits for some, or until rt.exiting is set, after which it returns nullptr.
  // nullptr: there is no network (netpollinited is false).
  g* (*netpoll)(runtime& rt, bool block) = nullptr;
  // What gchelper does: one M's part of a collection. nullptr: nothing.
  void (*gchelper)(m& mp) = nullptr;
  // scanstack of a goroutine that does not run, or is the caller. nullptr: nothing.
  void (*scanstack)(g* gp) = nullptr;
  // gcStart, called by the forced-collection goroutine. nullptr: nothing.
  void (*force_gc)(runtime& rt) = nullptr;
  // resetcpuprofiler: from now on the calling thread is profiled at hz; 0: not. nullptr: nothing.
  void (*resetcpuprofiler)(m& mp, std::int32_t hz) = nullptr;
  // mheap.scavenge: gives memory unused for `limit` ns back; the k-th time. nullptr: nothing.
  void (*scavenge)(runtime& rt, std::int32_t k, std::int64_t now, std::int64_t limit) = nullptr;
  // Where throw, schedtrace and checkdead print. nullptr: standard error, natively; else nowhere.
  // Any thread, several at a time, whatever locks they hold. Has to return; no safe points.
  void (*print)(const char* text) = nullptr;
};

// The goroutine that forces collections, woken by sysmon: Go's forcegc.
struct forcegc_t {
  mutex lock{"forcegc.lock", -1, lock_rank::forcegc};
  platform::plain<g*> gp{nullptr, "forcegc.g"};  // written before idle
  platform::atomic<std::uint32_t> idle{0, "forcegc.idle"};
  // When the last collection ended, in ns of nanotime: the collector's. 0: there was none, and none
  // is forced (Go's memstats.last_gc).
  platform::atomic<std::uint64_t> last_gc{0, "last_gc"};
  // Most between two, in ns; negative: they are never forced, and without a scavenger the monitor's
  // sleep ends by a wakeup only. Immutable once started.
  std::int64_t period = 120'000'000'000;
};

// The helpers of a collection in a stopped world: Go's work, as far as it is about them. Theirs,
// and the collector's between two collections.
struct gcwork_t {
  platform::atomic<std::int32_t> nproc{0, "work.nproc"};  // Ms that collect, the collector's too
  platform::atomic<std::int32_t> ndone{0, "work.ndone"};  // helpers that are done
  note alldone{"work.alldone"};
};

// A CPU profile's lock and rate: Go's prof.
struct prof_t {
  platform::atomic<std::uint32_t> lock{0, "prof.lock"};
  platform::atomic<std::int32_t> hz{0, "prof.hz"};
};

struct runtime {
  // start_index: where the run queues' indices start, so that their wrap at 2^32 is within reach.
  // REQUIRES: 0 < procs <= max_gomaxprocs.
  explicit runtime(std::int32_t procs, runq_form which = runq_form::go16,
                   std::uint32_t start_index = 0);
  ~runtime();
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  // How many of allp there are to use. Changes while the world is stopped, under sched.lock; others
  // look at any time.
  platform::atomic<std::int32_t> gomaxprocs;
  platform::plain<std::int32_t> newprocs{0, "newprocs"};  // for the next startTheWorld
  const runq_form form;                                   // immutable
  const std::uint32_t start_index;                        // immutable
  // Ps never go away, and gomaxprocs publishes new ones: allp[i], i < gomaxprocs, is immutable.
  std::vector<p*> allp;
  sched_t sched;
  sema_table semtable;
  semaphore worldsema{1, "worldsema"};  // held by whoever stops the world

  // All goroutines that were ever made, under allglock; how many, for a look without.
  mutex allglock{"allglock", -1, lock_rank::allg};
  std::vector<g*> allgs;
  platform::atomic<std::uint64_t> allglen{0, "allglen"};
  // All Ms, linked by alllink; written under sched.lock.
  platform::atomic<muintptr> allm{nullptr, "allm"};
  // Ms for threads that the runtime did not make, linked by schedlink: see extram.hpp.
  platform::atomic<muintptr> extram{nullptr, "extram"};
  platform::atomic<std::int32_t> extraMLength{0, "extraMLength"};  // under its lock; gcount looks

  bool cgoHasExtraM = false;  // newextram was called: written then, before any needm

  m* m0 = nullptr;            // the first; immutable once started
  hooks hook;                 // immutable once started
  bool has_sysmon = false;    // immutable once started
  // GODEBUG: a line of schedtrace every so many ms, 0: none; and whether with details. Written by
  // start, from options.debug; sysmon reads them.
  std::int32_t debug_schedtrace = 0;
  bool debug_scheddetail = false;
  forcegc_t forcegc;
  gcwork_t gcwork;
  prof_t prof;
  platform::atomic<std::uint32_t> panicking{0, "panicking"};
  // 1: the main goroutine has returned: a deadlock is none any more. See start.hpp.
  platform::atomic<std::uint32_t> mainReturned{0, "mainReturned"};
  note exited{"exited"};
  // 1: every M is to end. Set by stop() alone, with gcwaiting, which the Ms look at.
  platform::atomic<std::uint32_t> exiting{0, "exiting"};
  void (*main)(void*) = nullptr;  // immutable once started, both
  void* main_argument = nullptr;
  // How long stopTheWorld and forEachP wait before they ask again, in ns; < 0: for ever, so that
  // nothing is mended by time. Immutable once started.
  std::int64_t stop_again_after = 100'000;
  std::int64_t runtimeInitTime = 0;  // immutable once started
  std::uint32_t maxstack = 64 << 10;  // bytes of a goroutine's stack; immutable once started
  platform::stack_pool stacks;
};

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
