#include "tests/graphs/translation.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace tenterhook::graphs {
namespace {

using checker::EventId;
using checker::EventKind;
using checker::Execution;
using checker::Graph;
using checker::kInitial;

class translation {
 public:
  translation(const Graph& g, Execution& x, std::size_t threads, int variables)
      : g_(g), x_(x), variables_(variables) {
    name_accesses();
    graph_.threads.resize(threads);
    for (std::size_t t = 0; t < threads; ++t) translate(t);
    graph_.coherence.resize(static_cast<std::size_t>(variables));
    for (std::uint32_t l = 0; l < g_.locations(); ++l) {
      EventId w = g_.oldest(l);
      if (w == kInitial) continue;
      auto& order = graph_.coherence.at(static_cast<std::size_t>(variable(l)));
      for (; w != kInitial; w = g_.newer(l, w)) order.push_back(name(w));
    }
  }
  const graph& result() const { return graph_; }

 private:
  bool accesses(EventId id) const {
    return g_[id].kind == EventKind::read || g_[id].kind == EventKind::write;
  }
  void name_accesses() {
    names_.resize(g_.size());
    for (std::uint32_t slot = 0; slot < g_.threads(); ++slot) {
      int number = 0;
      for (std::uint32_t i = 0; i < g_.length(slot); ++i) {
        const EventId id = g_.at(slot, i);
        if (!accesses(id)) continue;
        if (slot == 0) throw std::logic_error("the main thread accesses memory");
        names_[id] = {static_cast<int>(slot) - 1, number++};
      }
    }
  }
  void translate(std::size_t t) {
    const auto slot = static_cast<std::uint32_t>(t) + 1;
    for (std::uint32_t i = 0; i < g_.length(slot); ++i) {
      const EventId id = g_.at(slot, i);
      if (!accesses(id)) continue;
      const bool read = g_[id].kind == EventKind::read;
      const auto bits = read ? g_.value_read(id) : g_[id].value;
      graph_.threads[t].push_back({read ? access_kind::read : access_kind::write,
                                   variable(g_[id].location), static_cast<int>(bits),
                                   read ? name(g_[id].source) : initial, g_[id].exclusive});
    }
  }
  write_id name(EventId write) const { return write == kInitial ? initial : names_.at(write); }
  int variable(std::uint32_t location) const {
    const std::string cell = x_.machine().name_of_location(location);  // the cell has ended
    for (int v = 0; v < variables_; ++v) {
      if (cell == fmt::format("x[{}]", v)) return v;
    }
    throw std::logic_error("no variable of the program: " + cell);
  }

  const Graph& g_;
  Execution& x_;
  const int variables_;
  std::vector<write_id> names_;  // by event
  graph graph_;
};

}  // namespace

graph translated(const checker::Graph& g, checker::Execution& x, std::size_t threads,
                 int variables) {
  return translation(g, x, threads, variables).result();
}

}  // namespace tenterhook::graphs
