// Names, traces and failure reports of an execution.
#include <fmt/format.h>

#include <algorithm>
#include <csetjmp>
#include <csignal>
#include <cstring>

#include "arch/orders.hpp"
#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {

const char* text(OpKind kind) {
  switch (kind) {
#define OP(name, string) \
  case OpKind::name:     \
    return string;
#include "checker/execution/ops.def"
#undef OP
  }
  return "?";
}

const char* text(FailureKind kind) {
  switch (kind) {
#define FAILURE(name, string) \
  case FailureKind::name:     \
    return string;
#include "checker/execution/failures.def"
#undef FAILURE
  }
  return "?";
}

const char* text(ActorKind kind) {
  switch (kind) {
    case ActorKind::run: return "run";
    case ActorKind::flush: return "flush";
    case ActorKind::timeout: return "timeout";
    case ActorKind::spurious: return "spurious";
    case ActorKind::interrupt: return "signal";
  }
  return "?";
}

const char* text(std::memory_order order) { return arch::name_of(order).data(); }

bool takes(OpKind kind, std::memory_order order) {
  switch (kind) {
    case OpKind::load: return arch::is_allowed(arch::atomic_operation::load, order);
    case OpKind::store: return arch::is_allowed(arch::atomic_operation::store, order);
    case OpKind::rmw:
    case OpKind::cas:
    case OpKind::cas_weak:
    case OpKind::fence: return true;
    default: return false;
  }
}

std::memory_order weaker(std::memory_order order, OpKind kind) {
  switch (order) {
    case std::memory_order_seq_cst:
      if (kind == OpKind::load) return std::memory_order_acquire;
      if (kind == OpKind::store) return std::memory_order_release;
      return std::memory_order_acq_rel;
    case std::memory_order_acq_rel:
      return std::memory_order_release;
    default:
      return std::memory_order_relaxed;
  }
}

// "runqput" of "bool tenterhook::hooked::runtime::runqput(p&, g*, bool)"
std::string function_text(std::source_location site) {
  std::string name = site.function_name();
  const std::size_t lambda = name.find("::<lambda");
  if (lambda != std::string::npos) name.resize(lambda);
  const std::size_t paren = name.find('(');
  if (paren != std::string::npos) name.resize(paren);
  const std::size_t space = name.rfind(' ');
  if (space != std::string::npos) name.erase(0, space + 1);
  const std::size_t colon = name.rfind("::");
  if (colon != std::string::npos) name.erase(0, colon + 2);
  return name;
}

std::string site_text(std::source_location site) {
  if (site.line() == 0) return "?";
  const std::string function = function_text(site);
  return fmt::format("{}:{}{}", site.file_name(), site.line(),
                     function.empty() ? "" : " (" + function + ")");
}

std::string Execution::address_name(std::uint64_t address) const {
  if (address == 0) return "nil";
  for (auto l = labels_.rbegin(); l != labels_.rend(); ++l) {
    if (reinterpret_cast<std::uintptr_t>(l->begin) == address) {
      return l->number < 0 ? l->type : l->type + std::to_string(l->number);
    }
  }
  return "pointer";
}

std::string Execution::stack_with(const void* address) const {
  if (const ProgramStack* s = stacks_.around(address)) {
    return "the stack of " + object_name(s->token);
  }
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    if (t.stack != nullptr && t.stack->holds(address)) return "the stack of " + t.name;
  }
  return {};
}

std::string Execution::object_name(const Cell& cell) const {
  if (!alive(cell)) {  // on a stack even its name may be gone
    std::string stack = stack_with(&cell);
    if (!stack.empty()) return "a cell that is gone from " + stack;
  }
  const auto* at = reinterpret_cast<const char*>(&cell);
  const Label* inner = nullptr;
  for (const Label& l : labels_) {
    if (at < l.begin || at >= l.begin + l.bytes) continue;
    if (inner == nullptr || l.bytes <= inner->bytes) inner = &l;
  }
  std::string name;
  if (inner != nullptr) {
    name = inner->type;
    if (inner->number >= 0) name += std::to_string(inner->number);
  }
  const bool named = cell.name != nullptr && cell.name[0] != 0;
  if (!name.empty() && named) name += '.';
  if (named) name += cell.name;
  if (cell.index >= 0) name += '[' + std::to_string(cell.index) + ']';
  return name.empty() ? "unnamed" : name;
}

std::string Execution::describe(const Cell& cell, std::uint64_t bits) const {
  if (cell.describe != nullptr) return cell.describe(bits);
  return std::to_string(bits);
}

std::string Execution::place(const Op& op) const {
  std::string where = text(op.kind);
  if (op.kind == OpKind::join) return where + " " + threads_[op.operand]->name;
  if (op.cell != nullptr && op.kind != OpKind::release) where += " " + object_name(*op.cell);
  return where;
}

void Execution::note_actor(Actor actor) { trace_.push_back(entry_of(actor)); }

TraceEntry Execution::entry_of(Actor actor) const {
  const Thread& t = *threads_[actor.thread];
  TraceEntry entry;
  entry.step = steps_;
  entry.actor = actor;
  entry.thread = t.name;
  const Op* op = &t.pending;
  entry.op = op->kind;
  entry.file = op->site.file_name();
  entry.line = op->site.line();
  entry.function = function_text(op->site);
  const Cell* cell = op->kind == OpKind::release ? nullptr : op->cell;
  if (actor.kind == ActorKind::flush) {
    cell = t.buffer[t.flushed].cell;
    entry.detail = cell == nullptr ? "of a destroyed cell"
                                   : "= " + describe(*cell, t.buffer[t.flushed].bits);
    entry.detail += ", stored at step " + std::to_string(t.buffer[t.flushed].step);
  } else if (op->kind != OpKind::resume && op->kind != OpKind::yield && cell != nullptr &&
             cell->kind == CellKind::atomic) {
    entry.order = text(op->order);
  }
  if (cell != nullptr) entry.object = object_name(*cell);
  return entry;
}

