// Rules about the tree: nothing lies in it that no one builds, runs, includes or explains, and
// what names something else names what is there.
#include <algorithm>
#include <map>
#include <set>

#include "tests/tidy/includes.hpp"
#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

// Every string literal of the line, in order. Literals over several lines are not found.
std::vector<std::string> literals(const source& s, std::size_t line) {
  std::vector<std::string> result;
  const std::string& code = s.code[line];
  for (std::size_t open = code.find('"'); open != code.npos;) {
    const std::size_t close = code.find('"', open + 1);
    if (close == code.npos) break;
    result.push_back(s.lines[line].substr(open + 1, close - open - 1));
    open = code.find('"', close + 1);
  }
  return result;
}

using places = std::map<std::string, std::pair<const source*, std::size_t>>;

// Defects by name: in the runtime's platform::defect_id("…").
places switched(const tree& tree) {
  places result;
  for (const source& s : tree.sources) {
    if (!s.cpp() || !s.in("runtime/")) continue;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      // the name may stand on the next line
      const std::size_t at = find_word(s.code[i], "defect_id");
      if (at == std::string::npos) continue;
      const bool here = s.code[i].find('"', at) != std::string::npos;
      if (!here && i + 1 == s.code.size()) continue;
      const std::size_t line = here ? i : i + 1;
      for (std::size_t open = s.code[line].find('"', here ? at : 0); open != std::string::npos;) {
        const std::size_t close = s.code[line].find('"', open + 1);
        if (close == std::string::npos) break;
        result.try_emplace(s.lines[line].substr(open + 1, close - open - 1), &s, line);
        const std::size_t next = find_word(s.code[line], "defect_id", close);
        open = next == std::string::npos ? next : s.code[line].find('"', next);
      }
    }
  }
  return result;
}

// And in the rows of defects.def: the first literal after DEFECT(.
places declared(const tree& tree) {
  places result;
  const source* def = tree.find("properties/defects.def");
  if (def == nullptr) return result;
  bool wanted = false;
  for (std::size_t i = 0; i < def->code.size(); ++i) {
    wanted = wanted || trimmed(def->code[i]).starts_with("DEFECT(");
    if (!wanted) continue;
    const auto texts = literals(*def, i);
    if (texts.empty()) continue;
    result.try_emplace(texts.front(), def, i);
    wanted = false;
  }
  return result;
}

bool scenario_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == 0 || slash == text.npos || slash + 1 == text.size()) return false;
  return text.find_first_of(" <>:(){},\"%\\") == text.npos && text.find('.') == text.npos;
}

std::set<std::string> scenarios(const tree& tree) {
  std::set<std::string> names;
  for (const source& s : tree.sources) {
    if (!s.is(".cpp") || !s.in("properties/")) continue;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      for (const std::string& text : literals(s, i)) {
        if (scenario_name(text)) names.insert(text);
      }
    }
  }
  return names;
}

// The names behind those words: up to the sentence's end, over as many lines as it takes.
std::vector<std::string> references(const source& s, std::size_t line, std::size_t at) {
  std::string text;
  for (std::size_t from = at; line < s.comment.size(); ++line, from = 0) {
    const std::string_view comment = trimmed(std::string_view(s.comment[line]).substr(from));
    if (comment.empty()) break;
    text.append(comment.starts_with("//") ? comment.substr(2) : comment).append(" ");
  }
  std::vector<std::string> names;
  std::string name;
  for (const char c : text) {
    if (c != ' ' && c != ',' && c != ';') {
      name += c;
      continue;
    }
    const bool last = name.ends_with(".");
    if (last) name.pop_back();
    if (name.find('/') != name.npos) names.push_back(name);
    name.clear();
    if (last) break;
  }
  return names;
}

bool exists(const tree& tree, const std::set<std::string>& names, const std::string& wanted) {
  const auto fits = [&](const std::string& name) { return matches(wanted, name); };
  return std::any_of(names.begin(), names.end(), fits) ||
         std::any_of(tree.sources.begin(), tree.sources.end(),
                     [&](const source& s) { return fits(s.path); });
}

