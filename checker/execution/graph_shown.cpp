// What people read of a run on a graph: the names of its locations, values and places.
#include <fmt/format.h>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {

// When the location is first met: its cell may be gone when somebody asks.
void GraphMachine::name_place(Place& place, const Cell& cell, bool queue) const {
  place.name = fmt::format("{}{}", queue ? "queue of " : "", x_.object_name(cell));
  place.describe = queue ? nullptr : cell.describe;
}

void GraphMachine::keep_site(const Thread& self, EventId id) {
  sites_.resize(graph_->size());
  sites_[id] = self.pending.site;
}

std::string GraphMachine::name_of_location(std::uint32_t location) const {
  return location < places_.size() ? places_[location].name : "?";
}

std::string GraphMachine::value_text(std::uint32_t location, std::uint64_t bits) const {
  const Describe describe = places_[location].describe;
  return describe == nullptr ? std::to_string(bits) : describe(bits);
}

std::uint64_t GraphMachine::value_seen(EventId read) const {
  const Event& e = (*graph_)[read];
  if (!e.ghost) return value_of(e.source, e.location);
  return ghost_value(e.source, static_cast<std::uint32_t>(e.expected) - 1);
}

}  // namespace tenterhook::checker
