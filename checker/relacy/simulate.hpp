// Relacy's simulation of one program: its context, schedulers and test suite, each with the few
// changes that this platform needs.
//
//   suite<N>      the program on N threads: the main one and N - 1 that it may start
//   bounded<S,N>  Relacy's scheduler S; stops on request, starts anew after a cut execution, lets a
//                 timed wait end whose budget is used up when nothing else can run
//   simulation    Relacy's context; memory from the arena, failures in the project's words
#pragma once

#include "checker/relacy/session.hpp"

namespace tenterhook::relacy::engine {

template <unsigned N>
struct suite : rl::test_suite<suite<N>, 1> {
  static rl::thread_id_t const dynamic_thread_count = N - 1;

  void thread(unsigned) {
    current.threads[0].info = rl::ctx().threadx_;
    try {
      current.program->body(*current.values);
    } catch (const std::exception& e) {
      current.fail(failure_kind::exception, e.what(), current.here);
    }
    current.threads[0].finished = true;
  }

  // Called by Relacy before each scheduling decision.
  void invariant() { current.check_promises(); }

  // Called by Relacy when all threads have ended.
  void after() {
    if (current.leaked() != 0) {
      current.fail(failure_kind::leak, "an object that create made was not destroyed",
                   current.here);
    }
  }
};

// A fiber that was left in the middle of a cut execution begins anew, on the same stack.
void restart(fiber_t& fiber, void (*run)(void*), rl::thread_id_t index);

template <class Scheduler, unsigned N>
class bounded : public Scheduler {
 public:
  using Scheduler::Scheduler;

  rl::thread_id_t iteration_begin(rl::iteration_t iteration) {
    if (current.cut || current.left_behind) {
      for (unsigned i = 0; i < current.started; i++) {
        rl::thread_info_base* const t = current.threads[i].info;
        if (t != nullptr) restart(t->fiber_, fiber_, t->index_);
      }
    }
    current.begin_execution();
    iteration_ = iteration;
    current.scheduler = this;
    current.save = [](void* self, std::ostream& out) { static_cast<bounded*>(self)->save(out); };
    this->running_threads.clear();
    const rl::thread_id_t first = Scheduler::iteration_begin(iteration);
    // Relacy takes them from the back: the n-th start gets thread n.
    std::reverse(this->dynamic_threads_, this->dynamic_threads_ + this->dynamic_thread_count_);
    return first;
  }

  bool iteration_end() { return current.end_execution(Scheduler::iteration_end()); }

  rl::thread_id_t schedule(rl::unpark_reason& reason, unsigned yield) {
    current.steps++;
    return Scheduler::schedule(reason, yield);
  }

  bool park_current_thread(bool is_timed, bool allow_spurious) {
    if (Scheduler::park_current_thread(is_timed, allow_spurious)) return true;
    return current.quiescing ? wake_main() : end_overdue_waits();
  }

  rl::thread_finish_result thread_finished() {
    // Relacy runs what was never started to its end as soon as nobody else runs; main, when it is
    // woken, may start it yet.
    const rl::thread_id_t unborn = this->dynamic_thread_count_;
    if (current.quiescing) this->dynamic_thread_count_ = 0;
    const rl::thread_finish_result result = Scheduler::thread_finished();
    if (current.quiescing) this->dynamic_thread_count_ = unborn;
    if (result != rl::thread_finish_result_deadlock) return result;
    if (current.only_ended_are_left()) return rl::thread_finish_result_last;
    const bool goes_on = current.quiescing ? wake_main() : end_overdue_waits();
    return goes_on ? rl::thread_finish_result_normal : result;
  }

  // What Settings::from understands, of the execution that is running.
  void save(std::ostream& out) {
    out << iteration_ << " ";
    this->get_state(out);
  }

  static inline void (*fiber_)(void*) = nullptr;  // what a fiber runs: Relacy's fiber_proc

 private:
  // Nothing can run: the waits whose timeouts are used up become timed again.
  bool end_overdue_waits() {
    if (current.overdue == 0) return false;
    for (unsigned i = 0; i < N; i++) {
      if ((current.overdue >> i & 1) == 0) continue;
      this->timed_threads_[this->timed_thread_count_++] = &this->threads_[i];
    }
    current.overdue = 0;
    return true;
  }

