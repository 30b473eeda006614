// Switches between stacks of the program within a virtual thread.
#include <exception>
#include <string>
#include <utility>

#include "checker/execution/execution.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {

ProgramStack& Execution::allocate_stack(std::size_t bytes, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  ProgramStack* made = stacks_.allocate(self.slot, bytes);
  if (made == nullptr) {
    std::string message = "allocates more than " + std::to_string(Stacks::kPerThread) +
                          " stacks, or one of " + std::to_string(bytes) + " bytes";
    fail(FailureKind::misuse, std::move(message), site);
  }
  return *made;
}

void Execution::refuse(FailureKind kind, const Cell& token, const char* why,
                       std::source_location site) {
  std::string message = object_name(token) + why;
  fail(kind, std::move(message), site);
}

// Only marks it: nothing is reused within an execution.
void Execution::release_stack(const void* low, std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  ProgramStack* stack = stacks_.find(low);
  if (stack == nullptr) fail(FailureKind::misuse, "release of a stack that no pool gave", site);
  if (stack->released) {
    refuse(FailureKind::double_free, stack->token, ": its stack is released a second time", site);
  }
  check_unordered(stack->token, self, "release", site);
  if (stack->running) {
    refuse(FailureKind::use_after_free, stack->token, ": its stack is released while it runs",
           site);
  }
  stack->released = true;
}

void Execution::make_context(Context& context, const void* low, void (*entry)(void*),
                             std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  access(context.token, site);
  side_effect(self);
  ProgramStack* stack = stacks_.find(low);
  if (stack == nullptr) fail(FailureKind::misuse, "a context is made on no stack of a pool", site);
  if (entry == nullptr) {
    fail(FailureKind::misuse, "a context is made without a function", site);
  }
  check_unordered(context.token, self, "making", site);
  check_unordered(stack->token, self, "use", site);
  if (stack->released) {
    refuse(FailureKind::use_after_free, context.token, " is made on a stack that was released",
           site);
  }
  if (context.place == nullptr) context.place = &stacks_.fresh_place();
  Place& place = *context.place;
  const bool runs = place.state == Place::State::running &&
                    (place.stack == nullptr || place.stack->running);
  if (stack->running || runs) {
    refuse(FailureKind::double_run, context.token, " is made while it, or its stack, runs", site);
  }
  if (place.state == Place::State::enterable) checker::drop_exceptions(place.fiber);
  wrote_plain(self, context.token, site);
  wrote_plain(self, stack->token, site);
  stack->token.name = context.token.name;
  stack->token.index = context.token.index;
  forget_cells(self, *stack->memory);
  stack->made++;
  place.stack = stack;
  place.run = entry;
  place.state = Place::State::enterable;
  place.fiber.stack = stack->memory.get();
  prepare(place.fiber, &Execution::enter_stack, &place);
}

// Cells of an earlier life of the stack, whose frames were dropped without destructors. What its
// thread has stored to them comes to memory now; nobody else's store can be on its way.
void Execution::forget_cells(Thread& self, const Stack& stack) {
  if (sc_ || graphs_) return;
  for (std::size_t i = self.flushed; i < self.buffer.size(); ++i) {
    BufferedStore& store = self.buffer[i];
    if (!stack.holds(store.cell)) continue;
    commit(*store.cell, store);
    store.cell = nullptr;
  }
}

// May the running thread enter it? Ends the execution if not.
void Execution::enterable(Thread& self, Context& to, std::source_location site) {
  access(to.token, site);
  reads_plain(self, to.token, "entering", site);
  const Place* place = to.place;
  if (place == nullptr || place->state == Place::State::unused) {
    refuse(FailureKind::double_run, to.token, " is entered, which was neither made nor left", site);
  }
  if (place->state == Place::State::running) {
    refuse(FailureKind::double_run, to.token, " is entered, a stack that is running", site);
  }
  if (place->state == Place::State::left_for_good) {
    refuse(FailureKind::double_run, to.token, " is entered, which was left for good", site);
  }
  ProgramStack* stack = place->stack;
  if (stack == nullptr) {
    if (place->owner == self.slot) return;
    refuse(FailureKind::misuse, to.token, " is entered, the own stack of another thread", site);
  }
  reads_plain(self, stack->token, "entering", site);
  if (stack->released) {
    refuse(FailureKind::use_after_free, to.token, " is entered, whose stack was released", site);
  }
  if (stack->running) {
    refuse(FailureKind::double_run, to.token, " is entered, whose stack is running", site);
  }
}

void* Execution::switch_context(Context& from, Context& to, void* message, bool for_good,
                                std::source_location site) {
  Thread& self = *threads_[running_];
  user_ = nullptr;
  if (self.in_handler) {
    fail(FailureKind::misuse, "a signal handler switches to another stack", site);
  }
  access(from.token, site);
  side_effect(self);
  enterable(self, to, site);
  check_unordered(from.token, self, "leaving", site);
  wrote_plain(self, from.token, site);
  if (from.place == nullptr) from.place = &stacks_.fresh_place();
  Place& here = *from.place;
  if (here.state == Place::State::enterable) {
    refuse(FailureKind::double_run, from.token, " is left, which waits to be entered", site);
  }
  here.stack = self.on;
  here.owner = self.slot;
  here.state = for_good ? Place::State::left_for_good : Place::State::enterable;
  if (self.on != nullptr) {
    check_unordered(self.on->token, self, "leaving", site);
    wrote_plain(self, self.on->token, site);
    self.on->running = false;
  }
  Place& there = *to.place;
  there.state = Place::State::running;
  there.message = message;
  if (there.stack != nullptr) there.stack->running = true;
  self.on = there.stack;
  switch_fiber(here.fiber, there.fiber, for_good);
  user_ = threads_[running_].get();  // perhaps another thread
  return here.message;
}

// The first frame of a program's stack.
void Execution::enter_stack(void* argument) {
  Execution& x = current();
  const Place& place = *static_cast<Place*>(argument);
  std::string thrown;  // told after the handler: there the exception would never be freed
  try {
    x.user_ = x.threads_[x.running_].get();
    place.run(place.message);
    x.user_ = nullptr;
  } catch (const std::exception& e) {
    x.user_ = nullptr;
    thrown = *e.what() == 0 ? "without a text" : e.what();
  } catch (...) {
    x.user_ = nullptr;
    thrown = "of unknown type";
  }
  const std::source_location last = x.threads_[x.running_]->pending.site;
  if (!thrown.empty()) x.fail(FailureKind::exception, std::move(thrown), last);
  x.fail(FailureKind::misuse, "the function of a context returned", last);
}

void Execution::drop_context(Context& context) {
  if (context.place == nullptr || user_ == nullptr) return;
  Place& place = *context.place;
  if (place.state == Place::State::enterable) checker::drop_exceptions(place.fiber);
  place.state = Place::State::unused;
}

}  // namespace tenterhook::checker
