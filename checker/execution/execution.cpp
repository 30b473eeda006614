#include "checker/execution/execution.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <stdexcept>
#include <utility>

#include "checker/execution/hash.hpp"
#include "checker/execution/inside.hpp"

namespace tenterhook::checker {

namespace {
// Rounds of a fair tail after the step limit: enough that a loop which makes progress under a fair
// scheduler ends.
constexpr std::uint64_t kFairRounds = 2'000;
}  // namespace

Execution::Execution(const Options& options)
    : options_(options), model_(make_model(options.model)) {
  if (model_ == nullptr) throw std::invalid_argument("no memory model " + options.model);
  auto main = std::make_unique<Thread>();
  main->name = "main";
  main->path_hash = mix(1, 1);
  threads_.push_back(std::move(main));
  if (clocks_.width() < options_.threads) clocks_.widen(options_.threads);
  enabled_.reserve(64);
  decisions_.reserve(4096);
  current_ = this;
}

Execution::~Execution() { current_ = nullptr; }

Outcome Execution::run(const std::function<void()>& body, Strategy& strategy) {
  strategy_ = &strategy;
  every_step_ = strategy.every_step();
  watched_ = strategy.watches();
  directed_ = false;
  graphs_ = options_.on_graphs || model_->on_graph();
  reset();
  if (graphs_) {
    GraphModel model = GraphModel::rc11;
    graph_model(options_.model, model);
    own_graph_.reset(model, clocks_.width(), true);
    machine_.begin(own_graph_, steps_driver_, false);
  }
  const Outcome outcome = go(body);
  if (graphs_ && options_.graphs && outcome == Outcome::complete) graph_ = machine_.hash();
  return outcome;
}

Outcome Execution::go(const std::function<void()>& body) {
  body_ = &body;
  Thread& main = *threads_[0];
  live_.push_back(0);
  begin(main, nullptr, nullptr);
  if (sigsetjmp(escape_, 0) == 0) {
    on_fiber_ = true;
    running_ = 0;
    switch_fiber(explorer_, main.fiber);
  }
  on_fiber_ = false;
  user_ = nullptr;
  for (const std::uint32_t slot : live_) drop_exceptions(threads_[slot]->fiber);
  stacks_.drop_exceptions();
  if (fair_ && outcome_ == Outcome::complete) outcome_ = Outcome::cut;
  if (outcome_ == Outcome::complete && options_.leaks) report_leaks();
  return outcome_;
}

void Execution::reset() {
  sc_ = options_.model == "sc" && !graphs_;
  volatile_ = model_->volatile_readiness() && !graphs_;
  altered_ = options_.mutation.kind != MutationKind::none || options_.sites ||
             !options_.orders.empty();
  applied_.resize(options_.orders.size());
  arena_.reset();
  stacks_.reset();
  clocks_.reset();
  for (const std::uint32_t slot : live_) threads_[slot]->state = ThreadState::unborn;
  live_.clear();
  queues_.clear();
  labels_.clear();
  sites_.clear();
  decisions_.clear();
  trace_.clear();
  failure_ = {};
  graph_ = {};
  fingerprint_ = 0;
  before_ += steps_ + 1;
  steps_ = 0;
  awaiting_ = 0;
  spun_ = 0;
  fair_ = false;
  fair_cursor_ = 0;
  outcome_ = Outcome::complete;
  invariant_ = nullptr;
  dirty_ = true;
}

void Execution::begin(Thread& t, void (*entry)(void*), void* argument) {
  if (t.stack == nullptr) t.stack = std::make_unique<Stack>(options_.stack_bytes, t.slot);
  t.run = entry;
  t.argument = argument;
  t.state = ThreadState::ready;
  t.pending = Op{};
  t.deferred = Op{};
  t.clock = clocks_.fresh();
  t.clock[t.slot] = 1;
  t.started = 0;
  t.joined = false;
  t.events = 0;
  t.now_ns = 0;
  t.buffer.clear();
  t.flushed = 0;
  t.freed = nullptr;
  t.freed_bytes = 0;
  t.handler = nullptr;
  t.signals_left = 0;
  t.masked = t.in_handler = t.interrupted = false;
  t.iteration.clear();
  t.previous.clear();
  t.repeats = 0;
  t.fruitless = 0;
  t.chose = false;
  t.acted = 0;
  t.acts = 0;
  t.signalled = 0;
  t.joins = 0;
  t.futex_answer = 0;
  t.loops.clear();
  t.starter = nullptr;
  t.on = nullptr;
  t.value = nullptr;
  t.ghosts = 0;
  t.ended = false;
  t.fiber.stack = t.stack.get();
  prepare(t.fiber, &Execution::enter, &t);
  dirty_ = true;
}

// The first frame of every virtual thread.
void Execution::enter(void* thread) {
  Execution& self = current();
  Thread& t = *static_cast<Thread*>(thread);
  std::string thrown;  // told after the handler: there the exception would never be freed
  try {
    self.user_ = &t;
    if (t.slot == 0) {
      (*self.body_)();
    } else {
      t.run(t.argument);
    }
  } catch (const std::exception& e) {
    self.user_ = nullptr;
    thrown = *e.what() == 0 ? "without a text" : e.what();
  } catch (...) {
    self.user_ = nullptr;
    thrown = "of unknown type";
  }
  if (!thrown.empty()) self.fail(FailureKind::exception, std::move(thrown), t.pending.site);
  self.user_ = nullptr;
  self.thread_ended(t);
}

void Execution::thread_ended(Thread& self) {
  if (self.buffered()) {  // the system call that ends a thread waits for its stores
    Op op;
    op.kind = OpKind::end;
    op.site = self.pending.site;
    point(self, op);
  }
  self.state = ThreadState::finished;
  self.clock[self.slot]++;
  for (std::uint32_t i = 0; self.joined && i < live_.size(); ++i) {
    Thread& t = *threads_[live_[i]];
    if (t.state == ThreadState::joining && t.joins == self.slot) t.state = ThreadState::ready;
  }
  dirty_ = true;
  if (directed_) {
    machine_.started();
    machine_.give_way(self);
    std::terminate();
  }
  if (self.starter != nullptr) {
    Thread& parent = *self.starter;
    self.starter = nullptr;
    switch_fiber(self.fiber, parent.fiber);
  }
  schedule(self);  // never chosen again
  std::terminate();
}

std::uint32_t Execution::start(const char* name, void (*entry)(void*), void* argument,
                               std::source_location site) {
  Thread& self = *threads_[running_];
  Inside inside(*this, self);
  Op op;
  op.kind = OpKind::start;
  op.site = site;
  if (self.buffered() || directed_) point(self, op);  // a system call waits for the store buffer
  Thread& child = spawn_slot(self, name);
  if (child.slot >= Arena::kRegions) fail(FailureKind::misuse, "too many threads", site);
  if (child.slot >= clocks_.width()) {
    if (!options_.on_graphs) {  // it is the last that was made, and no later execution's
      self.children.pop_back();
      threads_.pop_back();
    }
    fail(FailureKind::misuse,
         "starts more threads than the " + std::to_string(options_.threads) + " it declares", site);
  }
  live_.insert(std::lower_bound(live_.begin(), live_.end(), child.slot), child.slot);
  begin(child, entry, argument);
  if (graphs_) {
    machine_.start(self, child);
  } else {
    clocks_.join(child.clock, self.clock);
    self.clock[self.slot]++;
  }
  side_effect(self);
  if (directed_) return child.slot;  // its turn will come
  if (options_.trace) note(self, op, 0, 0, child.name.c_str());
  // the child runs to its first operation: what it does before is its own business
  child.starter = &self;
  running_ = child.slot;
  switch_fiber(self.fiber, child.fiber);
  running_ = self.slot;
  return child.slot;
}

// Publishes the operation and gives way until this thread is chosen to execute it.
void Execution::point(Thread& self, const Op& op) {
  if (&op != &self.pending) self.pending = op;
  if (directed_) {
    machine_.arrive(self);
    return;
  }
  if (self.starter != nullptr) {
    Thread& parent = *self.starter;
    self.starter = nullptr;
    switch_fiber(self.fiber, parent.fiber);
    if (!interrupted(self)) return;
  }
  schedule(self);
}

// Lets whoever is chosen act until that is this thread's own operation.
void Execution::schedule(Thread& self) {
  for (;;) {
    const Actor actor = next();
    Thread& t = *threads_[actor.thread];
    if (environment(actor, t)) continue;
    t.acted = steps_;
    running_ = actor.thread;
    if (&t != &self) switch_fiber(self.fiber, t.fiber);
    if (!interrupted(self)) return;
  }
}

// Runs the handler of a signal that just arrived; false: none did.
bool Execution::interrupted(Thread& self) {
  if (!self.interrupted) return false;
  const Op pending = self.pending;
  self.interrupted = false;
  self.in_handler = true;
  side_effect(self);
  user_ = &self;
  self.handler(self.handler_argument);
  user_ = nullptr;
  self.in_handler = false;
  self.pending = pending;
  dirty_ = true;
  return true;
}

// Does what the environment does in this step; false: it is for a thread to act.
bool Execution::environment(Actor actor, Thread& t) {
  switch (actor.kind) {
    case ActorKind::run:
      return false;
    case ActorKind::flush:
      model_->flush(*this, t);
      dirty_ = true;
      return true;
    case ActorKind::timeout:
      use(budget_key(t), ActorKind::timeout);
      t.now_ns += t.timeout_ns;
      reads(next_event(t), actor.code());
      dequeue(t, FutexAnswer::timed_out);
      return true;
    case ActorKind::spurious:
      use(budget_key(t), ActorKind::spurious);
      reads(next_event(t), actor.code());
      dequeue(t, FutexAnswer::woken);
      return true;
    case ActorKind::interrupt:
      t.signals_left--;
      t.signalled = mix(t.signalled, t.acts);
      if (t.state == ThreadState::blocked) dequeue(t, FutexAnswer::interrupted);
      if (t.state == ThreadState::awaiting) {
        t.state = ThreadState::ready;
        awaiting_--;
      }
      t.interrupted = true;
      dirty_ = true;
      return false;
  }
  return false;
}

Actor Execution::next() {
  if (dirty_ || volatile_) rebuild();
  if (idle() && !spin_again()) stuck();
  if (++steps_ > step_limit()) return fair_next();
  Actor actor = enabled_[0];
  if (every_step_ || enabled_.size() > 1) {
    actor = strategy_->pick(*this, enabled_);
    if (strategy_->abandon()) finish(Outcome::redundant);
    if (enabled_.size() > 1) decisions_.push_back(actor.code());
  }
  threads_[actor.thread]->acts++;
  print(actor.code());
  if (options_.trace) note_actor(actor);
  return actor;
}

// After the step limit: everybody in turn. A program that ends now was only slow; one that does
// not loops for ever though nobody is held back.
Actor Execution::fair_next() {
  if (!fair_) {
    fair_ = true;
    fair_until_ = steps_ + kFairRounds * (live_.size() + 1);
  }
  if (steps_ > fair_until_) {
    std::string message = "no end after " + std::to_string(step_limit()) + " steps and " +
                          std::to_string(kFairRounds) + " fair rounds";
    fail(FailureKind::livelock, std::move(message), threads_[running_]->pending.site);
  }
  const Actor actor = enabled_[fair_cursor_++ % enabled_.size()];  // nobody's decision
  print(actor.code());
  if (options_.trace) note_actor(actor);
  return actor;
}

void Execution::rebuild() {
  dirty_ = false;
  enabled_.clear();
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    const auto id = static_cast<std::uint16_t>(slot);
    if (t.state == ThreadState::ready && model_->ready(t)) {
      enabled_.push_back({id, ActorKind::run});
    }
    if (t.buffered()) enabled_.push_back({id, ActorKind::flush});
    if (t.state == ThreadState::blocked) enable_waiter(t, false);
    if (t.handler != nullptr && t.signals_left > 0 && !t.masked && !t.in_handler &&
        (t.state == ThreadState::ready || t.state == ThreadState::blocked ||
         t.state == ThreadState::awaiting) &&
        t.starter == nullptr) {
      enabled_.push_back({id, ActorKind::interrupt});
    }
  }
  if (threads_[0]->state == ThreadState::quiescing) return enable_quiesce();
  if (!idle()) return;
  // nothing else must happen: now every timed wait comes to its end
  for (const std::uint32_t slot : live_) {
    if (threads_[slot]->state == ThreadState::blocked) enable_waiter(*threads_[slot], true);
  }
  std::sort(enabled_.begin(), enabled_.end(),
            [](Actor a, Actor b) { return a.code() < b.code(); });
}