  // The others wait for ever from now on: not even spurious wakes reach them.
  bool wake_main() {
    current.quiescing = false;
    this->spurious_thread_count_ = 0;
    this->unpark_thread(0);
    return true;
  }

  rl::iteration_t iteration_ = 0;
};

template <class Scheduler, unsigned N>
class simulation : public rl::context_impl<suite<N>, bounded<Scheduler, N>> {
  using base = rl::context_impl<suite<N>, bounded<Scheduler, N>>;

 public:
  simulation(rl::test_params& params, typename Scheduler::shared_context_t& shared)
      : base(params, shared) {
    bounded<Scheduler, N>::fiber_ = &base::fiber_proc;
  }

  void* alloc(std::size_t bytes) override;
  void free(void* p) override;
  void fail_test(const char* words, rl::test_result_e result, rl::debug_info_param where) override;

 private:
  // In the arena, like the cells that they belong to, so that a cut execution leaks none.
  rl::atomic_data* atomic_ctor(void*) override {
    return ::new (record(sizeof(rl::atomic_data_impl<N>))) rl::atomic_data_impl<N>();
  }
  void atomic_dtor(rl::atomic_data*) override {}
  rl::var_data* var_ctor() override {
    return ::new (record(sizeof(rl::var_data_impl<N>))) rl::var_data_impl<N>();
  }
  void var_dtor(rl::var_data*) override {}

  static void* record(std::size_t bytes) {
    void* place = current.memory.allocate(bytes);
    if (place == nullptr) {
      current.fail(failure_kind::misuse, "the execution's arena is full", current.here);
    }
    return place;
  }
};

// Is Relacy itself allocating? Its count is protected behind a private base class; an explicit
// instantiation may name it all the same ([temp.spec]/6).
int& internal_allocations(rl::context& c);

template <class Scheduler, unsigned N>
void* simulation<Scheduler, N>::alloc(std::size_t bytes) {
  rl::context& c = rl::ctx();
  if (c.threadx_ == nullptr || internal_allocations(c) != 0) return (std::malloc)(bytes);
  void* place = current.memory.allocate(bytes);
  if (place == nullptr) throw std::bad_alloc();
  return place;
}

template <class Scheduler, unsigned N>
void simulation<Scheduler, N>::free(void* p) {
  if (!current.memory.contains(p)) (std::free)(p);
}

// In words of the project.
failure_kind kind_of(rl::test_result_e result);

// What there is to say beside the kind. `words` are Relacy's.
rl::string words_for(rl::test_result_e result, const char* words);

template <class Scheduler, unsigned N>
void simulation<Scheduler, N>::fail_test(const char* words, rl::test_result_e result,
                                         rl::debug_info_param where) {
  // Relacy's own leak counts do not know the arena.
  if (result == rl::test_result_memory_leak || result == rl::test_result_resource_leak) return;
  if (result != rl::test_result_success && current.kind == failure_kind::none) {
    current.note_failure(kind_of(result), words_for(result, words).c_str(), where.file_,
                         where.line_);
  }
  base::fail_test(words, result, where);
}

// Runs executions until the scheduler, the session's bounds or a failure end them. `state`: of the
// execution that failed.
template <template <rl::thread_id_t> class Scheduler, unsigned N>
void simulate(rl::test_params& params, rl::ostringstream& state) {
  using scheduler = Scheduler<N>;
  typename scheduler::shared_context_t shared;
  rl::istringstream from(params.initial_state);
  simulation<scheduler, N> simulation(params, shared);
  simulation.simulate(state, from, false);
}

// The instantiations: one a pool size.
template <template <rl::thread_id_t> class Scheduler>
void run_with(unsigned threads, rl::test_params& params, rl::ostringstream& state) {
  switch (threads) {
    case 2: return simulate<Scheduler, 2>(params, state);
    case 3: return simulate<Scheduler, 3>(params, state);
    case 4: return simulate<Scheduler, 4>(params, state);
    case 5: return simulate<Scheduler, 5>(params, state);
    case 6: return simulate<Scheduler, 6>(params, state);
    case 7: return simulate<Scheduler, 7>(params, state);
    default: return simulate<Scheduler, max_threads>(params, state);
  }
}

}  // namespace tenterhook::relacy::engine
