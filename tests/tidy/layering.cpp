// Rules about #include: which floor may see which.
#include <algorithm>
#include <array>
#include <optional>

#include "tests/tidy/includes.hpp"
#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

struct room {
  std::string_view folder;
  int floor;
};

constexpr std::array<room, 7> house = {{{"arch/", 0},
                                        {"runtime/", 1},
                                        {"checker/", 2},
                                        {"properties/", 3},
                                        {"stress/", 4},
                                        {"tests/", 5},
                                        {"ci/", 5}}};

std::optional<room> room_of(std::string_view path) {
  const auto at = std::find_if(house.begin(), house.end(),
                               [&](const room& r) { return path.starts_with(r.folder); });
  return at == house.end() ? std::nullopt : std::optional(*at);
}

// The scenarios know of the checker what a program is, and nothing else: they are compiled for
// Relacy and for real threads as well.
bool allowed(const room& from, const room& to, std::string_view included) {
  if (from.folder == to.folder) return true;
  if (from.folder == "properties/" && to.folder == "checker/") {
    return included == "checker/program.hpp";
  }
  return to.floor < from.floor;
}

}  // namespace

std::optional<std::string> included_by(const source& s, std::size_t line, char open, char close) {
  std::string_view code = trimmed(s.code[line]);
  if (!code.starts_with("#")) return std::nullopt;
  code = trimmed(code.substr(1));
  if (!code.starts_with("include")) return std::nullopt;
  const std::string& text = s.lines[line];
  const std::size_t first = text.find(open);
  if (first == text.npos) return std::nullopt;
  const std::size_t last = text.find(close, first + 1);
  if (last == text.npos) return std::nullopt;
  return text.substr(first + 1, last - first - 1);
}

void find_upward_includes(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    const auto from = room_of(s.path);
    if (!s.cpp() || !from) continue;
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const auto included = included_by(s, i, '"', '"');
      if (!included) continue;
      const auto to = room_of(*included);
      if (to && !allowed(*from, *to, *included)) {
        found.add(s, i, std::string(from->folder) + " does not see " + *included);
      }
    }
  }
}

void find_relative_includes(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; s.cpp() && i < s.lines.size(); ++i) {
      const auto included = included_by(s, i, '"', '"');
      if (!included || room_of(*included) || included->starts_with("platform/")) continue;
      found.add(s, i, "\"" + *included + "\" starts neither at the root nor at platform/");
    }
  }
}

}  // namespace tenterhook::tidy
