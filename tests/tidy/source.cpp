#include "tests/tidy/source.hpp"

#include <cctype>

namespace tenterhook::tidy {
namespace {

bool word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Sorts the characters of C++ into code and comments. Newlines go into both.
class splitter {
 public:
  explicit splitter(std::string_view text)
      : code(text.size(), ' '), comment(text.size(), ' '), text_(text) {}

  void run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        take_comment("\n", false);
      } else if (starts("/*")) {
        take_comment("*/", true);
      } else if (text_[at_] == '"') {
        raw() ? take_raw() : take_literal('"');
      } else if (text_[at_] == '\'' && !digit_separator()) {
        take_literal('\'');
      } else {
        keep(code);
      }
    }
  }

  std::string code;
  std::string comment;

 private:
  bool starts(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  void keep(std::string& where) {
    if (text_[at_] == '\n') {
      code[at_] = comment[at_] = '\n';
    } else {
      where[at_] = text_[at_];
    }
    ++at_;
  }

  void blank() {
    if (text_[at_] == '\n') code[at_] = comment[at_] = '\n';
    ++at_;
  }

  void take_comment(std::string_view end, bool closing) {
    while (at_ < text_.size() && !starts(end)) keep(comment);
    if (!closing) return;
    for (std::size_t i = 0; i < end.size() && at_ < text_.size(); ++i) keep(comment);
  }

  // A literal that never ends is ended by its line, so that one mistake costs one line.
  void take_literal(char quote) {
    keep(code);
    while (at_ < text_.size() && text_[at_] != quote && text_[at_] != '\n') {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) blank();
      blank();
    }
    if (at_ < text_.size()) keep(code);
  }

  bool raw() const { return at_ > 0 && text_[at_ - 1] == 'R'; }

  void take_raw() {
    const std::size_t open = text_.find('(', at_);
    if (open == text_.npos) return take_literal('"');
    std::string end = ")";
    end.append(text_.substr(at_ + 1, open - at_ - 1)).append("\"");
    keep(code);
    while (at_ < text_.size() && !starts(end)) blank();
    for (std::size_t i = 1; i < end.size() && at_ < text_.size(); ++i) blank();
    if (at_ < text_.size()) keep(code);
  }

  bool digit_separator() const {
    return at_ > 0 && at_ + 1 < text_.size() && std::isxdigit(to_char(text_[at_ - 1])) &&
           std::isxdigit(to_char(text_[at_ + 1])) && number_before();
  }

  // u8'a' and L'a' are literals; 10'000 is not.
  bool number_before() const {
    std::size_t start = at_;
    while (start > 0 && (word_character(text_[start - 1]) || text_[start - 1] == '\'')) --start;
    return std::isdigit(to_char(text_[start])) != 0;
  }

  static unsigned char to_char(char c) { return static_cast<unsigned char>(c); }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

bool source::in(std::string_view folder) const { return path.starts_with(folder); }
bool source::is(std::string_view extension) const { return path.ends_with(extension); }

source read_source(std::string path, std::string_view text) {
  source result;
  result.path = std::move(path);
  result.final_newline = text.empty() || text.back() == '\n';
  result.lines = split(text);
  if (result.cpp()) {
    splitter parts(text);
    parts.run();
    result.code = split(parts.code);
    result.comment = split(parts.comment);
  } else {
    result.code = result.lines;
    result.comment.resize(result.lines.size());
  }
  return result;
}

bool word_at(std::string_view text, std::size_t at, std::string_view word) {
  if (text.substr(at, word.size()) != word) return false;
  const std::size_t end = at + word.size();
  const bool starts = at == 0 || !word_character(word.front()) || !word_character(text[at - 1]);
  const bool ends =
      end >= text.size() || !word_character(word.back()) || !word_character(text[end]);
  return starts && ends;
}

std::size_t find_word(std::string_view text, std::string_view word, std::size_t from) {
  for (std::size_t at = text.find(word, from); at != text.npos; at = text.find(word, at + 1)) {
    if (word_at(text, at, word)) return at;
  }
  return text.npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() == '*') {
    return matches(pattern.substr(1), text) || (!text.empty() && matches(pattern, text.substr(1)));
  }
  return !text.empty() && pattern.front() == text.front() &&
         matches(pattern.substr(1), text.substr(1));
}

}  // namespace tenterhook::tidy
