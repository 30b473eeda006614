// Rules about size: how long a function and a file may be.
#include <vector>

#include "tests/tidy/rules.hpp"

namespace tenterhook::tidy {
namespace {

constexpr std::size_t most_function_lines = 70;
constexpr std::size_t most_file_lines = 500;

enum class block { scope, function, other };

bool begins_with_keyword(std::string_view head) {
  if (head.starts_with("template")) {  // skip its parameters
    int depth = 0;
    for (std::size_t i = head.find('<'); i < head.size(); ++i) {
      if (head[i] == '<') ++depth;
      if (head[i] == '>' && --depth == 0) return begins_with_keyword(trimmed(head.substr(i + 1)));
    }
    return false;
  }
  for (const std::string_view prefix : {"inline", "export", "static"}) {
    if (word_at(head, 0, prefix)) return begins_with_keyword(trimmed(head.substr(prefix.size())));
  }
  for (const std::string_view word : {"namespace", "class", "struct", "union", "enum", "extern"}) {
    if (word_at(head, 0, word)) return true;
  }
  return false;
}

// What does the block open that this text stands before?
block kind_of(std::string_view head) {
  head = trimmed(head);
  const bool call = head.find('(') != head.npos;
  if (begins_with_keyword(head) &&
      (!call || head.find(')') == head.npos || head.find("alignas") != head.npos)) {
    return block::scope;
  }
  return call || head.ends_with("]") ? block::function : block::other;
}

// Walks over the code with a stack of its blocks.
class walker {
 public:
  walker(const source& source, findings& found) : source_(source), found_(found) {}

  void run() {
    bool directive = false;  // goes on while its lines end in a backslash
    for (std::size_t i = 0; i < source_.code.size(); ++i) {
      const std::string_view line = trimmed(source_.code[i]);
      directive = directive || line.starts_with("#");
      if (!directive) {
        for (const char c : line) step(c, i);
        head_ += ' ';
      }
      directive = directive && line.ends_with("\\");
    }
  }

 private:
  struct open {
    block kind;
    std::size_t first;
  };

  void step(char c, std::size_t line) {
    if (c == '{') {
      const bool outermost = stack_.empty() || stack_.back().kind == block::scope;
      stack_.push_back({outermost ? kind_of(head_) : block::other, first_of(line)});
      head_.clear();
    } else if (c == '}') {
      if (!stack_.empty()) close(line);
      head_.clear();
    } else if (c == ';') {
      head_.clear();
    } else {
      if (trimmed(head_).empty()) start_ = line;
      head_ += c;
    }
  }

  std::size_t first_of(std::size_t line) const { return trimmed(head_).empty() ? line : start_; }

  void close(std::size_t line) {
    const open last = stack_.back();
    stack_.pop_back();
    const std::size_t lines = line - last.first + 1;
    if (last.kind == block::function && lines > most_function_lines) {
      found_.add(source_, last.first, "a function of " + std::to_string(lines) + " lines");
    }
  }

  const source& source_;
  findings& found_;
  std::vector<open> stack_;
  std::string head_;       // the text since the last block or statement
  std::size_t start_ = 0;  // the line on which it starts
};

}  // namespace

void find_long_functions(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (s.cpp()) walker(s, found).run();
  }
}

void find_long_files(const tree& tree, findings& found) {
  for (const source& s : tree.sources) {
    if (s.lines.size() > most_file_lines) {
      found.add(s, s.lines.size() - 1, std::to_string(s.lines.size()) + " lines");
    }
  }
}

}  // namespace tenterhook::tidy
