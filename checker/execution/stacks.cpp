#include "checker/execution/stacks.hpp"

#include <algorithm>

namespace tenterhook::checker {
namespace {

// Behind the stacks of threads: see Stack and Arena.
constexpr std::uint64_t kBase = Arena::kWide ? 0x2200'0000'0000 : 0xa900'0000;
constexpr std::uint64_t kEnd = Arena::kWide ? 0x2600'0000'0000 : 0xc000'0000;

}  // namespace

ProgramStack* Stacks::allocate(std::uint32_t thread, std::size_t bytes) {
  constexpr std::size_t kMostPage = 64 << 10;
  if (bytes == 0 || bytes > kRoom - kMostPage) return nullptr;
  if (thread >= used_.size()) {
    used_.resize(thread + 1, 0);
    stacks_.resize(thread + 1);
  }
  const std::uint32_t nth = used_[thread];
  if (nth == kPerThread) return nullptr;
  auto& own = stacks_[thread];
  if (nth == own.size()) own.push_back(std::make_unique<ProgramStack>());
  ProgramStack& stack = *own[nth];
  if (stack.memory == nullptr || stack.memory->size() < bytes ||
      stack.memory->size() >= bytes + kMostPage) {
    stack.memory.reset();  // before the next one takes its place
    const std::uint64_t top = kBase + (std::uint64_t{thread} * kPerThread + nth + 1) * kRoom;
    stack.memory = Stack::with_top(bytes, top <= kEnd ? top : kBase);
  }
  used_[thread]++;
  stack.token = Cell{};
  stack.token.kind = CellKind::plain;
  stack.token.name = "stack";
  stack.made = 0;
  stack.running = stack.released = false;
  all_.push_back(&stack);
  return &stack;
}

ProgramStack* Stacks::find(const void* low) const {
  const auto found = std::find_if(all_.begin(), all_.end(), [low](const ProgramStack* s) {
    return s->memory->bottom() == low;
  });
  return found == all_.end() ? nullptr : *found;
}

const ProgramStack* Stacks::around(const void* address) const {
  for (const ProgramStack* s : all_) {
    if (s->memory->holds(address)) return s;
  }
  return nullptr;
}

std::uint32_t Stacks::earlier_lives(const void* address) const {
  const ProgramStack* stack = around(address);
  return stack == nullptr || stack->made == 0 ? 0 : stack->made - 1;
}

Place& Stacks::fresh_place() {
  if (used_places_ == places_.size()) places_.push_back(std::make_unique<Place>());
  Place& place = *places_[used_places_++];
  place = Place{};
  return place;
}

void Stacks::reset() {
  std::fill(used_.begin(), used_.end(), 0);
  all_.clear();
  used_places_ = 0;
}

void Stacks::drop_exceptions() {
  for (std::size_t i = 0; i < used_places_; ++i) {
    if (places_[i]->state == Place::State::enterable) checker::drop_exceptions(places_[i]->fiber);
  }
}

}  // namespace tenterhook::checker
