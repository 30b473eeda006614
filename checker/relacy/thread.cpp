// Threads: the program's on the threads of Relacy's pool, each used once an execution.
#include "platform/thread.hpp"

#include "checker/relacy/session.hpp"
#include "platform/config.hpp"

namespace tenterhook::relacy::platform {

using engine::current;
using engine::thread_state;

namespace {

// What a pool thread runs. Relacy has made it acquire what its starter released.
void* enter(void* argument) {
  thread_state& self = *static_cast<thread_state*>(argument);
  rl::context& c = rl::ctx();
  self.info = c.threadx_;
  current.slot_of[c.threadx_->index_] = static_cast<unsigned>(&self - current.threads);
  try {
    self.run(self.argument);
  } catch (const std::exception& e) {
    current.fail(engine::failure_kind::exception, e.what(), current.here);
  }
  self.end.release(*c.threadx_);
  self.finished = true;
  if (self.joiner >= 0) c.unpark_thread(self.joiner, false, engine::info(current.here));
  return nullptr;
}

}  // namespace

thread_handle start_thread(const char* name, void (*run)(void*), void* argument,
                           std::source_location where) {
  current.here = where;
  if (current.started == current.capacity) {
    current.pool_too_small = true;
    current.fail(engine::failure_kind::misuse, "more threads than the pool has", where);
  }
  const std::uint32_t slot = current.started++;
  thread_state& t = current.threads[slot];
  t.name = name;
  t.run = run;
  t.argument = argument;
  t.end.reset();
  if (current.recording()) {
    current.log((rl::string("starts ") + name).c_str(), where);
  }
  rl::ctx().create_thread(enter, &t);
  return {slot};
}

void join_thread(thread_handle thread, std::source_location where) {
  current.here = where;
  rl::context& c = rl::ctx();
  thread_state& t = current.threads[thread.slot];
  if (!t.finished) {
    thread_state& self = current.self();
    t.joiner = c.threadx_->index_;
    self.blocked = "join";
    self.where = where;
    c.park_current_thread(false, false, false, engine::info(where));
    self.blocked = nullptr;
  }
  t.end.acquire(*c.threadx_);
  if (current.recording()) current.log((rl::string("joined ") + t.name).c_str(), where);
}

void procyield(std::uint32_t, std::source_location where) { osyield(where); }

void osyield(std::source_location where) {
  current.here = where;
  rl::yield(1, engine::info(where));
}

void usleep(std::uint32_t microseconds, std::source_location where) {
  current.self().now += std::int64_t{microseconds} * 1'000;
  osyield(where);
}

std::int64_t nanotime() { return ++current.self().now; }

std::uint32_t fastrandn(std::uint32_t n, std::source_location where) {
  current.here = where;
  return n < 2 ? 0 : rl::rand(n);
}

void* get_slot() { return current.self().value; }
void set_slot(void* value) { current.self().value = value; }
std::uint32_t* ghosts() { return &current.self().ghosts; }
std::uint32_t ncpu() { return config::ncpu; }
bool real() { return current.program->budget.timeouts != 0; }

bool quiesce(std::source_location where) {
  current.here = where;
  rl::context& c = rl::ctx();
  thread_state& self = current.self();
  if (&self != &current.threads[0]) {
    current.fail(engine::failure_kind::misuse,
                 "quiesce() is called by another thread than the main one", where);
  }
  current.quiescing = true;
  self.blocked = "quiesce";
  self.where = where;
  c.park_current_thread(false, false, false, engine::info(where));
  self.blocked = nullptr;
  for (unsigned i = 1; i < current.started; i++) {
    thread_state& t = current.threads[i];
    if (!t.finished) {
      t.end.release(*t.info);
      t.finished = t.ended = current.left_behind = true;
      t.blocked = nullptr;
      if (t.on != nullptr) t.on->running = false;
    }
    t.end.acquire(*c.threadx_);
  }
  for (engine::futex_queue& q : current.futexes) q.count = 0;
  current.overdue = 0;
  current.log("quiesce", where);
  return true;
}

}  // namespace tenterhook::relacy::platform