// The program's name, if the line adds one.
std::string added_executable(std::string_view line) {
  constexpr std::string_view call = "add_executable(";
  const std::size_t at = line.find(call);
  if (at == line.npos) return {};
  line.remove_prefix(at + call.size());
  return std::string(line.substr(0, line.find_first_of(" )")));
}

// Does a line that registers tests, or one of the next few of the same command, name the program?
bool runs(const source& s, const std::string& program) {
  bool inside = false;
  for (const std::string& line : s.lines) {
    inside = inside || line.find("add_test(") != line.npos ||
             line.find("gtest_discover_tests(") != line.npos;
    if (inside && find_word(line, program) != line.npos) return true;
    if (line.find(')') != line.npos && line.find("$<") == line.npos) inside = false;
  }
  return false;
}

}  // namespace

void find_uncompiled(const tree& tree, findings& found) {
  if (tree.compiled.empty()) found.add("compile_commands.json", "nothing is compiled");
  for (const source& s : tree.sources) {
    const bool left_out = std::any_of(tree.left_out.begin(), tree.left_out.end(),
                                      [&](const std::string& folder) { return s.in(folder); });
    if (s.is(".cpp") && !left_out && !tree.compiled.contains(s.path)) {
      found.add(s.path, "no target of this build compiles it");
    }
  }
}

void find_unincluded(const tree& tree, findings& found) {
  std::set<std::string> included;
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; s.cpp() && i < s.lines.size(); ++i) {
      if (const auto name = included_by(s, i, '"', '"')) included.insert(*name);
    }
  }
  for (const source& s : tree.sources) {
    if (!s.is(".hpp") && !s.is(".def")) continue;
    // a platform's headers are included by their last two names
    const std::size_t platform = s.path.find("/platform/");
    const std::string name = platform == std::string::npos ? s.path : s.path.substr(platform + 1);
    if (!included.contains(name) && !included.contains(s.path)) {
      found.add(s.path, "nobody includes it");
    }
  }
}

void find_unregistered(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.in("tests/") || !s.path.ends_with("CMakeLists.txt")) continue;
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const std::string program = added_executable(s.lines[i]);
      if (program.empty() || program.starts_with("tenterhook-")) continue;  // none, or a tool
      const bool run = std::any_of(tree.sources.begin(), tree.sources.end(), [&](const source& c) {
        return c.path.ends_with("CMakeLists.txt") && runs(c, program);
      });
      if (!run) found.add(s, i, "no test runs " + program);
    }
  }
}

void find_missing_guides(const tree& tree, findings& found) {
  for (const std::string folder :
       {"arch", "runtime", "checker", "properties", "stress", "tests", "ci"}) {
    if (tree.find(folder + "/HACKING.md") == nullptr) found.add(folder, "it has no HACKING.md");
  }
}

void find_defect_mismatch(const tree& tree, findings& found) {
  const places rows = declared(tree);
  const places uses = switched(tree);
  for (const auto& [name, at] : rows) {
    if (uses.contains(name)) continue;
    found.add(*at.first, at.second, name + ": nothing in runtime/ has it");
  }
  for (const auto& [name, at] : uses) {
    if (rows.contains(name)) continue;
    found.add(*at.first, at.second, name + ": defects.def has no row");
  }
}

void find_stale_references(const tree& tree, findings& found) {
  constexpr std::string_view words = "Checked by:";
  const std::set<std::string> names = scenarios(tree);
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; s.cpp() && i < s.comment.size(); ++i) {
      const std::size_t at = s.comment[i].find(words);
      if (at == std::string::npos) continue;
      const auto wanted = references(s, i, at + words.size());
      if (wanted.empty()) found.add(s, i, "Checked by: names nothing");
      for (const std::string& name : wanted) {
        if (!exists(tree, names, name)) found.add(s, i, "nothing is called " + name);
      }
    }
  }
}

}  // namespace tenterhook::tidy
