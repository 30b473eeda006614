// Semaphores, notes and the parallel for against their sequential specifications: a count, a state,
// and a count of each iteration.
#include "platform/memory.hpp"
#include "platform/plain.hpp"
#include "platform/thread.hpp"
#include "properties/cells.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/sync/note.hpp"
#include "runtime/sync/parfor.hpp"
#include "runtime/sync/sema.hpp"
#include "tests/properties/drive.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::tests {
namespace {

using counters = properties::cells<platform::plain<int>>;

void count(runtime::parfor* desc, std::uint32_t i) {
  auto& times = *static_cast<counters*>(desc->ctx);
  times[i].set(times[i].get() + 1);
}

}  // namespace

difference drive_sema(const rules& by, const setup&, const std::vector<op>& ops) {
  auto& rt = *platform::create<runtime::runtime>(1);
  auto* mp = platform::create<runtime::m>(rt, 0);
  progress going;
  difference found;
  {
    runtime::semaphore semaphore(1, "count");
    std::int64_t model = by.first_count;
    for (std::size_t at = 0; at < ops.size() && found.what == nullptr; at++) {
      going.step();
      if (ops[at].kind % 2 == 0) {
        runtime::semrelease(rt, semaphore);
        model++;
      } else if (model > 0) {  // or it would wait for ever
        runtime::semacquire(*mp, semaphore);
        model--;
      }
      found.same("the count", at, model,
                 static_cast<std::int64_t>(semaphore.load(std::memory_order_seq_cst)));
      found.same("waiters", at, 0,
                 static_cast<std::int64_t>(
                     runtime::semroot(rt, semaphore).nwait.load(std::memory_order_seq_cst)));
    }
  }
  platform::destroy(mp);
  platform::destroy(&rt);
  return found;
}

difference drive_note(const rules& by, const setup&, const std::vector<op>& ops) {
  runtime::note note;
  bool woken = by.note_begins_woken;
  progress going;
  difference found;
  found.same("the key", 0, woken, note.key.load(std::memory_order_seq_cst));
  for (std::size_t at = 0; at < ops.size() && found.what == nullptr; at++) {
    going.step();
    switch (ops[at].kind % 4) {
      case 0:
        runtime::noteclear(note);
        woken = false;
        break;
      case 1:
        if (!woken) runtime::notewakeup(note);  // twice is fatal
        woken = true;
        break;
      case 2:
        if (woken) runtime::notesleep(note);  // or it would sleep for ever
        break;
      default: found.same("notetsleep", at, woken, runtime::notetsleep(note, ops[at].n)); break;
    }
    found.same("the key", at, woken, note.key.load(std::memory_order_seq_cst));
  }
  return found;
}

// Threads of their own, as a lonely one would wait for the others; without patience, as that looks
// to the checker like a wait.
difference drive_parfor(const rules& by, const setup& with, const std::vector<op>& ops) {
  constexpr std::size_t most_ops = 4;
  const auto most = static_cast<std::uint32_t>(with.procs);
  runtime::parfor* desc = runtime::parforalloc(most, 0);
  difference found;
  for (std::size_t at = 0; at < ops.size() && at < most_ops && found.what == nullptr; at++) {
    const std::uint32_t nthr = 1 + static_cast<std::uint32_t>(ops[at].p) % most;
    const auto n = static_cast<std::uint32_t>(ops[at].n);
    counters times("times", n + by.extra_iterations, 0);
    runtime::parforsetup(desc, nthr, n, &times, ops[at].kind % 2 != 0, count);
    std::vector<platform::thread_handle> threads;
    for (std::uint32_t i = 0; i < nthr; i++) {
      threads.push_back(platform::start_thread(
          "parfor", [](void* d) { runtime::parfordo(static_cast<runtime::parfor*>(d)); }, desc));
    }
    for (const platform::thread_handle t : threads) platform::join_thread(t);
    for (std::uint32_t i = 0; i < n + by.extra_iterations; i++) {
      found.same("an iteration's runs", at, 1, times[i].get());
    }
    found.same("threads done", at, nthr == 1 ? 0 : nthr,
               desc->done.load(std::memory_order_seq_cst));
  }
  runtime::parforfree(desc);
  return found;
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::tests
