// A stepwise run on a graph: the strategy chooses what a load reads from and where a store comes in
// coherence, among what keeps the graph consistent. 0 is the newest.
#pragma once

#include "checker/execution/graph_machine.hpp"

namespace tenterhook::checker {

class StepDriver final : public GraphDriver {
 public:
  struct Option {
    EventId source;
    bool spurious;
  };

  EventId read(Execution& execution, const Event& next) override;
  EventId write(Execution& execution, const Event& next) override;
  EventId exclusive(Execution& execution, const Event& next, EventId after) override;
  EventId choice(Execution& execution, const Event& next) override;

  // Of the choice that is being made.
  const std::vector<Option>& options() const { return options_; }

 private:
  std::vector<Option> options_;
};

}  // namespace tenterhook::checker
