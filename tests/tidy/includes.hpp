// Reading #include lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "tests/tidy/source.hpp"

namespace tenterhook::tidy {

// What the line includes between these two characters, '"' and '"' or '<' and '>'.
std::optional<std::string> included_by(const source& s, std::size_t line, char open, char close);

}  // namespace tenterhook::tidy
