// Repeats a graph step by step: an execution that dpor found, as decisions of a strategy, which can
// be recorded, traced and replayed as any other.
#pragma once

#include <cstdint>
#include <vector>

#include "checker/explore/strategy.hpp"
#include "checker/graph/graph.hpp"

namespace tenterhook::checker {

class GraphReplay final : public Strategy {
 public:
  // `order`: the events as they were executed. `last`: who acted at the end.
  GraphReplay(const Graph& graph, const std::vector<EventId>& order, std::uint32_t last);

  const char* name() const override { return "graph"; }
  bool begin() override {
    at_ = 0;
    return true;
  }
  Actor pick(Execution& execution, std::span<const Actor> enabled) override;
  std::uint32_t choose(Execution& execution, std::uint32_t n, ChoiceKind kind) override;
  bool every_step() const override { return true; }

 private:
  void plan(const std::vector<EventId>& order);
  bool ready(EventId event, const std::vector<std::uint32_t>& done) const;

  const Graph graph_;
  std::uint32_t last_;
  std::vector<EventId> plan_;
  std::size_t at_ = 0;
};

}  // namespace tenterhook::checker
