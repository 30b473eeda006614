// Rules about plain text: columns, blanks, leftovers, paths, the head of a header.
#include <algorithm>
#include <cctype>

#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

constexpr std::size_t most_columns = 100;
constexpr std::size_t most_columns_of_prose = 120;

// Code points, not bytes.
std::size_t columns(std::string_view line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

bool only_whitespace_after(std::string_view line) {
  return !line.empty() && (line.back() == ' ' || line.back() == '\t');
}

}  // namespace

// A row of a Markdown table cannot be folded.
void find_long_lines(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const bool row = s.is(".md") && s.lines[i].starts_with("|");
      const std::size_t most = s.is(".md") ? most_columns_of_prose : most_columns;
      const std::size_t n = columns(s.lines[i]);
      if (n > most && !row) found.add(s, i, std::to_string(n) + " columns");
    }
  }
}

void find_blanks(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const std::string& line = s.lines[i];
      if (line.find('\t') != line.npos) found.add(s, i, "a tab");
      if (only_whitespace_after(line)) found.add(s, i, "trailing blanks");
      if (line.find('\r') != line.npos) found.add(s, i, "a carriage return");
    }
    if (!s.final_newline) found.add(s, s.lines.size() - 1, "no newline at the end");
    if (!s.lines.empty() && s.lines.back().empty()) {
      found.add(s, s.lines.size() - 1, "an empty line at the end");
    }
  }
}

void find_leftovers(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      for (const std::string_view note : {"TODO", "FIXME", "XXX", "HACK"}) {
        if (find_word(s.lines[i], note) != std::string::npos) {
          found.add(s, i, "a note to oneself: " + std::string(note));
        }
      }
      for (const std::string_view marker : {"<<<<<<<", ">>>>>>>", "|||||||"}) {
        if (s.lines[i].starts_with(marker)) found.add(s, i, "a merge marker");
      }
      if (trimmed(s.code[i]) == "#if 0") found.add(s, i, "switched-off code");
    }
  }
}

void find_machine_paths(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    for (std::size_t i = 0; i < s.lines.size(); ++i) {
      const std::string& line = s.lines[i];
      for (const std::string_view path : {"/wo" "rk/", "/home/", "/root/", "/Users/", "/tmp"}) {
        const std::size_t at = line.find(path);
        const bool inside = at != line.npos && at > 0 &&
                            (std::isalnum(static_cast<unsigned char>(line[at - 1])) ||
                             line[at - 1] == '.' || line[at - 1] == '}');
        if (at != line.npos && !inside) found.add(s, i, "a machine's path: " + std::string(path));
      }
    }
  }
}

void find_bare_headers(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (!s.is(".hpp") && !s.is(".def")) continue;
    if (s.lines.empty() || !s.lines.front().starts_with("// ")) {
      found.add(s, 0, "it starts without a comment that says what it is");
    }
    const bool once = std::find(s.code.begin(), s.code.end(), "#pragma once") != s.code.end();
    if (s.is(".hpp") && !once) found.add(s, 0, "it has no #pragma once");
  }
}

}  // namespace tenterhook::tidy
