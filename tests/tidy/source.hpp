// A source file as the rules see it: its lines three times, in equal columns — as they are, with
// only the code, and with only the comments.
//
// Thread safety: none needed; immutable after read_source().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tenterhook::tidy {

struct source {
  std::string path;  // from the root, with slashes
  bool final_newline = false;
  std::vector<std::string> lines;    // as they are, without the newline
  std::vector<std::string> code;     // comments and the contents of literals are blanks
  std::vector<std::string> comment;  // everything but comments is blanks

  bool in(std::string_view folder) const;     // "runtime/": anywhere below it
  bool is(std::string_view extension) const;  // ".cpp"
  bool cpp() const { return is(".cpp") || is(".hpp") || is(".def"); }
};

// Splits a text into its lines. Only C++ is taken apart; of any other file everything is code.
source read_source(std::string path, std::string_view text);

// Does the word stand at text[at], whole? A word is letters, digits and underscores.
bool word_at(std::string_view text, std::size_t at, std::string_view word);

// Where the word stands in text, whole, from `from` on; npos: nowhere.
std::size_t find_word(std::string_view text, std::string_view word, std::size_t from = 0);

std::string_view trimmed(std::string_view text);

// Does text match the pattern? '*' is any text, also with slashes in it.
bool matches(std::string_view pattern, std::string_view text);

}  // namespace tenterhook::tidy