// A wake for no reason may come or not: nobody can count on it.
bool Execution::idle() const {
  return std::all_of(enabled_.begin(), enabled_.end(),
                     [](Actor a) { return a.kind == ActorKind::spurious; });
}

void Execution::enable_waiter(const Thread& t, bool forced) {
  const auto id = static_cast<std::uint16_t>(t.slot);
  const std::uint64_t site = budget_key(t);
  if (t.timeout_ns >= 0 &&
      (forced || used(site, ActorKind::timeout) < options_.budget.timeouts)) {
    enabled_.push_back({id, ActorKind::timeout});
  }
  if (!forced && used(site, ActorKind::spurious) < options_.budget.spurious) {
    enabled_.push_back({id, ActorKind::spurious});
  }
}

unsigned Execution::used(std::uint64_t site, ActorKind kind) const {
  for (const SiteCount& s : sites_) {
    if (s.site == site && s.kind == kind) return s.count;
  }
  return 0;
}

void Execution::use(std::uint64_t site, ActorKind kind) {
  for (SiteCount& s : sites_) {
    if (s.site == site && s.kind == kind) {
      s.count++;
      return;
    }
  }
  sites_.push_back({site, kind, 1});
}

// Nobody can act but for those who spin. A counted loop ends by itself: they go round more often
// before they are given up, each time from when memory changed last.
bool Execution::spin_again() {
  constexpr unsigned kRounds = 64;
  if (awaiting_ == 0 || spun_ >= kRounds) return false;
  ++spun_;
  for (const std::uint32_t slot : live_) {
    Thread& t = *threads_[slot];
    if (t.state != ThreadState::awaiting) continue;
    t.state = ThreadState::ready;
    t.repeats = 0;
    t.fruitless = 0;
  }
  awaiting_ = 0;
  rebuild();
  return !idle();
}

