#include "checker/relacy/session.hpp"

#include <sys/mman.h>

#include <chrono>

#include "arch/lowering.hpp"
#include "checker/relacy/interrupt.hpp"

namespace tenterhook::relacy::engine {

session current;

const char* text(failure_kind kind) {
  switch (kind) {
    case failure_kind::none: return "none";
#define FAILURE(name, words) \
  case failure_kind::name:   \
    return words;
#include "checker/execution/failures.def"
#undef FAILURE
  }
  return "none";
}

void clock::reset() {
  for (rl::timestamp_t& t : times) t = 0;
}

void clock::acquire(rl::thread_info_base& by) const {
  by.own_acq_rel_order_ += 1;
  for (unsigned i = 0; i < current.capacity; i++) {
    by.acq_rel_order_[i] = std::max(by.acq_rel_order_[i], times[i]);
  }
}

void clock::release(rl::thread_info_base& by) {
  by.own_acq_rel_order_ += 1;
  for (unsigned i = 0; i < current.capacity; i++) {
    times[i] = std::max(times[i], by.acq_rel_order_[i]);
  }
}

void arena::reset() {
  if (begin_ == nullptr) {
    constexpr std::uint64_t free_place = wide ? 0x2000'0000'0000 : 0x8000'0000;
    void* const wish = reinterpret_cast<void*>(static_cast<std::uintptr_t>(free_place));
    constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    void* got = mmap(wish, capacity, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (got == MAP_FAILED) throw std::bad_alloc();
    begin_ = static_cast<char*>(got);
  }
  used_ = 0;
}

void session::begin_execution() {
  for (unsigned i = 0; i < capacity; i++) threads[i] = thread_state{};
  started = 1;
  here = {};
  threads[0].name = "main";
  slot_of[0] = 0;
  cut = false;
  failed_once = false;
  futexes.clear();
  sites.clear();
  overdue = 0;
  promised = 0;
  quiescing = left_behind = false;
  stacks_used = 0;
  memory.reset();
}

bool session::end_execution(bool last) {
  if (cut) {
    blocked++;
  } else {
    executions++;
  }
  finished = last;
  if (last || interrupted()) return true;
  const std::uint64_t all = executions + blocked;
  if (runs_left != 0 && all >= runs_left) return true;
  return all % 32 == 0 && seconds_now() >= deadline;
}

void session::note_failure(failure_kind what, const char* words, const char* file, unsigned line) {
  kind = what;
  message = words;
  if (*file == '\0' || std::strstr(file, "relacy/context.hpp") != nullptr) {
    file = here.file_name();
    line = here.line();
  }
  location = *file == '\0' ? "" : rl::string(file) + ":" + std::to_string(line).c_str();
  thread = self().name != nullptr ? self().name : "";
}

void session::fail(failure_kind what, const char* words, std::source_location where) {
  note_failure(what, words, where.file_name(), where.line());
  rl::ctx().fail_test(words, rl::test_result_user_assert_failed, info(where));
  std::abort();  // fail_test went to the explorer, and nobody comes back here
}

void session::abandon() {
  cut = true;
  // A failed test whose result is success: Relacy leaves the threads where they are and goes on
  // with its next execution. simulate.hpp restarts them.
  rl::ctx().fail_test("not of interest", rl::test_result_success, info(here));
  std::abort();
}

void session::evaluate_promises() {
  for (unsigned i = 0; i < promised; i++) {
    if (!promises[i].holds(promises[i].argument)) {
      fail(failure_kind::invariant, promises[i].words, here);
    }
  }
}

rl::string session::who_is_blocked() const {
  rl::string result;
  for (unsigned i = 0; i < started; i++) {
    const thread_state& t = threads[i];
    if (t.blocked == nullptr) continue;
    if (!result.empty()) result += "; ";
    result += rl::string(t.name) + " in " + t.blocked + " at " + t.where.file_name() + ":" +
              std::to_string(t.where.line()).c_str();
  }
  return result;
}

bool session::only_ended_are_left() const {
  if (!left_behind) return false;
  for (unsigned i = 0; i < started; i++) {
    if (!threads[i].finished) return false;
  }
  return true;
}

long session::leaked() const {
  long count = 0;
  for (unsigned i = 0; i < started; i++) count += threads[i].ended ? 0 : threads[i].blocks;
  return count;
}

void session::log(const char* words, std::source_location where) {
  if (recording()) rl::ctx().exec_log_msg(info(where), words);
}

futex_queue& session::queue(const void* word) {
  for (futex_queue& q : futexes) {
    if (q.word == word) return q;
  }
  futexes.push_back(futex_queue{word, {}, 0, {}});
  futexes.back().lock.reset();
  return futexes.back();
}

unsigned& session::used(std::source_location where, environment what) {
  for (site_count& s : sites) {
    if (s.line == where.line() && s.what == what && s.file == where.file_name()) return s.count;
  }
  sites.push_back(site_count{where.file_name(), where.line(), what, 0});
  return sites.back().count;
}

namespace {

std::memory_order weaker(arch::operation what, std::memory_order order) {
  if (order != std::memory_order_seq_cst) return std::memory_order_relaxed;
  switch (what) {
    case arch::operation::load:
    case arch::operation::failed_cas: return std::memory_order_acquire;
    case arch::operation::store: return std::memory_order_release;
    default: return std::memory_order_acq_rel;
  }
}

}  // namespace

std::memory_order session::altered(arch::operation what, std::memory_order order,
                                   std::source_location where) {
  if (order != std::memory_order_relaxed && hit(Mutate::weaken, where)) {
    order = weaker(what, order);
  }
  return settings->raise ? arch::raised(*settings->raise, what, order) : order;
}

bool session::hit(Mutate mutation, std::source_location where) {
  const Mutant& m = settings->mutant;
  if (m.kind != mutation || m.line != where.line()) return false;
  if (m.column != 0 && m.column != where.column()) return false;
  const std::string_view file = where.file_name();
  if (!file.ends_with(m.file)) return false;
  mutated++;
  return true;
}

void names::cell(const void* begin, std::size_t bytes, const char* name, int index) {
  rl::string shown = name;
  if (index >= 0) shown += rl::string("[") + std::to_string(index).c_str() + "]";
  if (shown.empty()) return;
  known_.push_back(entry{reinterpret_cast<std::uintptr_t>(begin), bytes, true, shown});
}

void names::object(const void* begin, std::size_t bytes, const char* type, std::int64_t number) {
  const rl::string shown = rl::string(type) + std::to_string(number).c_str();
  known_.push_back(entry{reinterpret_cast<std::uintptr_t>(begin), bytes, false, shown});
}

std::string names::of(std::uintptr_t address) const {
  const entry* cell = nullptr;
  const entry* object = nullptr;  // the smallest that holds it
  for (auto e = known_.rbegin(); e != known_.rend(); ++e) {
    if (address < e->begin || address >= e->begin + e->bytes) continue;
    const entry*& best = e->is_cell ? cell : object;
    if (best == nullptr || e->bytes < best->bytes) best = &*e;
  }
  if (cell == nullptr && object == nullptr) return {};
  std::string result = object != nullptr ? object->name.c_str() : "";
  if (object != nullptr && cell != nullptr) result += '.';
  if (cell != nullptr) result += cell->name.c_str();
  return result;
}

}  // namespace tenterhook::relacy::engine
