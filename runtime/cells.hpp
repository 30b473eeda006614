// Arrays of cells: they can be neither copied nor moved and each wants its index, so they are built
// in place. The array is a prvalue all the way (guaranteed elision).
#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {

// {Cell(value, name, 0), Cell(value, name, 1), …}
template <class Cell, std::size_t Count, class Value>
std::array<Cell, Count> cells(Value value, const char* name) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Cell, Count>{{Cell(value, name, static_cast<int>(I))...}};
  }
  (std::make_index_sequence<Count>{});
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