// Says what the step came to; the entry was made when its actor was chosen. A start or an operation
// of the only thread has none.
void Execution::note(Thread& self, const Op& op, std::uint64_t value, std::uint32_t from,
                     const char* remark) {
  if (trace_.empty() || trace_.back().step != steps_) return;
  TraceEntry& entry = trace_.back();
  if (entry.actor.thread != self.slot || entry.actor.kind != ActorKind::run) return;
  std::string what;
  switch (op.kind) {
    case OpKind::load:
    case OpKind::ghost_read:
      what = "= " + describe(*op.cell, value) +
             (from == 0 ? ", initial" : ", from step " + std::to_string(from));
      break;
    case OpKind::store:
    case OpKind::ghost_write:
      what = ":= " + describe(*op.cell, value);
      break;
    case OpKind::rmw:
    case OpKind::cas:
    case OpKind::cas_weak:
      if (entry.detail.empty()) {
        what = "saw " + describe(*op.cell, value) +
               (from == 0 ? ", initial" : ", from step " + std::to_string(from));
      } else {
        what = ", := " + describe(*op.cell, value);
      }
      break;
    case OpKind::futex_wake:
      what = "woke " + std::to_string(value);
      break;
    default:
      break;
  }
  if (op.kind == OpKind::start) what = "starts";
  if (remark[0] != 0) {
    what += (what.empty() ? "" : op.kind == OpKind::start ? " " : ", ") + std::string(remark);
  }
  if (!entry.detail.empty() && what[0] != ',') entry.detail += ", ";
  entry.detail += what;
}

std::vector<Position> Execution::positions() const {
  std::vector<Position> all;
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    Position p;
    p.thread = t.name;
    switch (t.state) {
      case ThreadState::ready: p.state = slot == running_ ? "running" : "ready"; break;
      case ThreadState::blocked: p.state = "blocked"; break;
      case ThreadState::joining: p.state = "joining"; break;
      case ThreadState::awaiting: p.state = "spinning"; break;
      case ThreadState::halted: p.state = "halted by an assumption"; break;
      case ThreadState::quiescing: p.state = "waiting until nobody can go on"; break;
      case ThreadState::finished: p.state = t.ended ? "ended" : "finished"; break;
      case ThreadState::unborn: p.state = "not started"; break;
    }
    if (t.state != ThreadState::finished) {
      p.op = place(t.pending);
      p.site = site_text(t.pending.site);
    }
    all.push_back(std::move(p));
  }
  return all;
}

std::string Failure::signature() const {
  return fmt::format("{}: {} at {}", text(kind), message, site);
}

void Execution::fail(FailureKind kind, std::string message, std::source_location site) {
  user_ = nullptr;
  failure_.kind = kind;
  failure_.message.assign(message);  // the argument may lie in the arena
  std::string().swap(message);       // nobody comes back to destroy it
  failure_.thread = threads_[running_]->name;
  failure_.site = site_text(site);
  failure_.positions = positions();
  finish(Outcome::failed);
}

// Blocks that were never released; those of threads that were ended are not theirs to release.
void Execution::report_leaks() {
  auto leaks = arena_.leaks();
  std::erase_if(leaks, [this](const Arena::Leak& l) {
    return threads_[arena_.thread_of(l.block)]->ended;
  });
  if (leaks.empty()) return;
  const Label* found = nullptr;
  for (const Label& l : labels_) {
    if (l.begin == leaks[0].block) found = &l;
  }
  failure_ = {};
  failure_.kind = FailureKind::leak;
  failure_.message = std::to_string(leaks.size()) + " block(s) never released, the first " +
                     (found == nullptr ? std::string("one")
                                       : found->type + std::to_string(found->number));
  failure_.thread = "main";
  failure_.site = site_text(leaks[0].site);
  failure_.positions = positions();
  outcome_ = Outcome::failed;
}

// In a signal handler, on the alternate stack: the interrupted code was the program's own, or this
// is a bug of the checker and must not be blamed on the program.
void Execution::crashed(int signal, const void* address) {
  Thread& t = *threads_[running_];
  user_ = nullptr;
  failure_ = {};
  failure_.thread = t.name;
  failure_.site = site_text(t.pending.site) + ", the last hooked operation";
  if (signal == SIGVTALRM) {
    failure_.kind = FailureKind::hang;
    failure_.message = "ran for about a second without a hooked operation";
  } else if (t.on != nullptr && t.on->memory->in_guard(address)) {
    failure_.kind = FailureKind::stack_overflow;
    failure_.message = fmt::format("the stack of {}, of {} bytes, is full",
                                   object_name(t.on->token), t.on->memory->size());
  } else if (t.on == nullptr && t.stack != nullptr && t.stack->in_guard(address)) {
    failure_.kind = FailureKind::stack_overflow;
    failure_.message = fmt::format("the stack of {} bytes is full", t.stack->size());
  } else {
    failure_.kind = FailureKind::crash;
    failure_.message = fmt::format("{} at {}", ::strsignal(signal),
                                   address == nullptr ? "address 0" : "a bad address");
  }
  failure_.positions = positions();
  outcome_ = Outcome::failed;
  siglongjmp(escape_, 1);
}

}  // namespace tenterhook::checker
