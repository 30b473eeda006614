// Stacks and switches. Relacy leaves and enters a pool thread wherever it stands, so it need not
// know on which stack that is.
#include "platform/stack.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "arch/jump/jump.hpp"
#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::engine {
namespace {

// Makes the stack one of at least so many bytes, above a guard page.
bool map(made_stack& s, std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (bytes == 0 || bytes > (std::size_t{1} << 30)) return false;
  bytes = (bytes + page - 1) / page * page;
  if (s.bytes == bytes) return true;
  if (s.bytes != 0) munmap(s.low - page, s.bytes + page);
  s.bytes = 0;
  constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void* const base = mmap(nullptr, bytes + page, PROT_READ | PROT_WRITE, flags, -1, 0);
  if (base == MAP_FAILED) return false;
  if (mprotect(base, page, PROT_NONE) != 0) {
    munmap(base, bytes + page);
    return false;
  }
  s.low = static_cast<char*>(base) + page;
  s.bytes = bytes;
  return true;
}

}  // namespace

made_stack& session::fresh_stack(std::size_t bytes, std::source_location where) {
  if (stacks_used == stacks.size()) {
    void* const place = (std::malloc)(sizeof(made_stack));  // operator new gives the arena's
    if (place == nullptr) throw std::bad_alloc();
    stacks.push_back(::new (place) made_stack);
  }
  made_stack& s = *stacks[stacks_used];
  if (!map(s, bytes)) fail(failure_kind::misuse, "no memory for a stack of that size", where);
  ++stacks_used;
  s.running = s.released = false;
  void* const token = memory.allocate(sizeof(plain_cell));
  if (token == nullptr) fail(failure_kind::misuse, "the execution's arena is full", where);
  s.token = ::new (token) plain_cell(0, "stack", -1);
  return s;
}

made_stack& session::stack_at(const void* low, std::source_location where) {
  for (std::size_t i = 0; i < stacks_used; i++) {
    if (stacks[i]->low == low) return *stacks[i];
  }
  fail(failure_kind::misuse, "it is no stack of a pool", where);
}

}  // namespace tenterhook::relacy::engine

namespace tenterhook::relacy::platform {

namespace jumps = arch::jump;
using engine::context_state;
using engine::current;
using engine::failure_kind;
using engine::made_stack;

stack stack_pool::allocate(std::source_location where) {
  current.here = where;
  const made_stack& s = current.fresh_stack(bytes_, where);
  return {reinterpret_cast<std::byte*>(s.low), s.bytes};
}

void stack_pool::release(const stack& done, std::source_location where) {
  current.here = where;
  made_stack& s = current.stack_at(done.low, where);
  if (s.released) current.fail(failure_kind::double_free, "the stack was released before", where);
  s.token->set(0, where);
  if (s.running) current.fail(failure_kind::use_after_free, "a running stack is released", where);
  s.released = true;
}

// What a jump carries, on the stack that is left, and what both its sides do.
struct context::switching {
  context& from;
  context& to;
  void* message;

  [[noreturn]] static void refuse(failure_kind kind, const context& c, const char* why,
                                  std::source_location where) {
    rl::string words = c.name_;
    if (c.index_ >= 0) words += rl::string("[") + std::to_string(c.index_).c_str() + "]";
    words += why;
    current.fail(kind, words.c_str(), where);
  }

  static void check_enterable(const context& to, std::source_location where) {
    to.token_.get(where);
    switch (to.state_) {
      case context_state::enterable: break;
      case context_state::unused:
        refuse(failure_kind::double_run, to, " is entered, which was neither made nor left", where);
      case context_state::running:
        refuse(failure_kind::double_run, to, " is entered, a stack that is running", where);
      case context_state::left_for_good:
        refuse(failure_kind::double_run, to, " is entered, which was left for good", where);
    }
    made_stack* const s = to.stack_;
    if (s == nullptr) {
      if (to.owner_ == rl::ctx().threadx_->index_) return;
      refuse(failure_kind::misuse, to, " is entered, the own stack of another thread", where);
    }
    s->token->get(where);
    if (s->released) {
      refuse(failure_kind::use_after_free, to, " is entered, whose stack was released", where);
    }
    if (s->running) {
      refuse(failure_kind::double_run, to, " is entered, whose stack is running", where);
    }
  }

  static void* jump(context& from, context& to, void* message, bool for_good,
                    std::source_location where) {
    current.here = where;
    check_enterable(to, where);
    from.token_.set(0, where);
    if (from.state_ == context_state::enterable) {
      refuse(failure_kind::double_run, from, " is left, which waits to be entered", where);
    }
    engine::thread_state& self = current.self();
    if (self.on != nullptr) {
      self.on->token->set(0, where);
      self.on->running = false;
    }
    from.stack_ = self.on;
    from.owner_ = rl::ctx().threadx_->index_;
    from.state_ = for_good ? context_state::left_for_good : context_state::enterable;
    if (to.stack_ != nullptr) to.stack_->running = true;
    to.state_ = context_state::running;
    self.on = to.stack_;
    if (current.recording()) {
      current.log((rl::string("goes on in ") + to.name_).c_str(), where);
    }
    switching s{from, to, message};
    return arrive(jumps::jump_fcontext(to.resume_, &s));
  }

  // The first thing on the entered stack. `left.data` lies on the stack that was left.
  static void* arrive(const jumps::transfer_t& left) {
    const switching& s = *static_cast<const switching*>(left.data);
    s.from.resume_ = left.fctx;
    return s.message;
  }

  static void begin(jumps::transfer_t left) {
    const entry run = static_cast<const switching*>(left.data)->to.run_;
    void* const message = arrive(left);
    try {
      run(message);
    } catch (const std::exception& e) {
      current.fail(failure_kind::exception, e.what(), current.here);
    }
    current.fail(failure_kind::misuse, "the function of a context returned", current.here);
  }
};

void context::make(const stack& on, entry run, std::source_location where) {
  current.here = where;
  made_stack& s = current.stack_at(on.low, where);
  if (run == nullptr) current.fail(failure_kind::misuse, "a context without a function", where);
  token_.set(0, where);
  s.token->set(0, where);
  if (s.released) {
    switching::refuse(failure_kind::use_after_free, *this, " is made on a stack that was released",
                      where);
  }
  const bool runs =
      state_ == engine::context_state::running && (stack_ == nullptr || stack_->running);
  if (s.running || runs) {
    switching::refuse(failure_kind::double_run, *this, " is made while it, or its stack, runs",
                      where);
  }
  stack_ = &s;
  run_ = run;
  state_ = engine::context_state::enterable;
  resume_ = jumps::make_fcontext(s.low + s.bytes, s.bytes, &switching::begin);
}

void* switch_to(context& from, context& to, void* message, std::source_location where) {
  return context::switching::jump(from, to, message, false, where);
}

void leave(context& from, context& to, void* message, std::source_location where) {
  context::switching::jump(from, to, message, true, where);
  std::abort();  // whoever enters it again was refused
}

}  // namespace tenterhook::relacy::platform