// Nobody can act: the end, or a deadlock.
void Execution::stuck() {
  FailureKind kind{};
  std::string message;
  std::source_location at;
  if (waits_for_ever(kind, message, at)) fail(kind, std::move(message), at);
  finish(Outcome::complete);
}

// Who waits, when nobody can act; false: everybody is done.
bool Execution::waits_for_ever(FailureKind& kind, std::string& message,
                               std::source_location& at) const {
  std::string waiting, spinning;
  for (const std::uint32_t slot : live_) {
    const Thread& t = *threads_[slot];
    if (t.state == ThreadState::finished || t.state == ThreadState::joining) continue;
    std::string& list = t.state == ThreadState::awaiting ? spinning : waiting;
    list += (list.empty() ? "" : ", ") + t.name;
    at = t.pending.site;
  }
  if (!spinning.empty()) {
    kind = FailureKind::livelock;
    message = spinning + " spin(s) for a value that nobody will write";
    return true;
  }
  kind = FailureKind::deadlock;
  if (!waiting.empty()) {
    message = waiting + " wait(s) and nobody will wake";
    return true;
  }
  for (const std::uint32_t slot : live_) {
    if (threads_[slot]->state != ThreadState::joining) continue;
    message = threads_[slot]->name + " joins a thread that never ends";
    at = threads_[slot]->pending.site;
    return true;
  }
  return false;
}

void Execution::finish(Outcome outcome) {
  outcome_ = outcome;
  user_ = nullptr;
  switch_fiber(threads_[running_]->fiber, explorer_);
  std::terminate();
}

}  // namespace tenterhook::checker
