// The rule about banned calls: banned.def holds them, each with its replacement.
#include <cctype>

#include "tests/tidy/includes.hpp"
#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

struct ban {
  std::string_view folder;
  std::string_view word;
  std::string_view replacement;
};

constexpr ban bans[] = {
#define BANNED(folder, word, replacement) {folder, word, replacement},
#include "tests/tidy/banned.def"
#undef BANNED
};

bool identifier(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// A name of ours that happens to be spelt so: x.time(), clock->time(), ours::time(). What std::
// supplies is the banned one.
bool qualified(std::string_view code, std::size_t at) {
  const std::string_view before = code.substr(0, at);
  if (before.ends_with("std::")) return false;
  if (before.ends_with(".") || before.ends_with("->")) return true;
  return before.ends_with("::") && before.size() > 2 && identifier(before[before.size() - 3]);
}

// Is it a declaration: a type's name stands right before it?
bool declared(std::string_view code, std::size_t at) {
  const std::string_view before = trimmed(code.substr(0, at));
  if (before.size() == at || before.empty()) return false;
  for (const std::string_view word : {"return", "else", "do", "case"}) {
    if (before.ends_with(word)) return false;
  }
  return identifier(before.back()) || before.back() == '*' || before.back() == '&';
}

bool calls(std::string_view code, std::string_view name) {
  for (std::size_t at = find_word(code, name); at != code.npos;
       at = find_word(code, name, at + 1)) {
    const std::string_view after = trimmed(code.substr(at + name.size()));
    if (after.starts_with("(") && !qualified(code, at) && !declared(code, at)) return true;
  }
  return false;
}

bool has_prefix(std::string_view code, std::string_view prefix) {
  for (std::size_t at = code.find(prefix); at != code.npos; at = code.find(prefix, at + 1)) {
    if (at == 0 || !identifier(code[at - 1])) return true;
  }
  return false;
}

bool includes(const source& s, std::size_t line, std::string_view header) {
  const auto included = included_by(s, line, '<', '>');
  return included && matches(header, "<" + *included + ">");
}

bool breaks(const source& s, std::size_t line, std::string_view word) {
  const std::string_view code = s.code[line];
  if (word.starts_with("<")) return includes(s, line, word);
  if (word.ends_with("(")) return calls(code, word.substr(0, word.size() - 1));
  if (word.ends_with("*")) return has_prefix(code, word.substr(0, word.size() - 1));
  return find_word(code, word) != code.npos;
}

}  // namespace

void find_banned(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.cpp()) continue;
    for (const ban& b : bans) {
      if (!s.in(b.folder)) continue;
      for (std::size_t i = 0; i < s.code.size(); ++i) {
        if (breaks(s, i, b.word)) {
          found.add(s, i, std::string(b.word) + ": use " + std::string(b.replacement));
        }
      }
    }
  }
}

}  // namespace tenterhook::tidy
