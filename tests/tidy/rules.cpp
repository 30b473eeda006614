#include "tests/tidy/rules.hpp"

#include <algorithm>

namespace tenterhook::tidy {
namespace {

struct exception {
  std::string_view path;  // a pattern
  std::string_view rule;
  std::string_view reason;
};

constexpr exception exceptions[] = {
#define EXCEPTION(path, rule, reason) {path, rule, reason},
#include "tests/tidy/exceptions.def"
#undef EXCEPTION
};

}  // namespace

const source* tree::find(std::string_view path) const {
  const auto found =
      std::find_if(sources.begin(), sources.end(), [&](const source& s) { return s.path == path; });
  return found == sources.end() ? nullptr : &*found;
}

void findings::add(const source& where, std::size_t index, std::string text) {
  all.push_back({where.path, index + 1, rule_, std::move(text)});
}

void findings::add(const std::string& path, std::string text) {
  all.push_back({path, 0, rule_, std::move(text)});
}

const std::vector<rule>& rules() {
  static const std::vector<rule> all = {
#define RULE(name, function, about) {name, function, about},
#include "tests/tidy/rules.def"
#undef RULE
  };
  return all;
}

std::vector<finding> check(const tree& tree, bool stale) {
  std::vector<finding> result;
  std::vector<bool> used(std::size(exceptions), false);
  for (const rule& rule : rules()) {
    findings found{std::string(rule.name)};
    rule.find(tree, found);
    for (finding& f : found.all) {
      const auto excuse = std::find_if(
          std::begin(exceptions), std::end(exceptions),
          [&](const exception& e) { return e.rule == f.rule && matches(e.path, f.path); });
      if (excuse == std::end(exceptions)) {
        result.push_back(std::move(f));
      } else {
        used[static_cast<std::size_t>(excuse - std::begin(exceptions))] = true;
      }
    }
  }
  for (std::size_t i = 0; stale && i < used.size(); ++i) {
    if (used[i]) continue;
    const exception& e = exceptions[i];
    result.push_back({"tests/tidy/exceptions.def", 0, "exceptions",
                      std::string(e.path) + " needs no exception from " + std::string(e.rule)});
  }
  return result;
}

}  // namespace tenterhook::tidy
