// A strategy decides; the execution obeys.
#pragma once

#include <cstdint>
#include <span>

#include "checker/execution/failure.hpp"
#include "checker/execution/op.hpp"

namespace tenterhook::checker {

class Execution;

// reads_from: 0 is the newest write, n-1 the oldest that is allowed; coherence: 0 is the newest
// place, likewise.
enum class ChoiceKind : std::uint8_t { weak_cas, random, reads_from, coherence };

class Strategy {
 public:
  virtual ~Strategy() = default;

  virtual const char* name() const = 0;

  // Prepares the next execution; false: there is none left.
  virtual bool begin() = 0;

  // Who acts next. `enabled` is not empty and ascends by (thread, kind). With every_step() this is
  // called at each step, otherwise only where there is more than one alternative.
  virtual Actor pick(Execution& execution, std::span<const Actor> enabled) = 0;

  // A value below n; n >= 2.
  virtual std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) = 0;

  // The execution that begin() prepared is over.
  virtual void end(Outcome outcome, std::uint64_t steps) { (void)outcome, (void)steps; }

  // Asked at the end of a pick(): abandon this execution as redundant?
  virtual bool abandon() const { return false; }

  virtual bool every_step() const { return false; }

  // A thread yields or sleeps: a strategy with priorities lets others go first.
  virtual void yielded(std::uint32_t thread) { (void)thread; }

  // Asked once an execution: is each read and write of an atomic to be told? `writer` is the event
  // that the read sees, 0 the initial value.
  virtual bool watches() const { return false; }
  virtual void wrote(std::uint64_t event, const Op& op) { (void)event, (void)op; }
  virtual void read(const Op& op, std::uint64_t writer) { (void)op, (void)writer; }

  // Did the exploration reach its end: is the set of executions, within its bound, complete?
  virtual bool exhausted() const { return false; }
};

}  // namespace tenterhook::checker
