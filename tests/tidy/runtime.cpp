// Rules about the code that is compiled on three platforms: no conditionals, nothing global that
// changes, and a phrase at every atomic access.
#include <algorithm>
#include <array>
#include <cctype>

#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

bool three_platforms(const source& s) { return s.in("runtime/") || s.in("properties/"); }

// ---- mutable statics

// The text from `static` on says that it is constant, or a function.
bool harmless_static(std::string_view after) {
  for (const std::string_view word : {"constexpr", "consteval", "const", "inline constexpr"}) {
    if (word_at(after, 0, word)) return true;
  }
  const std::size_t end = after.find_first_of("=;{(");
  return end != after.npos && after[end] == '(';
}

// A statement at namespace scope that declares a variable which can change.
bool mutable_variable(std::string_view head) {
  head = trimmed(head);
  if (head.empty() || head.find('(') < head.find('=')) return false;
  for (const std::string_view word :
       {"using", "namespace", "struct", "class", "enum", "union", "template", "static_assert",
        "extern", "friend", "typedef", "constexpr", "const", "inline constexpr", "concept",
        "static constexpr", "static const"}) {
    if (word_at(head, 0, word)) return false;
  }
  return head.find(' ') != head.npos;
}

// Calls found.add for each variable at namespace scope. Blocks of namespaces are entered, all
// others are skipped.
void find_globals(const source& s, findings& found) {
  std::string head;
  int skipped = 0;  // depth within a block that is not a namespace
  std::size_t start = 0;
  for (std::size_t i = 0; i < s.code.size(); ++i) {
    if (trimmed(s.code[i]).starts_with("#")) continue;
    for (const char c : s.code[i]) {
      if (skipped > 0) {
        skipped += c == '{' ? 1 : c == '}' ? -1 : 0;
        continue;
      }
      if (trimmed(head).empty()) start = i;
      if (c == '{' && find_word(head, "namespace") != std::string::npos) {
        head.clear();
      } else if (c == '{') {
        if (mutable_variable(head)) found.add(s, start, "a variable of the whole program");
        skipped = 1;
        head.clear();
      } else if (c == ';' || c == '}') {
        if (c == ';' && mutable_variable(head)) {
          found.add(s, start, "a variable of the whole program");
        }
        head.clear();
      } else {
        head += c;
      }
    }
    head += ' ';
  }
}

// ---- atomic accesses

// clang-format off
constexpr std::array<std::string_view, 10> accesses = {
    "load", "store", "exchange", "compare_exchange", "compare_exchange_weak",
    "fetch_add", "fetch_or", "fetch_and", "or8", "load8"};
// clang-format on

bool accesses_atomic(std::string_view code, std::size_t& at) {
  if (at = find_word(code, "platform::fence"); at != code.npos) return true;
  for (const std::string_view name : accesses) {
    for (at = find_word(code, name); at != code.npos; at = find_word(code, name, at + 1)) {
      const std::string_view before = code.substr(0, at);
      const bool member = before.ends_with(".") || before.ends_with("->");
      if (member && code.substr(at + name.size()).starts_with("(")) return true;
    }
  }
  return false;
}

// The line on which the statement starts that reaches code[line][at].
std::size_t statement_start(const source& s, std::size_t line, std::size_t at) {
  std::string_view before = std::string_view(s.code[line]).substr(0, at);
  for (;;) {
    const std::size_t end = before.find_last_of(";{}");
    if (end != before.npos) {
      const bool same_line = !trimmed(before.substr(end + 1)).empty();
      return same_line ? line : line + 1;
    }
    if (line == 0 || trimmed(s.code[line - 1]).empty()) return line;
    before = s.code[--line];
  }
}

std::size_t statement_end(const source& s, std::size_t line, std::size_t at) {
  for (std::size_t from = at; line + 1 < s.code.size(); ++line, from = 0) {
    if (s.code[line].find_first_of(";{}", from) != std::string::npos) break;
  }
  return line;
}

// At least two words.
bool says_something(std::string_view comment) {
  int words = 0;
  bool inside = false;
  for (const char c : comment) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter && !inside) ++words;
    inside = letter || (inside && c != ' ');
  }
  return words >= 2;
}

}  // namespace

void find_conditionals(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.cpp() || !three_platforms(s)) continue;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      std::string_view code = trimmed(s.code[i]);
      if (!code.starts_with("#")) continue;
      code = trimmed(code.substr(1));
      if (code.starts_with("if") || code.starts_with("el")) {
        found.add(s, i, "a conditional: the platform's headers and config decide");
      }
    }
  }
}

void find_mutable_statics(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.cpp() || !s.in("runtime/")) continue;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      const std::string_view code = s.code[i];
      if (find_word(code, "thread_local") != code.npos) found.add(s, i, "thread_local");
      const std::size_t at = find_word(code, "static");
      if (at == code.npos) continue;
      std::string text(trimmed(code.substr(at + 6)));
      if (i + 1 < s.code.size()) text.append(" ").append(trimmed(s.code[i + 1]));
      if (!harmless_static(text)) found.add(s, i, "a static that can change");
    }
    find_globals(s, found);
  }
}

void find_bare_accesses(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.cpp() || !s.in("runtime/")) continue;
    for (std::size_t i = 0; i < s.code.size(); ++i) {
      std::size_t at = 0;
      if (!accesses_atomic(s.code[i], at)) continue;
      const std::size_t first = statement_start(s, i, at);
      const std::size_t last = statement_end(s, i, at);
      bool said = false;
      for (std::size_t line = first == 0 ? 0 : first - 1; line <= last; ++line) {
        // the line above counts if it is nothing but a comment
        if (line < first && !trimmed(s.code[line]).empty()) continue;
        said = said || says_something(s.comment[line]);
      }
      if (!said) found.add(s, i, "this access does not say what it orders, with whom");
    }
  }
}

}  // namespace tenterhook::tidy
